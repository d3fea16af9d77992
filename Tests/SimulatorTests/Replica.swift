import Contracts
import Raft

/// What a server of chapter 4 does in its own way: rightly, or wrongly.
enum Habit {
  // Right, but different.
  case startsItsTermWithAnEntry, countsItselfInMatchIndex, appliesLater, sendsFewEntries
  case cutsAtAFailedCheck, tellsCommitUpToTheMatch, sendsAtOnce, beginsAtTheFirstEntry
  // Wrong.
  case cutsItsOwnLog, appendsBlindly, garblesCommands, stampsALaterTerm, keepsTheTail
  case votesForAnybody, losesItsTail
  case appliesTooEarly, tellsTheCurrentTerm, losesACommit, repeatsACommit, appliesTheWrongCommand
  case commitFalls, commitsPastTheEnd, appliedFalls, appliesPastTheCommit
  case commitsAlone, commitsItsWholeLog, countsOlderTerms, tellsOfTooManyCommits
  case matchesFromTheStart, countsRefusals, acknowledgesBlindly
  case skipsEntries, misnamesThePreviousTerm
}

/// A type for each habit: a cluster starts its servers by type.
protocol Habitual: Sendable {
  static var habit: Habit { get }
}

/// A server of chapter 4 with one habit, right otherwise.
actor Replica<Kind: Habitual>: ReplicationChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer
  nonisolated let commits: AsyncStream<Commit>
  let committed: AsyncStream<Commit>.Continuation
  let habit = Kind.habit

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
  var store = Values()

  init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    self.id = id
    self.peers = peers
    self.network = network
    self.electionTimer = electionTimer
    self.heartbeatTimer = heartbeatTimer
    currentTerm = saved.currentTerm
    votedFor = saved.votedFor
    log = saved.log
    (commits, committed) = AsyncStream.makeStream()
  }

  var report: ReplicationReport {
    ReplicationReport(
      persistent: PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: log),
      role: role, votes: votes, leader: leader, commitIndex: commitIndex,
      lastApplied: lastApplied, nextIndex: nextIndex, matchIndex: matchIndex)
  }

  struct Values: StateMachine {
    mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer { .done }
  }
}

// MARK: - Elections

extension Replica {
  func observe(_ term: Term) {
    guard term > currentTerm else { return }
    currentTerm = term
    votedFor = nil
    role = .follower
    votes = []
    leader = nil
    electionTimer.restart()
  }

  func isUpToDate(_ request: RequestVote) -> Bool {
    habit == .votesForAnybody
      || (request.lastLogTerm, request.lastLogIndex) >= (log.lastTerm, log.lastIndex)
  }

  func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    let isFree = votedFor == nil || votedFor == request.candidateID
    let isGranted = request.term == currentTerm && isFree && isUpToDate(request)
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
    votes = [id]
    electionTimer.restart()
    let request = RequestVote(
      term: currentTerm, candidateID: id, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
    winIfElected()
    return request
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
    leader = id
    if habit == .losesItsTail { log.truncate(after: max(0, log.lastIndex.previous)) }
    for peer in peers {
      nextIndex[peer] = habit == .beginsAtTheFirstEntry ? 1 : log.lastIndex.next
      matchIndex[peer] = habit == .matchesFromTheStart ? log.lastIndex : 0
    }
    electionTimer.stop()
    if habit == .startsItsTermWithAnEntry { _ = propose("") }
    heartbeatTimer.fire()
  }

  func electionTimeoutElapsed() async {
    guard role != .leader else { return }
    let request = becomeCandidate()
    await withDiscardingTaskGroup { group in
      for peer in peers {
        group.addTask {
          guard let reply = try? await self.network.send(request, to: peer) else { return }
          await self.receive(reply, from: peer, to: request)
        }
      }
    }
  }
}

// MARK: - Replication

extension Replica {
  func propose(_ command: Command) -> Proposal {
    guard role == .leader else { return .refused(leader: leader) }
    let term = habit == .stampsALaterTerm ? currentTerm.next : currentTerm
    log.append(LogEntry(term: term, command: command))
    if habit == .appliesTooEarly {
      committed.yield(Commit(index: log.lastIndex, term: currentTerm, command: command))
    }
    if habit == .countsItselfInMatchIndex { matchIndex[id] = log.lastIndex }
    advanceCommitIndex()
    if habit == .sendsAtOnce { heartbeatTimer.fire() }
    return .accepted(index: log.lastIndex, term: currentTerm)
  }

