internal import Contracts
internal import Raft
internal import Simulator

/// One way in which a call may go, made from how it went with the reference.
///
/// Everything is decided together: a granted vote needs the stored vote and the restarted timer of
/// a granted vote.
struct Outcome: Sendable {
  typealias Effect = RecordedTimer.Effect

  /// What a server can have got wrong, in the order in which it is told.
  enum Facet: Hashable, Sendable {
    case term, answer, role, votedFor, replyTerm, votes, request, electionTimer, heartbeatTimer
  }

  var isGranted: Bool?
  var replyTerm: Term?
  var request: RequestVote?
  var term: Term
  var votedFor: Set<ServerID?>
  var roles: Set<Role>
  var votes: Set<ServerID>
  var election: Set<Effect?>
  var heartbeat: Set<Effect?>

  /// What of `transition` is not as it is here.
  func differences(from transition: Transition, timerRuns: Bool) -> [Facet] {
    let after = transition.after
    var facets: [Facet] = []
    if after.currentTerm != term { facets.append(.term) }
    if transition.answer.isGranted != isGranted { facets.append(.answer) }
    if !roles.contains(after.role) { facets.append(.role) }
    if !votedFor.contains(after.votedFor) { facets.append(.votedFor) }
    if transition.answer.replyTerm != replyTerm { facets.append(.replyTerm) }
    if after.role == .candidate, after.votes != votes { facets.append(.votes) }
    if case .candidacy(let said) = transition.answer, said != request { facets.append(.request) }
    if after.role == .leader {
      // A leader's election timer does not matter, unless it makes the leader stand at once.
      if transition.election == .fired { facets.append(.electionTimer) }
    } else if !election.contains(transition.election) || !timerRuns {
      facets.append(.electionTimer)
    }
    if !heartbeat.contains(transition.heartbeat) { facets.append(.heartbeatTimer) }
    return facets
  }
}

extension RuleCall.Answer {
  /// The yes or no of a reply.
  var isGranted: Bool? {
    switch self {
    case .vote(let reply): reply.voteGranted
    case .heartbeat(let reply): reply.success
    case .nothing, .candidacy: nil
    }
  }

  var replyTerm: Term? {
    switch self {
    case .vote(let reply): reply.term
    case .heartbeat(let reply): reply.term
    case .nothing, .candidacy: nil
    }
  }
}

// MARK: - What is right although it differs

extension Outcome {
  /// The other ways in which the call may go.
  func alternatives(to reference: Transition, after history: History) -> [Outcome] {
    refusalForALeader(reference, history) + droppedReply(reference)
      + lostElection(reference, history)
  }

  /// The reference's own way, with what may differ in it.
  init(_ reference: Transition) {
    let (before, after) = (reference.before, reference.after)
    isGranted = reference.answer.isGranted
    replyTerm = reference.answer.replyTerm
    if case .candidacy(let said) = reference.answer { request = said }
    term = after.currentTerm
    votedFor = [after.votedFor]
    roles = [after.role]
    votes = after.votes
    election = [reference.election]
    heartbeat = [nil, .stopped, .restarted]
    if reference.isWin {
      // Whoever wins by standing is alone, and has nobody to tell.
      heartbeat = reference.call == .stand ? [nil, .stopped, .restarted, .fired] : [.fired]
    } else if after.role == .leader {
      heartbeat = [nil]
    }
    // A later term may restart the timer, or leave one alone that runs, unless there is another
    // reason to restart it. A vote that is given once more may restart it or not.
    let isLater = after.currentTerm > before.currentTerm
    switch reference.call {
    case .observe, .vote, .acknowledgement: if isLater { election = [nil, .restarted] }
    case .voteRequest(let request):
      if isLater ? isGranted == false : before.votedFor == request.candidateID {
        election.insert(nil)
        if isLater { election.insert(.restarted) }
      }
    case .heartbeat(let request):
      // Who follows a leader may note it as the one it would have voted for.
      if after.currentTerm == request.term, after.votedFor == nil {
        votedFor.insert(request.leaderID)
      }
    default: break
    }
  }

  /// A server that knows this term's leader may refuse everybody else its vote (§6).
  private func refusalForALeader(_ reference: Transition, _ history: History) -> [Outcome] {
    let before = reference.before
    guard case .voteRequest(let request) = reference.call, before.role == .follower,
      history.leaders[before.currentTerm] != nil, request.term >= before.currentTerm
    else { return [] }
    var refusal = self
    refusal.isGranted = false
    refusal.replyTerm = before.currentTerm
    refusal.term = before.currentTerm
    refusal.votedFor = [before.votedFor]
    refusal.roles = [before.role]
    refusal.election = [nil]
    return [refusal]
  }

  /// A reply of an election or a leadership that is over may be dropped unread.
  private func droppedReply(_ reference: Transition) -> [Outcome] {
    let before = reference.before
    let isOver: Bool
    switch reference.call {
    case .vote(_, _, let request):
      isOver = request.term != before.currentTerm || before.role != .candidate
    case .acknowledgement(_, _, let request):
      isOver = request.term != before.currentTerm || before.role != .leader
    default: isOver = false
    }
    guard isOver else { return [] }
    var dropped = self
    dropped.term = before.currentTerm
    dropped.votedFor = [before.votedFor]
    dropped.roles = [before.role]
    dropped.votes = before.votes
    dropped.election = [nil]
    dropped.heartbeat = [nil]
    return [dropped]
  }

  /// A candidate that cannot win any more may stay one, or be a follower until the next timeout.
  private func lostElection(_ reference: Transition, _ history: History) -> [Outcome] {
    guard case .vote(let reply, let peer, let request) = reference.call,
      reference.after.role == .candidate, !reply.voteGranted,
      request.term == reference.before.currentTerm, history.isLost(request.term, with: peer)
    else { return [] }
    var lost = self
    lost.roles = [.follower]
    lost.election = [nil, .restarted]
    return [lost]
  }
}
