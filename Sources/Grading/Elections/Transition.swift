internal import Contracts
internal import Raft

/// One call of a rule, and everything that came of it.
typealias Transition = RuleTransition<History>

extension RuleTransition where History == Grading.History {
  init(_ call: RuleCall, on server: isolated some ElectionsChapter, _ timers: RuleTimers) {
    let before = server.report
    timers.forget()
    let answer = call.make(on: server)
    self = timers.transition(History.self, before, call, answer, server.report)
  }
}

/// How a server is started: what the host had saved.
struct ElectionStart: LockstepStart {
  let servers: Int
  let saved: PersistentState
  var seat = Seat.first
}

typealias RulePath = LockstepPath<History>

extension LockstepPath<History> {
  init(servers: Int, saved: PersistentState, calls: [RuleCall] = []) {
    self.init(start: ElectionStart(servers: servers, saved: saved), events: calls)
  }
}
