internal import Contracts
internal import Raft

// MARK: - Which rule is at stake

extension ReplicationRule {
  typealias Transition = RuleTransition<ReplicationHistory>

  /// The rule of step `step` that is mainly at stake in a call; nil where none is.
  ///
  /// - Parameter right: the call as the reference makes it.
  static func topic(of right: Transition, size: Int, for step: Int) -> Self? {
    let before = right.before
    let commits = right.after.commitIndex > before.commitIndex
    if step == 7 { return topicOfApplying(right, commits) }
    switch right.call {
    case .isUpToDate(let request): return step == 1 ? comparison(of: request, in: before) : nil
    case .voteRequest(let request): return step == 1 ? topicOfVoting(request, before) : nil
    case .stand where size > 1:
      return step == 1 ? before.log.isEmpty ? .standsAsBefore : .requestTellsLog : nil
    case .stand, .vote:
      guard step == 3, right.isWin else { return nil }
      return before.log.isEmpty ? .startsAfterLast : .keepsOwnLog
    case .propose:
      if step == 6 { return size == 1 && commits ? .alone : nil }
      return step == 2 ? topicOfProposing(before) : nil
    case .entries(let peer): return step == 3 ? topicOfSending(peer, before) : nil
    case .append(let request): return step == 4 ? topicOfFollowing(request, before) : nil
    case .reply(let reply, let peer, let request):
      if step == 6 { return commits ? .afterReply : nil }
      return step == 5 ? topicOfLearning(reply, peer, request, before) : nil
    case .advance: return step == 6 ? topicOfCommitting(right, size) : nil
    }
  }

  /// By what the two logs are told apart.
  static func comparison(of request: RequestVote, in situation: ReplicationReport) -> Self {
    let log = situation.log
    if request.lastLogTerm != log.lastTerm { return .laterLastTermWins }
    return request.lastLogIndex == log.lastIndex ? .equalLogs : .longerLogWins
  }

  private static func topicOfVoting(_ request: RequestVote, _ before: ReplicationReport) -> Self {
    guard before.log.isAhead(of: request), request.term >= before.currentTerm else {
      return .votesAsBefore
    }
    guard request.term > before.currentTerm else {
      return before.votedFor == nil ? .asksAboutLog : .refusalChangesNothing
    }
    return before.role == .follower ? .asksAboutLog : .refusalFollowsTerm
  }

  private static func topicOfProposing(_ before: ReplicationReport) -> Self {
    guard before.role == .leader else { return before.leader == nil ? .refuses : .hint }
    let isFirst = before.log.lastTerm != before.currentTerm && !before.log.isEmpty
    return isFirst ? .stampsCurrentTerm : .appendsCommand
  }

  private static func topicOfSending(_ peer: ServerID, _ before: ReplicationReport) -> Self {
    if before.commitIndex > 0 { return .tellsCommitIndex }
    let next = before.nextIndex[peer] ?? before.log.lastIndex.next
    if next > before.log.lastIndex { return .previous }
    return next == before.log.lastIndex ? .sendsMissing : .contiguousBatch
  }

  private static func topicOfFollowing(
    _ request: AppendEntries, _ before: ReplicationReport
  ) -> Self {
    guard request.term >= before.currentTerm else { return .staleTerm }
    if before.role != .follower { return .yields }
    let log = before.log
    let commits = request.leaderCommit > before.commitIndex
    guard log.term(at: request.prevLogIndex) == request.prevLogTerm else {
      if commits { return .failedCheckCommitsNothing }
      if request.entries.isEmpty { return .heartbeatsAreChecked }
      return request.prevLogIndex > log.lastIndex ? .previousIndex : .previousTerm
    }
    if request.leaderCommit < before.commitIndex { return .commitNeverFalls }
    if commits { return request.leaderCommit > request.last ? .commitsWhatIsNew : .commits }
    if request.conflict(with: log) != nil {
      return log.lastIndex > request.last ? .dropsTail : .replacesConflict
    }
    if request.last > log.lastIndex { return .appends }
    if request.last < log.lastIndex { return .truncatesOnConflictOnly }
    return request.entries.isEmpty ? .accepts : .keepsMatching
  }

  private static func topicOfLearning(
    _ reply: AppendEntries.Reply, _ peer: ServerID, _ request: AppendEntries,
    _ before: ReplicationReport
  ) -> Self {
    if reply.term > before.currentTerm { return .leaderFollowsTerm }
    guard before.role == .leader else { return .leadersOnly }
    guard request.term == before.currentTerm else { return .earlierRequest }
    let match = before.matchIndex[peer] ?? 0
    guard reply.success else {
      return request.prevLogIndex.next == before.nextIndex[peer] ? .failureLowers : .floor
    }
    if request.last < match { return .matchNeverFalls }
    return request.last == match ? .nextAfterMatch : .matchFromRequest
  }

  private static func topicOfApplying(_ right: Transition, _ commits: Bool) -> Self? {
    guard commits else {
      switch right.call {
      case .append, .reply: return .appliesCommittedOnly
      default: return nil
      }
    }
    if right.after.commitIndex > right.before.commitIndex.next { return .appliesEverything }
    switch right.call {
    case .append: return .followerApplies
    case .propose: return .appliesAlone
    case .reply: return .leaderApplies
    default: return nil
    }
  }
}

// MARK: - Committing

extension ReplicationRule {
  private static func topicOfCommitting(_ right: Transition, _ size: Int) -> Self {
    let before = right.before
    if right.after.commitIndex > before.commitIndex {
      return missedCommit(in: right.after, size, since: before.commitIndex)
    }
    let held = before.log.lastIndex.number
    for number in stride(from: held, to: before.commitIndex.number, by: -1) {
      let holding = before.servers(holding: LogIndex(number))
      if 2 * holding > size { return .currentTermOnly }
      if 2 * holding == size { return .halfIsNotEnough }
    }
    return .majority
  }

  /// What was left out by whoever has not committed as far as it can.
  static func missedCommit(
    in right: ReplicationReport, _ size: Int, since commitIndex: LogIndex
  ) -> Self {
    if right.log.term(at: commitIndex.next) != right.currentTerm { return .earlierEntriesToo }
    if right.commitIndex < right.log.lastIndex { return .majority }
    let holding = right.servers(holding: right.commitIndex)
    if !Quorum(of: size).isReached(by: holding - 1) { return .countsItself }
    return holding == size ? .majority : .notEverybody
  }
}
