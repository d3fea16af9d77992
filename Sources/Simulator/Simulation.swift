internal import Platform
internal import Synchronization
public import Traces

/// Runs ordinary Swift concurrency on one thread, in virtual time, and exactly again by schedule.
///
/// Tasks, actors, groups, streams and sleeps inside `run` become jobs in one list. Where several
/// are ready, the schedule chooses. Nothing waits for real: when no job is ready, the clock jumps
/// to the next sleeper. So a run depends on its schedule alone, and a failure replays.
///
/// Confined to the thread that calls `run`: jobs run there and nowhere else, which is why the
/// class can be `Sendable` without locks. What a foreign thread wakes goes through `inbox`.
public final class Simulation: @unchecked Sendable {
  private var chooser: Chooser
  private let limits: Limits
  private let inbox = Mutex<[ReadyJob]>([])
  private let hasForeignJobs = Atomic(false)
  private var ready: ContiguousArray<ReadyJob> = []
  private(set) var taskExecutor: SimulatedTaskExecutor!
  private(set) var mainExecutor: SimulatedSerialExecutor!

  var sleepers = SleepQueue()
  var nanoseconds: Int64 = 0
  var isInsideJob = false
  /// Whether what runs now only winds up what the run left behind: that is no part of its trace.
  private var isOver = false

  /// Chance for whatever is handed in, such as network delays. Apart from the schedule's own, so
  /// that a recorded schedule replays with the same delays.
  public var random: SeededGenerator

  /// The jobs run so far.
  public private(set) var steps = 0

  /// Every decision taken while the body ran, in order. `Schedule.replay` takes their picks.
  public private(set) var decisions: [Decision] = []

  /// What left the simulation, or would have: each once, as a sentence to show.
  public private(set) var leaks: [Leak] = []

  /// What happened, told by whatever was handed in.
  public private(set) var trace: [TraceEvent] = []

  /// The same of servers, for a picture, where somebody noted it.
  public private(set) var events: [Trace.Event] = []

  public init(schedule: Schedule, seed: UInt64 = 0, limits: Limits = Limits()) {
    chooser = Chooser(schedule)
    random = SeededGenerator(seed: seed ^ 0x5DEE_CE66D)
    self.limits = limits
    taskExecutor = SimulatedTaskExecutor(self)
    mainExecutor = SimulatedSerialExecutor(self)
  }

  /// Virtual time since the run began.
  public var now: Duration { .nanoseconds(nanoseconds) }

  /// The clock to hand to the code that runs here.
  public var clock: VirtualClock { VirtualClock(self) }

  /// How many tasks sleep on the virtual clock right now.
  public var sleepingTasks: Int { sleepers.count }

  /// Adds an event to the trace; `lane` is whose event it is, such as "task 1" or "S2".
  public func record(_ lane: String, _ text: String) {
    guard !isOver else { return }
    trace.append(TraceEvent(time: now, lane: lane, text: text))
  }

  /// Begins the events of servers anew: one run may play several scenes.
  public func forgetEvents() { events = [] }

  /// Adds an event of servers, for a picture.
  public func note(_ event: Trace.Event) {
    guard !isOver else { return }
    events.append(event)
  }

  /// Notes something that a simulation cannot hold; one of each kind is enough.
  func leaked(_ leak: Leak) {
    if !leaks.contains(leak) { leaks.append(leak) }
  }

  /// Lets `duration` pass with no other job running, as a call does that blocks its thread.
  public func block(for duration: Duration) {
    nanoseconds += duration.nanoseconds
  }
}

// MARK: - Running

