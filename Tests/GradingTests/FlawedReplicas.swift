import Contracts
import Raft

/// A server of chapter 4 that is right but for one thing.
actor Replica<F: ReplicaFlaw>: ReplicationChapter {
  let id: ServerID
  let peers: [ServerID]
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer
  nonisolated let commits = AsyncStream<Commit> { $0.finish() }
  var store = NoStore()
  var currentTerm: Term
  var votedFor: ServerID?
  var log: Log
  var role = Role.follower
  var votes: Set<ServerID> = []
  var leader: ServerID?
  var commitIndex: LogIndex = 0
  var lastApplied: LogIndex = 0
  var nextIndex: [ServerID: LogIndex] = [:]
  var matchIndex: [ServerID: LogIndex] = [:]

  init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    self.id = id
    self.peers = peers
    self.electionTimer = electionTimer
    self.heartbeatTimer = heartbeatTimer
    currentTerm = saved.currentTerm
    votedFor = saved.votedFor
    log = saved.log
  }

  var report: ReplicationReport {
    ReplicationReport(
      persistent: PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: log),
      role: role, votes: votes, leader: leader, commitIndex: commitIndex,
      lastApplied: lastApplied, nextIndex: nextIndex, matchIndex: matchIndex)
  }

  func has(_ kind: ReplicaKind) -> Bool { F.kind == kind }

  func electionTimeoutElapsed() async {}
  func heartbeatIntervalElapsed() async {}
  func submit(_ command: Command) async -> Outcome { .unknown }
}

struct NoStore: StateMachine {
  mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer { .done }
}

extension Replica: ReferenceServer {
  func assume(_ situation: ReplicationReport) {
    currentTerm = situation.persistent.currentTerm
    votedFor = situation.persistent.votedFor
    log = situation.persistent.log
    role = situation.role
    votes = situation.votes
    leader = situation.leader
    commitIndex = situation.commitIndex
    lastApplied = situation.lastApplied
    nextIndex = situation.nextIndex
    matchIndex = situation.matchIndex
  }
}

// MARK: - Elections

extension Replica {
  func observe(_ term: Term) {
    guard term > currentTerm else { return }
    if role == .leader { electionTimer.restart() }
    currentTerm = term
    votedFor = nil
    role = .follower
    leader = nil
    if has(.forgetsPeersOnStepDown) { (nextIndex, matchIndex, votes) = ([:], [:], []) }
  }

  func isUpToDate(_ request: RequestVote) -> Bool {
    if has(.comparesLength) { return request.lastLogIndex >= log.lastIndex }
    if has(.comparesTerm) { return request.lastLogTerm >= log.lastTerm }
    let (theirs, own) = (
      (request.lastLogTerm, request.lastLogIndex), (log.lastTerm, log.lastIndex)
    )
    return has(.refusesEqual) ? theirs > own : theirs >= own
  }

  func receive(_ request: RequestVote) -> RequestVote.Reply {
    if has(.refusesUnseen), !isUpToDate(request) {
      return RequestVote.Reply(term: currentTerm, voteGranted: false)
    }
    if has(.refusesForLeader), role == .follower, let leader, leader != request.candidateID {
      return RequestVote.Reply(term: currentTerm, voteGranted: false)
    }
    observe(request.term)
    let isFree = votedFor == nil || votedFor == request.candidateID
    let isGranted =
      request.term == currentTerm && isFree && (has(.doesNotCompare) || isUpToDate(request))
    if isGranted {
      votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: currentTerm, voteGranted: isGranted)
  }

  func becomeCandidate() -> RequestVote {
    currentTerm = currentTerm.next
    votedFor = id
    role = .candidate
    leader = nil
    votes = [id]
    electionTimer.restart()
    winIfElected()
    if has(.hidesLog) { return RequestVote(term: currentTerm, candidateID: id) }
    return RequestVote(
      term: currentTerm, candidateID: id, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
  }

  func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    winIfElected()
  }

  private func winIfElected() {
    guard votes.count > (peers.count + 1) / 2 else { return }
    role = .leader
    if !has(.knowsNoLeader) { leader = id }
    if has(.truncatesAtWinning) { log.truncate(after: log.lastIndex.previous) }
    for peer in peers {
      nextIndex[peer] = has(.startsAtOne) ? 1 : log.lastIndex.next
      if has(.nextPastLog) { nextIndex[peer] = log.lastIndex.next.next }
      matchIndex[peer] = has(.matchIsLast) ? log.lastIndex : 0
    }
    if has(.countsItselfInMatch) { matchIndex[id] = log.lastIndex }
    electionTimer.stop()
    heartbeatTimer.fire()
    if has(.addsEntryAtWinning) {
      log.append(LogEntry(term: currentTerm, command: ""))
      advanceCommitIndex()
    }
  }
}

// MARK: - The leader

extension Replica {
  func propose(_ command: Command) -> Proposal {
    guard role == .leader || has(.takesCommands) else {
      if has(.namesItself) { return .refused(leader: id) }
      return .refused(leader: has(.giveNoHints) ? nil : leader)
    }
    log.append(
      LogEntry(term: has(.stampsLastTerm) ? log.lastTerm : currentTerm, command: command))
    if has(.countsItselfInMatch) { matchIndex[id] = log.lastIndex }
    advanceCommitIndex()
    if has(.firesOften) { heartbeatTimer.fire() }
    return .accepted(
      index: has(.answersLate) ? log.lastIndex.next : log.lastIndex, term: currentTerm)
  }

