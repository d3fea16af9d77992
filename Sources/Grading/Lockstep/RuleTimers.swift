internal import Simulator

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
