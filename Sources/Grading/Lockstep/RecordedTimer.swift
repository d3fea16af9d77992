internal import Contracts
internal import Synchronization

/// A timer that elapses only where a check says so, and that knows what it was told last.
final class RecordedTimer: RestartableTimer {
  /// What a rule did to a timer, all in all: what it told it last.
  enum Effect: Hashable, Sendable {
    case restarted, stopped, fired
  }

  private struct Told {
    var last: Effect?
    /// The host starts a server's election timer together with the server.
    var isRunning = true
  }

  private let told = Mutex(Told())

  var isRunning: Bool { told.withLock { $0.isRunning } }

  /// What it was told since the last time somebody asked.
  func take() -> Effect? {
    told.withLock { told in
      defer { told.last = nil }
      return told.last
    }
  }

  /// Goes off, as a one-shot timer does: it runs no longer.
  func elapse() { told.withLock { $0.isRunning = false } }

  func restart() { tell(.restarted) }
  func stop() { tell(.stopped) }
  func fire() { tell(.fired) }

  private func tell(_ effect: Effect) {
    told.withLock { $0 = Told(last: effect, isRunning: effect != .stopped) }
  }
}

/// A server's two timers.
struct RuleTimers: Sendable {
  let election = RecordedTimer()
  let heartbeat = RecordedTimer()

  func forget() {
    _ = election.take()
    _ = heartbeat.take()
  }

  /// What came of a call, with what the timers were told in it.
  func transition<History: LockstepHistory>(
    _: History.Type, _ before: History.Report, _ call: History.Call, _ answer: History.Answer,
    _ after: History.Report
  ) -> RuleTransition<History> {
    RuleTransition(
      before: before, call: call, answer: answer, after: after, election: election.take(),
      heartbeat: heartbeat.take())
  }
}