  func entries(for peer: ServerID) -> AppendEntries {
    let next = has(.sendsFromOne) ? 1 : nextIndex[peer] ?? log.lastIndex.next
    var entries = log.suffix(from: next)
    if has(.sendsOneEntry) { entries = Array(entries.prefix(1)) }
    if has(.skipsEntry), entries.count > 1 { entries.remove(at: 1) }
    var previous = log.term(at: next.previous) ?? 0
    if has(.previousIsLastTerm), next > 1 { previous = log.lastTerm }
    if has(.advancesAtSending) { nextIndex[peer] = log.lastIndex.next }
    var commit = has(.commitsLast) ? log.lastIndex : commitIndex
    if has(.tellsCappedCommit) { commit = min(commit, matchIndex[peer] ?? 0) }
    return AppendEntries(
      term: currentTerm, leaderID: has(.signsAsFirst) ? 1 : id, prevLogIndex: next.previous,
      prevLogTerm: previous, entries: entries, leaderCommit: commit)
  }

  func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries) {
    if has(.dropsStaleReplies), role != .leader || request.term != currentTerm { return }
    if has(.laterTermIsMismatch), role == .leader, reply.term > currentTerm,
      let next = nextIndex[peer]
    {
      nextIndex[peer] = max(1, next.previous)
      return
    }
    observe(reply.term)
    guard role == .leader, request.term == currentTerm || has(.takesEarlierReplies) else { return }
    let last = LogIndex(request.prevLogIndex.number + request.entries.count)
    if reply.success {
      let match = has(.matchIsLogEnd) ? log.lastIndex : last
      matchIndex[peer] = has(.matchFalls) ? match : max(matchIndex[peer] ?? 0, match)
      nextIndex[peer] = max(nextIndex[peer] ?? 1, match.next)
      if !has(.neverAsks) { advanceCommitIndex() }
    } else if let next = nextIndex[peer], !has(.keepsNext) {
      nextIndex[peer] = max(1, has(.backsUpByHalf) ? LogIndex(next.number / 2) : next.previous)
    }
    if has(.firesOften) { heartbeatTimer.fire() }
  }

  func advanceCommitIndex() {
    var commit = commitIndex
    for number in stride(from: commitIndex.number + 1, through: log.lastIndex.number, by: 1) {
      let index = LogIndex(number)
      guard log.term(at: index) == currentTerm || has(.commitsOldTerms) else { continue }
      var held = peers.filter { matchIndex[$0] ?? 0 >= index }.count
      if !has(.leavesItselfOut) { held += 1 }
      let all = peers.count + 1
      let isMajority = 2 * held > all || (has(.halfIsEnough) && 2 * held == all)
      if has(.needsEverybody) ? held == all : isMajority { commit = index }
    }
    commitIndex = commit
    apply()
  }

  func apply() {
    if has(.leaderAppliesOnly), role != .leader { return }
    let last = has(.appliesToLast) ? log.lastIndex : commitIndex
    if has(.appliesOne), lastApplied < last {
      lastApplied = lastApplied.next
    } else {
      lastApplied = last
    }
  }
}

// MARK: - The follower

extension Replica {
  func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    if !has(.keepsTerm) { observe(request.term) }
    guard
      request.term == currentTerm || has(.takesStale)
        || has(.keepsTerm) && request.term > currentTerm
    else { return AppendEntries.Reply(term: currentTerm, success: false) }
    role = .follower
    leader = has(.knowsNoLeader) ? nil : request.leaderID
    let fits = check(request)
    if fits || !has(.failureKeepsTimer) { electionTimer.restart() }
    guard fits else {
      if has(.truncatesAtFailedCheck), request.prevLogIndex > commitIndex {
        log.truncate(after: request.prevLogIndex.previous)
      }
      if has(.commitsAfterFailure) {
        commitIndex = max(commitIndex, min(request.leaderCommit, log.lastIndex))
      }
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    let last = merge(request)
    var commit = min(request.leaderCommit, last)
    if has(.commitsToLeaders) { commit = min(request.leaderCommit, log.lastIndex) }
    commitIndex = has(.commitFalls) ? commit : max(commitIndex, commit)
    apply()
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  private func check(_ request: AppendEntries) -> Bool {
    if has(.checksNothing) || (has(.checksNoHeartbeat) && request.entries.isEmpty) { return true }
    if has(.checksIndex) { return log.term(at: request.prevLogIndex) != nil }
    return log.term(at: request.prevLogIndex) == request.prevLogTerm
  }

  private func merge(_ request: AppendEntries) -> LogIndex {
    if has(.truncatesAlways) { log.truncate(after: request.prevLogIndex) }
    var last = request.prevLogIndex
    for entry in request.entries {
      last = last.next
      if log.term(at: last) == entry.term, !has(.appendsBlindly) { continue }
      if has(.keepsConflict), log.term(at: last) != nil { continue }
      let tail = has(.keepsTail) ? log.suffix(from: last.next) : []
      if !has(.appendsBlindly) { log.truncate(after: last.previous) }
      log.append(entry)
      log.append(contentsOf: tail)
    }
    return last
  }
}
