internal import Simulator
internal import Synchronization

/// Something that takes its time, and a record of what became of it.
final class SimulatedOperation: Sendable {
  /// What it does when it is cancelled.
  enum Manner: CaseIterable, Sendable {
    case throwsCancellationError
    case takesNoNotice
    case throwsAnotherError
  }

  private struct Course {
    var cancelled: Duration?
    var ended: Duration?
  }

  private let simulation: Simulation
  private let duration: Duration
  private let cleanup: Duration
  private let manner: Manner
  private let course = Mutex(Course())

  init(
    _ simulation: Simulation, takes duration: Duration, cleansUpFor cleanup: Duration = .zero,
    ifCancelled manner: Manner = .throwsCancellationError
  ) {
    self.simulation = simulation
    self.duration = duration
    self.cleanup = cleanup
    self.manner = manner
  }

  /// When it noticed that it was cancelled; nil if it never did.
  var cancelled: Duration? { course.withLock { $0.cancelled } }
  /// When it was over, however it ended; nil while it is under way.
  var ended: Duration? { course.withLock { $0.ended } }

  func run() async throws -> Int {
    simulation.record("operation", "begins")
    defer { course.withLock { $0.ended = simulation.now } }
    guard manner != .takesNoNotice else {
      await simulation.sleepThrough(duration)
      simulation.record("operation", "has 7")
      return 7
    }
    do {
      try await simulation.clock.sleep(for: duration)
    } catch {
      course.withLock { $0.cancelled = simulation.now }
      simulation.record("operation", "is cancelled")
      if cleanup > .zero {
        await simulation.sleepThrough(cleanup)
        simulation.record("operation", "has cleaned up")
      }
      throw manner == .throwsAnotherError ? Interrupted() : error
    }
    simulation.record("operation", "has 7")
    return 7
  }
}
