/// What a run may cost before it is given up.
public struct Limits: Hashable, Sendable {
  /// The jobs that a run may take.
  public var steps: Int

  /// Whether to trap, rather than throw, once a run has taken all its steps.
  ///
  /// A trap happens inside the code that goes on and on, so its backtrace names the line. Only for
  /// a process that exists to run this and nothing else.
  public var trapsWhenEndless: Bool

  /// Seconds that one job may hold the thread before the process traps there; nil for no limit.
  public var watchdog: Double?

  public init(steps: Int = 1_000_000, trapsWhenEndless: Bool = false, watchdog: Double? = nil) {
    self.steps = steps
    self.trapsWhenEndless = trapsWhenEndless
    self.watchdog = watchdog
  }
}

/// Why a run could not come to its end.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Nobody is ready, nobody sleeps, and the body still waits: a deadlock, or a lost continuation.
  case stuck(after: Duration)
  /// The code suspends again and again and never ends.
  case endless(after: Int)
  /// The same decisions led somewhere else the second time.
  case notReproducible

  public var description: String {
    switch self {
    case .stuck:
      "Everything waits, and nothing is left that could wake anybody."
    case .endless(let steps):
      "Still not finished after \(steps) steps: it suspends again and again and never ends."
    case .notReproducible:
      "The same schedule led to different steps: something here draws on chance of its own."
    }
  }
}

/// Something that left the simulation, or tried to.
public enum Leak: Hashable, Sendable, CustomStringConvertible {
  /// A sleep on a clock that was not handed in. It was held in virtual time all the same.
  case realSleep
  /// A task was woken by a thread that the simulation does not run.
  case realThread

  public var description: String {
    switch self {
    case .realSleep:
      "It sleeps on the machine's own clock. Sleep on the clock that was handed in."
    case .realThread:
      "It is woken by a real thread. Hand blocking work to the threads that were handed in."
    }
  }
}

/// One thing that happened, and when, in virtual time.
public struct TraceEvent: Hashable, Codable, Sendable {
  public let time: Duration
  public let lane: String
  public let text: String

  public init(time: Duration, lane: String, text: String) {
    self.time = time
    self.lane = lane
    self.text = text
  }
}

extension Duration {
  /// The duration in whole nanoseconds, cut to what 64 bits hold.
  public var nanoseconds: Int64 {
    let parts = components
    let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return parts.seconds > 0 ? .max / 4 : .min / 4 }
    return min(max(whole, .min / 4), .max / 4) + parts.attoseconds / 1_000_000_000
  }
}
