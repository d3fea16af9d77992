internal import Contracts
internal import Simulator
internal import Synchronization

/// Threads for code that blocks: what runs there blocks nobody, in virtual time.
final class SimulatedThreads: Threads {
  private let simulation: Simulation
  /// Time for which the body now running on one of these threads has blocked it; nil if none runs.
  private let blocked = Mutex<Duration?>(nil)

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// Runs `body` at once and takes as long as it blocked. A thread cannot be cancelled.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    blocked.withLock { $0 = .zero }
    let result = Result { try body() }
    let duration = blocked.withLock { blocked in
      defer { blocked = nil }
      return blocked ?? .zero
    }
    await simulation.sleepThrough(duration)
    return try result.get()
  }

  /// Lets a blocking call take its time: on these threads if one runs it, else on the pool, where
  /// nobody else gets to run meanwhile.
  ///
  /// - Returns: whether it was on one of these threads.
  @discardableResult
  func block(for duration: Duration) -> Bool {
    let isOnThread = blocked.withLock { blocked in
      guard let sofar = blocked else { return false }
      blocked = sofar + duration
      return true
    }
    if !isOnThread { simulation.block(for: duration) }
    return isOnThread
  }
}

/// A disk that blocks whoever reads from it.
final class SimulatedDisk: Disk {
  private let simulation: Simulation
  private let threads: SimulatedThreads
  private let durations: [String: Duration]
  private let missing: Mutex<Set<String>>

  init(
    _ simulation: Simulation, threads: SimulatedThreads, durations: [String: Duration],
    missing: Set<String>
  ) {
    self.simulation = simulation
    self.threads = threads
    self.durations = durations
    self.missing = Mutex(missing)
  }

  func readBlocking(_ name: String) throws -> String {
    simulation.record("disk", "reads \(name)")
    let isOnThread = threads.block(for: durations[name] ?? .seconds(1))
    if !isOnThread { simulation.record("disk", "has \(name)") }
    if missing.withLock({ $0.contains(name) }) { throw NoSuchFile(name: name) }
    return Self.contents(of: name)
  }

  /// From now on there is a file of that name.
  func put(_ name: String) { missing.withLock { _ = $0.remove(name) } }

  /// Not what `Files` has under that name: they are two places.
  static func contents(of name: String) -> String { "\(name) from the disk" }
}