extension Simulation {
  /// Runs `body` to its end and returns what it returns.
  ///
  /// Afterwards every task that still sleeps is cancelled, and whatever that sets going is run.
  ///
  /// - Throws: what `body` throws, or a `SimulationError` where it cannot end.
  public func run<Value: Sendable>(
    _ body: @escaping @Sendable (Simulation) async throws -> Value
  ) throws -> Value {
    RuntimeHooks.install()
    let outer = Simulation.running.value
    Simulation.running.value = self
    defer { Simulation.running.value = outer }
    let outcome = Outcome<Value>()
    let root = Task(executorPreference: taskExecutor) {
      do { outcome.result = .success(try await body(self)) } catch {
        outcome.result = .failure(error)
      }
    }
    defer { shutDown(root) }
    let watchdog = limits.watchdog.map { Watchdog(watching: self, patience: $0) }
    defer { watchdog?.stop() }
    try withExtendedLifetime(outcome) {
      while outcome.result == nil { try step() }
    }
    if let result = outcome.result { return try result.get() }
    throw SimulationError.stuck(after: now)
  }

  /// The simulation that the calling thread is running, if any.
  static let running = ThreadLocal<Simulation>()

  /// Takes a job that is ready to run. From a foreign thread it goes through the inbox.
  func enqueue(_ job: UnownedJob, on serial: SimulatedSerialExecutor? = nil) {
    guard Simulation.running.value === self else {
      inbox.withLock { $0.append(ReadyJob(job: job, serial: serial)) }
      hasForeignJobs.store(true, ordering: .releasing)
      return
    }
    if steps >= limits.steps, isInsideJob, limits.trapsWhenEndless {
      fatalError(SimulationError.endless(after: steps).description)
    }
    ready.append(ReadyJob(job: job, serial: serial))
  }

  /// Runs one job, or moves the clock to the next sleeper.
  private func step() throws {
    if hasForeignJobs.load(ordering: .acquiring) { takeForeignJobs() }
    if sleepers.nextDue <= nanoseconds { wakeSleepers() }
    if !ready.isEmpty {
      if steps >= limits.steps, !limits.trapsWhenEndless || steps >= limits.steps + 10_000 {
        throw SimulationError.endless(after: steps)
      }
      runNext(recording: true)
    } else if sleepers.nextDue < .max {
      nanoseconds = max(nanoseconds, sleepers.nextDue)
      wakeSleepers()
    } else {
      throw SimulationError.stuck(after: now)
    }
  }

  private func runNext(recording: Bool) {
    var pick = 0
    if ready.count > 1 {
      pick = chooser.choose(from: ready.count)
      if recording { decisions.append(Decision(pick: pick, count: ready.count)) }
    }
    let next = ready.remove(at: pick)
    steps &+= 1
    isInsideJob = true
    if let serial = next.serial {
      next.job.runSynchronously(
        isolatedTo: serial.asUnownedSerialExecutor(),
        taskExecutor: taskExecutor.asUnownedTaskExecutor())
    } else {
      next.job.runSynchronously(on: taskExecutor.asUnownedTaskExecutor())
    }
    isInsideJob = false
  }

  private func wakeSleepers() {
    while sleepers.nextDue <= nanoseconds, let sleeper = sleepers.popFirst() {
      sleeper.wake(false)
    }
  }

  private func takeForeignJobs() {
    hasForeignJobs.store(false, ordering: .relaxed)
    let jobs = inbox.withLock { inbox in
      defer { inbox = [] }
      return inbox
    }
    if !jobs.isEmpty { leaked(.realThread) }
    ready.append(contentsOf: jobs)
  }

  /// Cancels what is left and lets it end, so that one run leaves nothing to the next.
  private func shutDown(_ root: Task<Void, Never>) {
    isOver = true
    root.cancel()
    var budget = 100_000
    while budget > 0, !ready.isEmpty || sleepers.count > 0 {
      budget -= 1
      if ready.isEmpty { sleepers.popFirst()?.wake(true) } else { runNext(recording: false) }
    }
  }
}

/// A job, and the serial executor that it asked for; nil for the rest.
struct ReadyJob {
  let job: UnownedJob
  let serial: SimulatedSerialExecutor?
}

/// Where the body's result is put by its task and found by the loop, both on one thread.
private final class Outcome<Value>: @unchecked Sendable {
  var result: Result<Value, any Error>?
}
