internal import Contracts
internal import Synchronization

/// A timer that elapses only where a check says so, and that knows what it was told last.
final class RecordedTimer: RestartableTimer {
  /// What a rule did to a timer, all in all: what it told it last.
  enum Effect: Hashable, Sendable {
    case restarted, stopped, fired
  }

  private let last = Mutex<Effect?>(nil)

  /// What it was told since the last time somebody asked.
  func take() -> Effect? {
    last.withLock { last in
      defer { last = nil }
      return last
    }
  }

  func restart() { last.withLock { $0 = .restarted } }
  func stop() { last.withLock { $0 = .stopped } }
  func fire() { last.withLock { $0 = .fired } }
}
