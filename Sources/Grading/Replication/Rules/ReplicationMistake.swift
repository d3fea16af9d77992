internal import Contracts
internal import Raft

/// What is wrong with a transition: the rule that it breaks, and what shows it.
struct ReplicationMistake: LockstepMistake {
  typealias Transition = RuleTransition<ReplicationHistory>
  typealias Facet = ReplicationOutcome.Facet

  let rule: ReplicationRule
  let facet: Facet

  /// The mistake in `transition`, or nil where it is one of the ways that are right.
  static func find(
    in transition: Transition, reference: Transition, before: ReplicationHistory,
    after: ReplicationHistory, judging topic: ReplicationRule
  ) -> Self? {
    // Whose vote counts is chapter 3's to say; what is noted at winning is this chapter's.
    if case .vote = transition.call, !reference.isWin { return nil }
    let runs = after.isTimerRunning
    let plain = ReplicationOutcome(reference, before, judging: topic)
    var nearest = plain.differences(from: transition, timerRuns: runs)
    if nearest.isEmpty { return nil }
    for outcome in plain.alternatives(after: before) {
      let facets = outcome.differences(from: transition, timerRuns: runs)
      if facets.isEmpty { return nil }
      // Told beside the right way that is nearest; the reference's own, where several are.
      if facets.count < nearest.count { nearest = facets }
    }
    guard let facet = nearest.first else { return nil }
    return Self(rule: blame(facet, transition, reference, before.servers), facet: facet)
  }

  private static func blame(
    _ facet: Facet, _ transition: Transition, _ reference: Transition, _ size: Int
  ) -> ReplicationRule {
    if facet == .lastApplied { return ofApplying(transition) }
    switch transition.call {
    case .isUpToDate(let request): return .comparison(of: request, in: transition.before)
    case .voteRequest(let request): return ofVoting(facet, request, transition, reference)
    case .stand where !reference.isWin:
      return facet == .request ? .requestTellsLog : .standsAsBefore
    case .stand, .vote: return ofWinning(facet)
    case .propose: return ofProposing(facet, transition, reference, size)
    case .entries: return ofSending(facet)
    case .append(let request): return ofFollowing(facet, request, transition, reference)
    case .reply(let reply, let peer, let request):
      if facet == .commitIndex { return ofCommitting(transition, reference, size) }
      return ofLearning(facet, reply, peer, request, transition)
    case .advance:
      return facet == .commitIndex ? ofCommitting(transition, reference, size) : .onlyCommits
    }
  }

  private static func ofVoting(
    _ facet: Facet, _ request: RequestVote, _ transition: Transition, _ reference: Transition
  ) -> ReplicationRule {
    let before = transition.before
    if before.log.isAhead(of: request), request.term >= before.currentTerm {
      switch facet {
      case .answer: return .asksAboutLog
      case .term, .role: return .refusalFollowsTerm
      case .electionTimer where before.role == .leader: return .refusalFollowsTerm
      case .replyTerm: return .votesAsBefore
      default: return .refusalChangesNothing
      }
    }
    if facet == .answer, reference.answer.isYes == true {
      return .comparison(of: request, in: before)
    }
    return .votesAsBefore
  }

  private static func ofWinning(_ facet: Facet) -> ReplicationRule {
    switch facet {
    case .log: .keepsOwnLog
    case .nextIndex: .startsAfterLast
    case .matchIndex: .matchZero
    case .commitIndex: .winningCommitsNothing
    default: .leadsAsBefore
    }
  }

  private static func ofProposing(
    _ facet: Facet, _ transition: Transition, _ reference: Transition, _ size: Int
  ) -> ReplicationRule {
    let (before, after) = (transition.before, transition.after)
    guard before.role == .leader else { return facet == .hint ? .hint : .refuses }
    switch facet {
    case .answer: return .appendsCommand
    case .log:
      guard after.log.lastIndex == before.log.lastIndex.next else { return .appendsCommand }
      return after.log.lastTerm == before.currentTerm ? .appendsCommand : .stampsCurrentTerm
    case .place: return .tellsPlace
    case .commitIndex: return ofCommitting(transition, reference, size)
    default: return .onlyTakesCommand
    }
  }

  private static func ofSending(_ facet: Facet) -> ReplicationRule {
    switch facet {
    case .sender: .signsMessage
    case .previous: .previous
    case .entries: .contiguousBatch
    case .missing: .sendsMissing
    case .leaderCommit: .tellsCommitIndex
    default: .askingChangesNothing
    }
  }
}

// MARK: - A leader's message

