internal import Contracts
internal import Raft

/// The situations that a server can get into, each with a shortest way into it, and every call
/// that can come to it there.
///
/// They are found with the reference, so that a learner's code cannot disturb the search.
struct Situations: Sendable {
  typealias Case = LockstepCase<History, ElectionRule>

  /// What makes two situations the same for the search.
  private struct Key: Hashable {
    let report: ElectionReport
    let leader: ServerID?
    let isTimerRunning: Bool
    let candidacies: [Term]
    let led: Set<Term>
    /// Of every term: somebody may go on counting where another election ended.
    let grants: [Term: Set<ServerID>]
    let refusals: Set<ServerID>
    /// Votes of the last election as well: a server that mixes elections up keeps them somewhere.
    let counted: [Set<ServerID>]
  }

  private struct Node {
    let path: RulePath
    let report: ElectionReport
    let history: History
  }

  /// How many calls deep situations are searched for.
  static var depth: Int { 3 }

  /// What a host may have saved: nothing yet, or a term and no vote, or one for S1 or a peer.
  static func starts(servers: Int) -> [RulePath] {
    let votes: [ServerID?] = [nil, 1, 2, 3].filter { ($0?.number ?? 0) <= servers }
    let saved =
      [PersistentState()] + votes.map { PersistentState(currentTerm: 2, votedFor: $0) }
    return saved.map { RulePath(servers: servers, saved: $0) }
  }

  /// Every case for a rule of step `step`, in clusters of `servers` servers.
  static func search(
    _ step: Int, _ servers: Int, on reference: isolated some ReferenceServer & ElectionsChapter,
    _ timers: RuleTimers
  ) -> [Case] {
    var cases: [Case] = []
    var seen: Set<Key> = []
    var nodes = starts(servers: servers).map { path in
      Node(
        path: path,
        report: ElectionReport(
          currentTerm: path.start.saved.currentTerm, votedFor: path.start.saved.votedFor,
          role: .follower, votes: []),
        history: History(path.start))
    }
    for depth in 0...Self.depth {
      var next: [Node] = []
      for node in nodes {
        for call in node.history.calls(in: node.report) {
          if call.step == step {
            let topic = ElectionRule.topic(of: call, in: node.report)
            let path = node.path + call
            let steps = path.events.map(\.step)
            cases.append(
              Case(path: path, steps: steps, topic: topic, needs: steps.max() ?? step))
          }
          guard depth < Self.depth else { continue }
          reference.assume(node.report)
          let transition = Transition(call, on: reference, timers)
          var history = node.history
          history.add(transition)
          let report = transition.after
          guard seen.insert(key(report, history)).inserted else { continue }
          next.append(Node(path: node.path + call, report: report, history: history))
        }
      }
      nodes = next
    }
    return cases
  }

  private static func key(_ report: ElectionReport, _ history: History) -> Key {
    let term = report.currentTerm
    return Key(
      report: report, leader: history.leaders[term], isTimerRunning: history.isTimerRunning,
      candidacies: history.candidacies, led: history.led, grants: history.grants,
      refusals: history.refusals[term] ?? [], counted: history.counted)
  }
}

extension ElectionRule {
  /// The rule that is mainly at stake when `call` comes to a server in `situation`.
  static func topic(of call: RuleCall, in situation: ElectionReport) -> ElectionRule {
    let term = situation.currentTerm
    let isFollower = situation.role == .follower
    switch call {
    case .observe(let seen):
      return seen <= term ? .ignoresEarlier : isFollower ? .takesLaterTerm : .stepsDown
    case .voteRequest(let request):
      if request.term < term { return .staleCandidate }
      if request.term > term { return isFollower ? .voterFollowsTerm : .voterStepsDown }
      if situation.votedFor == request.candidateID { return .sameCandidate }
      return situation.votedFor == nil ? .grants : .oneVotePerTerm
    case .heartbeat(let request):
      if request.term < term { return .staleLeader }
      if request.term > term { return isFollower ? .followerFollowsTerm : .leaderYields }
      return isFollower ? .acceptsLeader : .candidateYields
    case .stand: return isFollower ? .opensTerm : .countsAnew
    case .vote(let reply, let peer, let request):
      if reply.term > term { return .candidateFollowsTerm }
      if request.term != term { return .sameElection }
      if situation.role != .candidate { return .candidatesOnly }
      if !reply.voteGranted { return .refusalIsNoVote }
      return situation.votes.contains(peer) ? .oncePerPeer : .majority
    case .acknowledgement: return .leaderFollowsTerm
    }
  }
}
