internal import Contracts
internal import Raft
internal import Simulator

/// The situations that S1 can get into, each with a short way into it, and what can happen there.
///
/// They are found with the reference, so that a learner's code cannot disturb the search.
struct ReplicationSituations: Sendable {
  typealias Path = LockstepPath<ReplicationHistory>
  typealias Case = LockstepCase<ReplicationHistory, ReplicationRule>
  typealias Event = ReplicationEvent

  /// A situation: the way into it, with the steps of its rules, and what is known there.
  struct Node: Sendable {
    var path: Path
    var steps: [Int] = []
    var report: ReplicationReport
    var history: ReplicationHistory

    init(_ start: ReplicationStart) {
      path = Path(start: start)
      report = ReplicationReport(
        persistent: start.saved, role: .follower, votes: [], leader: nil, commitIndex: 0,
        lastApplied: 0, nextIndex: [:], matchIndex: [:])
      history = ReplicationHistory(start)
    }
  }

  /// What makes two calls the same for a check: who leads or asks does not matter, nor the number
  /// of a term, but for which of two is later.
  private struct Judged: Hashable {
    let role: Role
    let log: Log
    let commitIndex: LogIndex
    let votedFor: ServerID?
    let progress: [[ServerID: LogIndex]]
    let call: ReplicationCall
    let servers: Int

    init(_ call: ReplicationCall, at node: Node, for step: Int) {
      let report = node.report
      role = report.role
      log = report.log
      commitIndex = report.commitIndex
      progress = step == 4 ? [] : [report.nextIndex, report.matchIndex]
      servers = step == 6 ? node.history.servers : 0
      guard case .append(let request) = call else {
        votedFor = report.votedFor
        self.call = call
        return
      }
      votedFor = nil
      let later = request.term.number - report.currentTerm.number
      self.call = .append(
        AppendEntries(
          term: Term(later.signum() + 1), leaderID: 2, prevLogIndex: request.prevLogIndex,
          prevLogTerm: request.prevLogTerm, entries: request.entries,
          leaderCommit: request.leaderCommit))
    }
  }

  let step: Int
  private(set) var cases: [Case] = []
  private var judged: Set<Judged> = []

  init(of step: Int) { self.step = step }

  /// What comes of `event`, or nil where no cluster could lead to it.
  func go(
    _ event: Event, from node: Node,
    on reference: isolated some ReferenceServer & ReplicationChapter, _ timers: RuleTimers
  ) -> (Node, RuleTransition<ReplicationHistory>)? {
    var next = node
    guard let call = next.history.call(for: event, in: node.report) else { return nil }
    reference.assume(node.report)
    timers.forget()
    let answer = call.make(on: reference)
    let transition = timers.transition(
      ReplicationHistory.self, node.report, call, answer, reference.report)
    next.history.add(transition)
    next.report = transition.after
    // A commit that is not asked for after a reply is asked for in 4.6.
    if step == 6, transition.before.role == .leader { next.report.forgetCommit(since: node.report) }
    next.path.events.append(event)
    next.steps.append(Self.step(of: transition))
    return (next, transition)
  }

  /// Notes `event` as a case, if it is one of this step.
  mutating func judge(
    _ event: Event, at node: Node,
    on reference: isolated some ReferenceServer & ReplicationChapter, _ timers: RuleTimers
  ) {
    var history = node.history
    guard let call = history.call(for: event, in: node.report),
      judged.insert(Judged(call, at: node, for: step)).inserted,
      let (next, transition) = go(event, from: node, on: reference, timers),
      let topic = ReplicationRule.topic(of: transition, size: history.servers, for: step)
    else { return }
    cases.append(
      Case(
        path: next.path, steps: next.steps, topic: topic, needs: next.steps.max() ?? step))
  }

  /// The step whose rule a learner writes for a call. Counting votes is chapter 3's; winning isn't.
  static func step(of transition: RuleTransition<ReplicationHistory>) -> Int {
    if transition.isWin { return 3 }
    return switch transition.call {
    case .isUpToDate, .voteRequest, .stand: 1
    case .vote: 0
    case .propose: 2
    case .entries: 3
    case .append: 4
    case .reply: 5
    case .advance: 6
    }
  }
}

extension ReplicationReport {
  fileprivate mutating func forgetCommit(since earlier: Self) {
    self = ReplicationReport(
      persistent: persistent, role: role, votes: votes, leader: leader,
      commitIndex: earlier.commitIndex, lastApplied: earlier.lastApplied, nextIndex: nextIndex,
      matchIndex: matchIndex)
  }
}
