internal import Contracts
internal import Raft
internal import Simulator

/// One way in which a call may go, made from how it went with the reference.
///
/// Everything is decided together: a granted vote needs the stored vote and the restarted timer of
/// a granted vote.
struct ReplicationOutcome: Sendable {
  typealias Effect = RecordedTimer.Effect
  typealias Transition = RuleTransition<ReplicationHistory>

  /// What a server can have got wrong, in the order in which it is told.
  enum Facet: Hashable, Sendable {
    case term, role, answer, request, place, hint, log
    case matchIndex(ServerID)
    case nextIndex(ServerID)
    case sender, previous, entries, missing, leaderCommit
    case commitIndex, votedFor, votes, replyTerm, leader, electionTimer, heartbeatTimer
    case lastApplied
  }

  let reference: Transition
  var isYes: Bool?
  var replyTerm: Term?
  var term: Term
  var votedFor: Set<ServerID?>
  var roles: Set<Role>
  var votes: Set<ServerID>
  var leaders: Set<ServerID?>
  /// The leader of the term that S1 is in, if it has heard of one.
  let known: ServerID?
  /// Whether a leader may have put an entry of its own at the end of its log (§8).
  var mayAddEntry = false
  /// The entries that the log may end with; more of what was there before may be gone.
  var logs: [Log]
  var commitIndex: Set<LogIndex>
  var nextIndex: [ServerID: ClosedRange<LogIndex>] = [:]
  var matchIndex: [ServerID: Set<LogIndex>] = [:]
  var election: Set<Effect?>
  var heartbeat: Set<Effect?>
  /// Whether what is committed must be applied.
  let applies: Bool

  /// What of `transition` is not as it is here.
  func differences(from transition: Transition, timerRuns: Bool) -> [Facet] {
    let after = transition.after
    var facets: [Facet] = []
    if after.currentTerm != term { facets.append(.term) }
    if !roles.contains(after.role) { facets.append(.role) }
    if transition.answer.isYes != isYes { facets.append(.answer) }
    facets += differences(from: transition.answer, transition)
    if !allows(after.log) { facets.append(.log) }
    facets += differencesInProgress(after)
    let isOwnCommit = mayAddEntry && nextIndex.isEmpty && after.commitIndex == after.log.lastIndex
    if !commitIndex.contains(after.commitIndex), !isOwnCommit { facets.append(.commitIndex) }
    if !votedFor.contains(after.votedFor) { facets.append(.votedFor) }
    if after.role == .candidate, after.votes != votes { facets.append(.votes) }
    if transition.answer.replyTerm != replyTerm { facets.append(.replyTerm) }
    if !leaders.contains(after.leader) { facets.append(.leader) }
    if after.role == .leader {
      // A leader's election timer does not matter, unless it makes the leader stand at once.
      if transition.election == .fired { facets.append(.electionTimer) }
    } else if !election.contains(transition.election) || !timerRuns {
      facets.append(.electionTimer)
    }
    if !heartbeat.contains(transition.heartbeat) { facets.append(.heartbeatTimer) }
    if applies, after.lastApplied != after.commitIndex { facets.append(.lastApplied) }
    return facets
  }

  private func allows(_ log: Log) -> Bool {
    if logs.contains(log) { return true }
    guard mayAddEntry, let last = log[log.lastIndex], last.term == term,
      KeyValue.Operation(last.command) == nil
    else { return false }
    var rest = log
    rest.truncate(after: log.lastIndex.previous)
    return logs.contains(rest)
  }

  /// What a leader notes of its peers. What somebody else has kept of that means nothing.
  private func differencesInProgress(_ after: ReplicationReport) -> [Facet] {
    guard after.role == .leader, roles.contains(.leader) else { return [] }
    let peers = nextIndex.keys.sorted()
    return peers.filter { !(matchIndex[$0] ?? [0]).contains(after.matchIndex[$0] ?? 0) }
      .map { .matchIndex($0) }
      + peers.filter { peer in
        let last = after.log.lastIndex.next
        guard let range = nextIndex[peer] else { return false }
        let next = after.nextIndex[peer] ?? last
        // An entry of its own that a new leader adds moves the end of its log.
        let upper = mayAddEntry ? max(range.upperBound, last) : range.upperBound
        return next < range.lowerBound || next > upper
      }.map { .nextIndex($0) }
  }

  private func differences(from answer: ReplicationCall.Answer, _ transition: Transition)
    -> [Facet]
  {
    let before = transition.before
    switch (answer, reference.answer) {
    case (.candidacy(let said), .candidacy(let right)):
      // A server that wins alone asks nobody.
      return said == right || reference.isWin ? [] : [.request]
    case (.proposal(.accepted(let index, let term)), .proposal(.accepted)):
      return index == before.log.lastIndex.next && term == before.currentTerm ? [] : [.place]
    case (.proposal(.refused(let hint)), .proposal(.refused(let leader))):
      return hint == leader || (leader == nil && hint == known) ? [] : [.hint]
    case (.message(let message), .message): return message.differences(from: transition)
    default: return []
    }
  }
}

extension ReplicationCall.Answer {
  /// The yes or no of a reply.
  var isYes: Bool? {
    switch self {
    case .upToDate(let isUpToDate): isUpToDate
    case .vote(let reply): reply.voteGranted
    case .append(let reply): reply.success
    case .proposal(.accepted): true
    case .proposal(.refused): false
    case .nothing, .candidacy, .message: nil
    }
  }

  var replyTerm: Term? {
    switch self {
    case .vote(let reply): reply.term
    case .append(let reply): reply.term
    default: nil
    }
  }
}

extension AppendEntries {
  /// What is wrong with a leader's message: one entry or many, but what is missing, in order.
  fileprivate func differences(
    from transition: RuleTransition<ReplicationHistory>
  ) -> [ReplicationOutcome.Facet] {
    guard case .entries(let peer) = transition.call else { return [] }
    let leader = transition.before
    let next = leader.nextIndex[peer] ?? leader.log.lastIndex.next
    var facets: [ReplicationOutcome.Facet] = []
    if term != leader.currentTerm || leaderID != 1 { facets.append(.sender) }
    let isWhatIsNext =
      !entries.isEmpty && Array(leader.log.suffix(from: next).prefix(entries.count)) == entries
    if prevLogIndex >= next || leader.log.term(at: prevLogIndex) != prevLogTerm
      || (isWhatIsNext && prevLogIndex != next.previous)
    {
      facets.append(.previous)
    } else if Array(leader.log.suffix(from: prevLogIndex.next).prefix(entries.count)) != entries {
      facets.append(.entries)
    } else if last < min(next, leader.log.lastIndex) {
      facets.append(.missing)
    }
    let match = leader.matchIndex[peer] ?? 0
    // Less than that is late, and not wrong, down to what the peer is known to hold.
    let commits = min(leader.commitIndex, match)...leader.commitIndex
    if !commits.contains(leaderCommit) { facets.append(.leaderCommit) }
    return facets
  }

  /// The index of the last entry that the message covers.
  var last: LogIndex { LogIndex(prevLogIndex.number + entries.count) }
}