extension ReplicationMistake {
  private static func ofFollowing(
    _ facet: Facet, _ request: AppendEntries, _ transition: Transition, _ reference: Transition
  ) -> ReplicationRule {
    let before = transition.before
    guard request.term >= before.currentTerm else {
      if facet == .replyTerm { return .saysTerm }
      return facet == .electionTimer ? .staleKeepsTimer : .staleTerm
    }
    let isRefused = reference.answer.isYes == false
    switch facet {
    case .term: return .followsTerm
    case .answer:
      guard isRefused else { return .accepts }
      if request.entries.isEmpty { return .heartbeatsAreChecked }
      return before.log.term(at: request.prevLogIndex) == nil ? .previousIndex : .previousTerm
    case .log: return isRefused ? .failedCheckKeepsLog : ofMerging(request, transition, reference)
    case .commitIndex:
      if transition.after.commitIndex < before.commitIndex { return .commitNeverFalls }
      if isRefused { return .failedCheckCommitsNothing }
      let isTooFar = transition.after.commitIndex > reference.after.commitIndex
      return isTooFar && transition.after.commitIndex <= request.leaderCommit
        ? .commitsWhatIsNew : .commits
    case .votedFor: return request.term > before.currentTerm ? .followsTerm : .keepsVote
    case .leader: return .notesLeader
    case .replyTerm: return .saysTerm
    case .electionTimer: return isRefused ? .failedCheckRestartsTimer : .restartsTimer
    default: return .yields
    }
  }

  /// What is wrong with a log after a message that fits it.
  private static func ofMerging(
    _ request: AppendEntries, _ transition: Transition, _ reference: Transition
  ) -> ReplicationRule {
    let (before, after, right) = (transition.before.log, transition.after.log, reference.after.log)
    if let conflict = request.conflict(with: before) {
      if after.term(at: conflict) == before.term(at: conflict) { return .replacesConflict }
      if after.lastIndex > right.lastIndex { return .dropsTail }
      return after.lastIndex < right.lastIndex ? .appends : .replacesConflict
    }
    if after.lastIndex < before.lastIndex { return .truncatesOnConflictOnly }
    if after.lastIndex > right.lastIndex { return .keepsMatching }
    if after.lastIndex < right.lastIndex { return .appends }
    return request.last > before.lastIndex ? .appends : .keepsMatching
  }
}

extension AppendEntries {
  /// The first index at which the log has an entry of another term.
  func conflict(with log: Log) -> LogIndex? {
    var index = prevLogIndex
    for entry in entries {
      index = index.next
      if let term = log.term(at: index), term != entry.term { return index }
    }
    return nil
  }
}

// MARK: - Replies, commits, and what is applied

extension ReplicationMistake {
  private static func ofLearning(
    _ facet: Facet, _ reply: AppendEntries.Reply, _ peer: ServerID, _ request: AppendEntries,
    _ transition: Transition
  ) -> ReplicationRule {
    let (before, after) = (transition.before, transition.after)
    if reply.term > before.currentTerm { return .leaderFollowsTerm }
    guard before.role == .leader else { return .leadersOnly }
    guard request.term == before.currentTerm else { return .earlierRequest }
    switch facet {
    case .matchIndex(let other) where other != peer: return .thatPeerOnly
    case .nextIndex(let other) where other != peer: return .thatPeerOnly
    case .matchIndex:
      if after.matchIndex[peer] ?? 0 < before.matchIndex[peer] ?? 0 { return .matchNeverFalls }
      return reply.success ? .matchFromRequest : .failureIsNoMatch
    case .nextIndex:
      guard !reply.success else { return .nextAfterMatch }
      return after.nextIndex[peer] ?? 1 < 1 ? .floor : .failureLowers
    default: return .onlyLearns
    }
  }

  private static func ofCommitting(
    _ transition: Transition, _ reference: Transition, _ size: Int
  ) -> ReplicationRule {
    let (before, after, right) = (transition.before, transition.after, reference.after)
    let has = after.commitIndex
    if has < before.commitIndex { return .leaderCommitNeverFalls }
    if has > right.commitIndex {
      let holding = right.servers(holding: has)
      if 2 * holding > size { return .currentTermOnly }
      let isHalf = 2 * holding == size && right.commitIndex == before.commitIndex
      return isHalf ? .halfIsNotEnough : .majority
    }
    if has == before.commitIndex {
      switch transition.call {
      case .reply: return .afterReply
      case .propose: return size == 1 ? .alone : .afterReply
      default: break
      }
    }
    return .missedCommit(in: right, size, since: before.commitIndex)
  }

  private static func ofApplying(_ transition: Transition) -> ReplicationRule {
    let (before, after) = (transition.before, transition.after)
    if after.lastApplied > after.commitIndex || after.lastApplied < before.lastApplied {
      return .appliesCommittedOnly
    }
    if after.lastApplied > before.lastApplied { return .appliesEverything }
    switch transition.call {
    case .append: return .followerApplies
    case .propose: return .appliesAlone
    default: return .leaderApplies
    }
  }
}

extension ReplicationReport {
  /// How many servers are known to this leader to hold the entry at `index`, itself included.
  func servers(holding index: LogIndex) -> Int {
    1 + matchIndex.filter { $0.key != 1 && $0.value >= index }.count
  }
}

extension Log {
  /// Whether this log is more up to date than the candidate's.
  func isAhead(of request: RequestVote) -> Bool {
    (request.lastLogTerm, request.lastLogIndex) < (lastTerm, lastIndex)
  }
}
