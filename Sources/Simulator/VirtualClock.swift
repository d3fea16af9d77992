/// The time of a simulation. Sleeping costs nothing but order.
public struct VirtualClock: Clock {
  public struct Instant: InstantProtocol {
    let nanoseconds: Int64

    public func advanced(by duration: Duration) -> Instant {
      Instant(nanoseconds: nanoseconds.addingWithoutOverflow(duration.nanoseconds))
    }

    public func duration(to other: Instant) -> Duration {
      .nanoseconds(other.nanoseconds - nanoseconds)
    }

    public static func < (left: Instant, right: Instant) -> Bool {
      left.nanoseconds < right.nanoseconds
    }
  }

  private let simulation: Simulation

  init(_ simulation: Simulation) { self.simulation = simulation }

  public var now: Instant { Instant(nanoseconds: simulation.nanoseconds) }
  public var minimumResolution: Duration { .nanoseconds(1) }

  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try Task.checkCancellation()
    let sleeper = Sleeper()
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation {
        (continuation: UnsafeContinuation<Void, any Error>) in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        sleeper.number = simulation.sleepers.add(due: deadline.nanoseconds) { cancelled in
          if cancelled {
            continuation.resume(throwing: CancellationError())
          } else {
            continuation.resume()
          }
        }
      }
    } onCancel: {
      guard let number = sleeper.number else { return }
      simulation.sleepers.cancel(number)?.wake(true)
    }
  }
}

/// Which sleeper a sleep became, for its cancellation. Used on the simulation's thread alone.
private final class Sleeper: @unchecked Sendable {
  var number: Int?
}

extension Int64 {
  fileprivate func addingWithoutOverflow(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max - 1 : .min) : sum
  }
}
