public import Contracts
internal import Synchronization

/// A timer that elapses only where a check says so, and that knows what it was told last.
public final class RecordedTimer: RestartableTimer {
  /// What a rule did to a timer, all in all: what it told it last.
  public enum Effect: Hashable, Sendable {
    case restarted, stopped, fired
  }

  private struct Told {
    var last: Effect?
    /// The host starts a server's election timer together with the server.
    var isRunning = true
  }

  private let told = Mutex(Told())

  public init() {}

  public var isRunning: Bool { told.withLock { $0.isRunning } }

  /// What it was told since the last time somebody asked.
  public func take() -> Effect? {
    told.withLock { told in
      defer { told.last = nil }
      return told.last
    }
  }

  /// Goes off, as a one-shot timer does: it runs no longer.
  public func elapse() { told.withLock { $0.isRunning = false } }

  public func restart() { tell(.restarted) }
  public func stop() { tell(.stopped) }
  public func fire() { tell(.fired) }

  private func tell(_ effect: Effect) {
    told.withLock { $0 = Told(last: effect, isRunning: effect != .stopped) }
  }
}
