internal import Contracts
internal import Simulator
internal import Synchronization

/// What chapter 1's `State` is handed: files, a disk and threads, all in virtual time.
struct TasksWorld: Sendable {
  let simulation: Simulation
  let files: SimulatedFiles
  let threads: SimulatedThreads
  let disk: SimulatedDisk

  /// - Parameters:
  ///   - durations: how long each file takes; files not named take one second.
  ///   - missing: the names under which there is nothing. It takes as long to find that out.
  ///   - windingDown: how long a reading goes on after it was cancelled.
  ///   - saysInOwnWords: whether a cancelled reading throws something else than CancellationError.
  init(
    _ simulation: Simulation, durations: [String: Duration] = [:], missing: Set<String> = [],
    windingDown: Duration = .zero, saysInOwnWords: Bool = false
  ) {
    self.simulation = simulation
    files = SimulatedFiles(
      simulation, durations: durations, missing: missing, windingDown: windingDown,
      saysInOwnWords: saysInOwnWords)
    threads = SimulatedThreads(simulation)
    disk = SimulatedDisk(simulation, threads: threads, durations: durations, missing: missing)
  }

  /// - Parameter clock: what the state sleeps by, where that is not the simulation's clock itself.
  func makeState<State: TasksChapter>(
    _: State.Type, clock: (any Clock<Duration>)? = nil
  ) -> State {
    State(clock: clock ?? simulation.clock, files: files, disk: disk, threads: threads)
  }
}

/// The simulation's clock, and a list of who has begun to sleep by it, until when.
struct ListeningClock: Clock {
  let clock: VirtualClock
  let sleeps: Arrivals<VirtualClock.Instant>

  init(_ simulation: Simulation) {
    clock = simulation.clock
    sleeps = Arrivals(simulation)
  }

  var now: VirtualClock.Instant { clock.now }
  var minimumResolution: Duration { clock.minimumResolution }

  func sleep(until deadline: VirtualClock.Instant, tolerance: Duration?) async throws {
    sleeps.add(deadline)
    try await clock.sleep(until: deadline, tolerance: tolerance)
  }
}

/// There is no such file.
struct NoSuchFile: Error, Hashable, CustomStringConvertible {
  let name: String
  var description: String { "NoSuchFile(\"\(name)\")" }
}

/// What something says that was cancelled, where it does not say CancellationError.
struct Interrupted: Error, CustomStringConvertible {
  var description: String { "Interrupted()" }
}

extension Simulation {
  /// Lets everybody who is ready at this instant have their turn, and those whom they wake.
  func settle() async {
    try? await clock.sleep(for: .nanoseconds(1))
  }

  /// Sleeps whether the task is cancelled or not, as does what cannot be interrupted.
  func sleepThrough(_ duration: Duration) async {
    await Task { [clock] in try? await clock.sleep(for: duration) }.value
  }

  /// Runs `body`, and tells what came of it and when.
  func outcome<Value: Sendable>(
    of body: () async throws -> Value
  ) async -> CallOutcome<Value> {
    do {
      let value = try await body()
      return CallOutcome(result: .success(value), time: now)
    } catch {
      return CallOutcome(result: .failure(error), time: now)
    }
  }
}

/// What a call returned or threw, and the virtual time at which it did.
struct CallOutcome<Value: Sendable>: Sendable {
  let result: Result<Value, any Error>
  let time: Duration

  var error: (any Error)? {
    if case .failure(let error) = result { return error }
    return nil
  }

  /// As a fact under a finding.
  var fact: Fact {
    switch result {
    case .success(let value):
      Fact("it returned", "\(String(reflecting: value)) at \(Messages.describe(time))")
    case .failure(let error): Fact("it threw", "\(error) at \(Messages.describe(time))")
    }
  }
}

/// What arrived, and when: values that were handed over, numbers of a stream, firings of a timer.
final class Arrivals<Value: Sendable>: Sendable {
  struct Arrival: Sendable {
    let value: Value
    let time: Duration
  }

  private let simulation: Simulation
  private let log = Mutex<[Arrival]>([])

  init(_ simulation: Simulation) { self.simulation = simulation }

  var all: [Arrival] { log.withLock { $0 } }
  var values: [Value] { all.map(\.value) }
  var times: [Duration] { all.map(\.time) }

  func add(_ value: Value) {
    log.withLock { $0.append(Arrival(value: value, time: simulation.now)) }
  }
}
