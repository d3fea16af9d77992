internal import Contracts
internal import Raft

/// One call of a rule, and everything that came of it.
struct Transition: Sendable {
  let before: ElectionReport
  let call: RuleCall
  let answer: RuleCall.Answer
  let after: ElectionReport
  let election: RecordedTimer.Effect?
  let heartbeat: RecordedTimer.Effect?

  init(_ call: RuleCall, on server: isolated some ElectionsChapter, _ timers: RuleTimers) {
    before = server.report
    self.call = call
    timers.forget()
    answer = call.make(on: server)
    after = server.report
    election = timers.election.take()
    heartbeat = timers.heartbeat.take()
  }

  var isWin: Bool { before.role != .leader && after.role == .leader }
}

/// A server's two timers.
struct RuleTimers: Sendable {
  let election = RecordedTimer()
  let heartbeat = RecordedTimer()

  func forget() {
    _ = election.take()
    _ = heartbeat.take()
  }
}

/// A way into a situation: what the host had saved, and the calls since then.
struct RulePath: Hashable, Sendable {
  let servers: Int
  let saved: PersistentState
  var calls: [RuleCall] = []

  /// The latest step whose rule stands on the way.
  var needs: Int { calls.map(\.step).max() ?? 0 }

  static func + (path: RulePath, call: RuleCall) -> RulePath {
    RulePath(servers: path.servers, saved: path.saved, calls: path.calls + [call])
  }

  /// S1's peers in a cluster of that size.
  var peers: [ServerID] { servers > 1 ? (2...servers).map { ServerID($0) } : [] }
}
