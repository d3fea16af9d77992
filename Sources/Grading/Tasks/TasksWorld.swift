internal import Contracts
internal import Simulator
internal import Synchronization

/// What chapter 1's `State` is handed: files, a disk and threads, all in virtual time.
struct TasksWorld: Sendable {
  let simulation: Simulation
  let files: SimulatedFiles
  let threads: SimulatedThreads
  let disk: SimulatedDisk

  /// Every file of the world holds "contents of NAME".
  ///
  /// - Parameter durations: how long each file takes; files not named take one second.
  init(
    _ simulation: Simulation, durations: [String: Duration] = [:], missing: Set<String> = []
  ) {
    self.simulation = simulation
    files = SimulatedFiles(simulation, durations: durations, missing: missing)
    threads = SimulatedThreads(simulation)
    disk = SimulatedDisk(simulation, threads: threads, durations: durations, missing: missing)
  }

  func makeState<State: TasksChapter>(_: State.Type) -> State {
    State(clock: simulation.clock, files: files, disk: disk, threads: threads)
  }
}

/// There is no such file.
struct NoSuchFile: Error, Hashable, CustomStringConvertible {
  let name: String
  var description: String { "NoSuchFile(\"\(name)\")" }
}

/// Files that arrive after a while, and a record of who read what and when.
final class SimulatedFiles: Files {
  /// One reading of one file.
  struct Reading: Sendable {
    let name: String
    let start: Duration
    var end: Duration?
    var wasCancelled = false
  }

  private let simulation: Simulation
  private let durations: [String: Duration]
  private let missing: Set<String>
  private let log = Mutex<[Reading]>([])

  init(_ simulation: Simulation, durations: [String: Duration], missing: Set<String>) {
    self.simulation = simulation
    self.durations = durations
    self.missing = missing
  }

  var readings: [Reading] { log.withLock { $0 } }

  func read(_ name: String) async throws -> String {
    let number = log.withLock {
      $0.append(Reading(name: name, start: simulation.now))
      return $0.count - 1
    }
    simulation.record(name, "asked for")
    do {
      try await simulation.clock.sleep(for: durations[name] ?? .seconds(1))
    } catch {
      log.withLock { $0[number].wasCancelled = true }
      simulation.record(name, "cancelled")
      throw error
    }
    log.withLock { $0[number].end = simulation.now }
    simulation.record(name, missing.contains(name) ? "is missing" : "there")
    if missing.contains(name) { throw NoSuchFile(name: name) }
    return Self.contents(of: name)
  }

  static func contents(of name: String) -> String { "contents of \(name)" }
}

/// Threads for code that blocks: what runs there blocks nobody, in virtual time.
final class SimulatedThreads: Threads {
  private let simulation: Simulation
  /// Time that the code now running on one of these threads has blocked it; nil when none runs.
  private let blocked = Mutex<Duration?>(nil)
  private let counter = Mutex(0)

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// How often a body was handed to these threads.
  var runs: Int { counter.withLock { $0 } }

  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    counter.withLock { $0 += 1 }
    blocked.withLock { $0 = .zero }
    let result = Result { try body() }
    let duration = blocked.withLock { blocked in
      defer { blocked = nil }
      return blocked ?? .zero
    }
    try await simulation.clock.sleep(for: duration)
    return try result.get()
  }

  /// Lets a blocking call take its time: on these threads if one runs it, else on the pool, where
  /// nobody else gets to run meanwhile.
  func block(for duration: Duration) {
    let isOnThread = blocked.withLock { blocked in
      guard let sofar = blocked else { return false }
      blocked = sofar + duration
      return true
    }
    if !isOnThread { simulation.block(for: duration) }
  }
}

/// A disk that blocks whoever reads from it.
final class SimulatedDisk: Disk {
  private let simulation: Simulation
  private let threads: SimulatedThreads
  private let durations: [String: Duration]
  private let missing: Set<String>

  init(
    _ simulation: Simulation, threads: SimulatedThreads, durations: [String: Duration],
    missing: Set<String>
  ) {
    self.simulation = simulation
    self.threads = threads
    self.durations = durations
    self.missing = missing
  }

  func readBlocking(_ name: String) throws -> String {
    threads.block(for: durations[name] ?? .seconds(1))
    if missing.contains(name) { throw NoSuchFile(name: name) }
    return SimulatedFiles.contents(of: name)
  }
}
