internal import Contracts
internal import Raft
internal import Simulator

// MARK: - What is right although it differs

extension ReplicationOutcome {
  /// The other ways in which the call may go.
  func alternatives(after history: ReplicationHistory) -> [Self] {
    otherVotes(history) + droppedReply + truncatedAtFailedCheck
  }

  /// The reference's own way, with what may differ in it.
  init(
    _ reference: Transition, _ history: ReplicationHistory, judging topic: ReplicationRule
  ) {
    let (before, after) = (reference.before, reference.after)
    self.reference = reference
    isYes = reference.answer.isYes
    replyTerm = reference.answer.replyTerm
    term = after.currentTerm
    votedFor = [after.votedFor]
    roles = [after.role]
    votes = after.votes
    logs = [after.log]
    commitIndex = [after.commitIndex]
    leaders = [nil, before.leader, after.leader, history.leaders[after.currentTerm]]
    known = history.leaders[before.currentTerm]
    if after.role == .leader { leaders.insert(1) }
    election = [reference.election]
    heartbeat = [nil, .stopped, .restarted]
    applies = topic.step >= 7
    if after.role == .leader { lead(history, judging: topic) }
    follow(history)
  }

  /// What a leader may do otherwise.
  private mutating func lead(_ history: ReplicationHistory, judging topic: ReplicationRule) {
    let (before, after) = (reference.before, reference.after)
    for peer in history.peers {
      let next = after.nextIndex[peer] ?? after.log.lastIndex.next
      matchIndex[peer] = [after.matchIndex[peer] ?? 0]
      nextIndex[peer] = next...next
    }
    if reference.isWin {
      // Whoever wins by standing is alone, and has nobody to tell.
      heartbeat = reference.call == .stand ? [nil, .stopped, .restarted, .fired] : [.fired]
      mayAddEntry = true
      // Whoever begins lower sends what the peer has already, and finds that out.
      for peer in history.peers { nextIndex[peer] = 1...after.log.lastIndex.next }
      return
    }
    // Sending at once is telling the heartbeat timer to elapse.
    if case .entries = reference.call { heartbeat = [nil] } else { heartbeat = [nil, .fired] }
    if case .reply(let reply, let peer, let request) = reference.call,
      request.term == before.currentTerm
    {
      nextIndex[peer] = nextIndexes(after: reply, from: peer, to: request)
      // A yes to no entries may count for nothing: what is missing is sent, and answered.
      if request.entries.isEmpty { matchIndex[peer]?.insert(before.matchIndex[peer] ?? 0) }
    }
    // Before 4.6 nobody asks for a commit after a reply or a command.
    let asks = topic.step >= 7 || topic == .afterReply || topic == .alone
    if reference.call != .advance, !asks { commitIndex.insert(before.commitIndex) }
  }

  /// Where to go on with a peer: past what a success has brought, and back after a failure.
  ///
  /// Too low is never wrong, only slow: late replies may take it back, as far as 1.
  private func nextIndexes(
    after reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) -> ClosedRange<LogIndex> {
    let before = reference.before
    let next = before.nextIndex[peer] ?? before.log.lastIndex.next
    let (old, match) = (before.matchIndex[peer] ?? 0, reference.after.matchIndex[peer] ?? 0)
    guard reply.success else {
      // What the peer is known to hold it cannot miss: then the refusal is an old one.
      let isNews = request.prevLogIndex > old
      let mustFall = request.prevLogIndex.next == next && next > 1 && isNews
      // An old one may take it up again, to where the peer has refused: that is asked once more.
      return 1...max(1, mustFall ? next.previous : max(next, request.prevLogIndex))
    }
    let lowest =
      match > old && !request.entries.isEmpty
      ? match.next : request.last < old ? min(request.last.next, next) : min(next, match.next)
    return lowest...max(next, match.next)
  }

  /// What a follower or a candidate may do otherwise.
  private mutating func follow(_ history: ReplicationHistory) {
    let (before, after) = (reference.before, reference.after)
    let isLater = after.currentTerm > before.currentTerm
    switch reference.call {
    case .vote, .reply:
      if isLater { election = [nil, .restarted] }
    case .voteRequest(let request):
      if isLater ? isYes == false : before.votedFor == request.candidateID {
        election.insert(nil)
        if isLater { election.insert(.restarted) }
      }
    case .append(let request) where after.currentTerm == request.term:
      leaders = [request.leaderID]
      // Who follows a leader may note it as the one it would have voted for.
      if after.votedFor == nil { votedFor.insert(request.leaderID) }
      guard isYes == true else { break }
      // What agreed with an earlier message of this leader agrees still.
      let agreed = max(history.agreed[request.term] ?? 0, request.last)
      commitIndex.insert(max(after.commitIndex, min(request.leaderCommit, agreed)))
    default: break
    }
  }

  /// A server that knows this term's leader may refuse everybody else its vote (§6). Whoever has
  /// its vote already may get it again without being compared.
  private func otherVotes(_ history: ReplicationHistory) -> [Self] {
    let before = reference.before
    guard case .voteRequest(let request) = reference.call else { return [] }
    if request.term == before.currentTerm, before.votedFor == request.candidateID, isYes == false {
      var again = self
      again.isYes = true
      again.election = [nil, .restarted]
      return [again]
    }
    guard before.role == .follower, history.leaders[before.currentTerm] != nil,
      request.term >= before.currentTerm
    else { return [] }
    var refusal = unmoved
    refusal.isYes = false
    refusal.replyTerm = before.currentTerm
    return [refusal]
  }

  /// A reply of an election or a leadership that is over may be dropped unread.
  private var droppedReply: [Self] {
    let before = reference.before
    let isOver =
      switch reference.call {
      case .vote(_, _, let request):
        request.term != before.currentTerm || before.role != .candidate
      case .reply(_, _, let request):
        request.term != before.currentTerm || before.role != .leader
      default: false
      }
    return isOver ? [unmoved] : []
  }

  /// Nothing of the server is touched.
  private var unmoved: Self {
    let before = reference.before
    var unmoved = self
    unmoved.term = before.currentTerm
    unmoved.votedFor = [before.votedFor]
    unmoved.roles = [before.role]
    unmoved.votes = before.votes
    unmoved.logs = [before.log]
    unmoved.commitIndex = [before.commitIndex]
    unmoved.nextIndex = before.nextIndex.mapValues { $0...$0 }
    unmoved.matchIndex = before.matchIndex.mapValues { [$0] }
    unmoved.election = [nil]
    unmoved.heartbeat = [nil]
    return unmoved
  }

  /// An entry that is not the leader's may go as soon as that is known, with what follows it.
  private var truncatedAtFailedCheck: [Self] {
    let before = reference.before
    guard case .append(let request) = reference.call, isYes == false,
      request.term == term, before.log.term(at: request.prevLogIndex) != nil,
      request.prevLogIndex > before.commitIndex
    else { return [] }
    var truncated = self
    var log = before.log
    log.truncate(after: request.prevLogIndex.previous)
    truncated.logs = [log]
    return [truncated]
  }
}