  func entries(for peer: ServerID) -> AppendEntries {
    var next = nextIndex[peer] ?? log.lastIndex.next
    let previous = next.previous
    if habit == .skipsEntries, next < log.lastIndex { next = next.next }
    let batch = log.suffix(from: next)
    let all = habit == .sendsFewEntries ? Array(batch.prefix(5)) : batch
    var commit = commitIndex
    if habit == .tellsCommitUpToTheMatch { commit = min(commit, matchIndex[peer] ?? 0) }
    if habit == .tellsOfTooManyCommits { commit = log.lastIndex }
    let term = log.term(at: previous) ?? 0
    return AppendEntries(
      term: currentTerm, leaderID: id, prevLogIndex: previous,
      prevLogTerm: habit == .misnamesThePreviousTerm && term > 0 ? currentTerm : term,
      entries: all, leaderCommit: commit)
  }

  func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    if habit == .appliesLater { applyCommitted() }
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    leader = request.leaderID
    electionTimer.restart()
    if log.term(at: request.prevLogIndex) != request.prevLogTerm, habit != .appendsBlindly {
      if habit == .cutsAtAFailedCheck { log.truncate(after: request.prevLogIndex.previous) }
      return AppendEntries.Reply(term: currentTerm, success: habit == .acknowledgesBlindly)
    }
    let last = take(request)
    commit(request, upTo: last)
    if habit != .appliesLater { applyCommitted() }
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  private func take(_ request: AppendEntries) -> LogIndex {
    var index = request.prevLogIndex
    for entry in request.entries {
      index = index.next
      if habit == .appendsBlindly { log.append(entry) }
      if log.term(at: index) == entry.term || habit == .appendsBlindly { continue }
      let tail = log.suffix(from: index.next)
      log.truncate(after: index.previous)
      let command = habit == .garblesCommands ? Command("?") : entry.command
      log.append(LogEntry(term: entry.term, command: command))
      if habit == .keepsTheTail { log.append(contentsOf: tail) }
    }
    return index
  }

  private func commit(_ request: AppendEntries, upTo last: LogIndex) {
    switch habit {
    case .commitFalls: commitIndex = min(request.leaderCommit, last)
    case .commitsPastTheEnd: commitIndex = max(commitIndex, request.leaderCommit.next)
    case .commitsItsWholeLog: commitIndex = max(commitIndex, log.lastIndex)
    default: commitIndex = max(commitIndex, min(request.leaderCommit, last))
    }
  }

  func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries) {
    if habit == .appliesLater { applyCommitted() }
    observe(reply.term)
    guard role == .leader, request.term == currentTerm else { return }
    let match = LogIndex(request.prevLogIndex.number + request.entries.count)
    if reply.success || habit == .countsRefusals {
      matchIndex[peer] = max(matchIndex[peer] ?? 0, match)
      nextIndex[peer] = max(nextIndex[peer] ?? 1, match.next)
      advanceCommitIndex()
    } else if nextIndex[peer] == request.prevLogIndex.next {
      if habit == .cutsItsOwnLog { log.truncate(after: request.prevLogIndex.previous) }
      nextIndex[peer] = max(1, request.prevLogIndex)
    }
  }

  func advanceCommitIndex() {
    let held = (peers.map { matchIndex[$0] ?? 0 } + [log.lastIndex]).sorted(by: >)
    let majority = habit == .commitsAlone ? log.lastIndex : held[held.count / 2]
    guard majority > commitIndex,
      log.term(at: majority) == currentTerm || habit == .countsOlderTerms
    else { return }
    commitIndex = majority
    if habit != .appliesLater || peers.isEmpty { applyCommitted() }
  }

  private func applyCommitted() {
    if habit == .appliesPastTheCommit { commitIndex = max(0, commitIndex.previous) }
    if habit == .appliedFalls, lastApplied == 3 {
      lastApplied = 2
      return
    }
    let end = habit == .appliesPastTheCommit ? commitIndex.next : commitIndex
    while lastApplied < end, let entry = log[lastApplied.next] {
      lastApplied = lastApplied.next
      if habit == .losesACommit, lastApplied == 3 { continue }
      let term = habit == .tellsTheCurrentTerm ? currentTerm : entry.term
      let command = habit == .appliesTheWrongCommand ? Command("?") : entry.command
      let commit = Commit(index: lastApplied, term: term, command: command)
      if habit != .appliesTooEarly { committed.yield(commit) }
      if habit == .repeatsACommit, lastApplied == 3 { committed.yield(commit) }
    }
  }

  func submit(_ command: Command) async -> Outcome {
    if case .refused(let leader) = propose(command) { .refused(leader: leader) } else { .unknown }
  }

  func heartbeatIntervalElapsed() async {
    guard role == .leader else { return }
    heartbeatTimer.restart()
    await withDiscardingTaskGroup { group in
      for peer in peers {
        let request = entries(for: peer)
        group.addTask {
          guard let reply = try? await self.network.send(request, to: peer) else { return }
          await self.receive(reply, from: peer, to: request)
        }
      }
    }
  }
}
