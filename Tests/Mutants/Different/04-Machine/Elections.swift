import Contracts
import Raft

/// Raft as a value: what a server knows, and one function for each thing that can happen to it.
struct Machine {
  /// What a server is, with what only such a one has to know.
  private enum Office {
    case follower(of: ServerID?)
    case candidate(votes: Set<ServerID>)
    case leader(votes: Set<ServerID>, followers: [ServerID: Progress])
  }

  /// What a leader believes of one peer.
  private struct Progress {
    var next: LogIndex
    var match: LogIndex
  }

  private let id: ServerID
  let peers: [ServerID]
  private let quorum: Quorum

  private var term: Term
  private var vote: ServerID?
  private var log: Runs

  private var office = Office.follower(of: nil)
  private var committed: LogIndex = 0
  private var applied: LogIndex = 0

  init(id: ServerID, peers: [ServerID], restoring saved: PersistentState) {
    self.id = id
    self.peers = peers
    quorum = Quorum(of: peers.count + 1)
    term = saved.currentTerm
    vote = saved.votedFor
    log = Runs(saved.log)
  }

  var leads: Bool { if case .leader = office { true } else { false } }

  private var leader: ServerID? {
    switch office {
    case .follower(let leader): leader
    case .candidate: nil
    case .leader: id
    }
  }

  var report: ReplicationReport {
    var role = Role.follower
    var votes: Set<ServerID> = []
    var followers: [ServerID: Progress] = [:]
    switch office {
    case .follower: break
    case .candidate(let counted): (role, votes) = (.candidate, counted)
    case .leader(let counted, let known): (role, votes, followers) = (.leader, counted, known)
    }
    return ReplicationReport(
      persistent: PersistentState(currentTerm: term, votedFor: vote, log: log.saved),
      role: role, votes: votes, leader: leader, commitIndex: committed, lastApplied: applied,
      nextIndex: followers.mapValues(\.next), matchIndex: followers.mapValues(\.match))
  }
}

// MARK: - Elections (§5.1, §5.2, §5.4.1)

extension Machine {
  mutating func observe(_ later: Term) -> [Effect] {
    guard later > term else { return [] }
    term = later
    vote = nil
    return step(into: .follower(of: nil))
  }

  /// Changes the office, and closes the one that was held.
  private mutating func step(into next: Office) -> [Effect] {
    defer { office = next }
    return switch office {
    case .follower: []
    case .candidate: [.endElection]
    case .leader: [.endLeading, .restartElectionTimer]
    }
  }

  func isUpToDate(_ request: RequestVote) -> Bool {
    request.lastLogTerm > log.lastTerm
      || request.lastLogTerm == log.lastTerm && request.lastLogIndex >= log.lastIndex
  }

  mutating func receive(_ request: RequestVote) -> (RequestVote.Reply, [Effect]) {
    var effects = observe(request.term)
    let refusal = RequestVote.Reply(term: term, voteGranted: false)
    guard request.term == term, isUpToDate(request) else { return (refusal, effects) }
    switch vote {
    case nil:
      vote = request.candidateID
      if !effects.contains(.restartElectionTimer) { effects.append(.restartElectionTimer) }
    case request.candidateID: break
    default: return (refusal, effects)
    }
    return (RequestVote.Reply(term: term, voteGranted: true), effects)
  }

  mutating func becomeCandidate() -> (RequestVote, [Effect]) {
    term = term.next
    vote = id
    var effects = step(into: .candidate(votes: [id]))
    if quorum.isReached(by: 1) {
      effects += lead(by: [id])
    } else {
      effects.append(.restartElectionTimer)
    }
    let request = RequestVote(
      term: term, candidateID: id, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
    return (request, effects)
  }

  mutating func receive(
    _ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote
  ) -> [Effect] {
    let effects = observe(reply.term)
    guard case .candidate(var votes) = office, request.term == term, reply.voteGranted else {
      return effects
    }
    votes.insert(peer)
    if quorum.isReached(by: votes) { return lead(by: votes) }
    office = .candidate(votes: votes)
    return effects
  }

  /// Leads, and begins with an entry of its own term: it commits what was left behind (§8).
  private mutating func lead(by votes: Set<ServerID>) -> [Effect] {
    let start = Progress(next: log.lastIndex.next, match: 0)
    let followers = Dictionary(uniqueKeysWithValues: peers.map { ($0, start) })
    let effects = step(into: .leader(votes: votes, followers: followers))
    log.append(LogEntry(term: term, command: "no-op"))
    return effects + [.beginLeading, .stopElectionTimer, .fireHeartbeatTimer]
      + advanceCommitIndex()
  }
}

// MARK: - The leader (§5.3, §5.4.2)

extension Machine {
  mutating func propose(_ command: Command) -> (Proposal, [Effect]) {
    guard leads else { return (.refused(leader: leader), []) }
    // One round at a time: what comes while one is under way goes with the next.
    let isQuiet = committed == log.lastIndex
    log.append(LogEntry(term: term, command: command))
    let accepted = Proposal.accepted(index: log.lastIndex, term: term)
    var effects = advanceCommitIndex()
    if isQuiet, committed < log.lastIndex { effects += sendAll() }
    return (accepted, effects)
  }

  func entries(for peer: ServerID) -> AppendEntries {
    var next = log.lastIndex.next
    if case .leader(_, let followers) = office, let known = followers[peer] { next = known.next }
    return AppendEntries(
      term: term, leaderID: id, prevLogIndex: next.previous,
      prevLogTerm: log.term(at: next.previous) ?? 0, entries: log.entries(from: next),
      leaderCommit: committed)
  }

  /// To each peer what it is missing now; a pump may be told so by any rule.
  private func sendAll() -> [Effect] { peers.map { .send(entries(for: $0), to: $0) } }

  mutating func heartbeatIntervalElapsed() -> [Effect] {
    guard leads else { return [] }
    return [.restartHeartbeatTimer] + peers.map { .send(entries(for: $0), to: $0) }
  }

  mutating func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) -> [Effect] {
    let effects = observe(reply.term)
    guard case .leader(let votes, var followers) = office, request.term == term,
      var known = followers[peer]
    else { return effects }
    let before = known.next
    let matched = known.match
    if reply.success {
      let last = LogIndex(request.prevLogIndex.number + request.entries.count)
      known.match = max(known.match, last)
      known.next = max(known.next, known.match.next)
    } else if known.next == request.prevLogIndex.next {
      let place = log.parting(from: reply.conflict, before: request.prevLogIndex)
      known.next = max(place, known.match.next)
    }
    followers[peer] = known
    office = .leader(votes: votes, followers: followers)
    let more = advanceCommitIndex()
    let isNews = known.next < before || known.match > matched && known.next <= log.lastIndex
    let again: [Effect] = isNews && more.isEmpty ? [.send(entries(for: peer), to: peer)] : []
    return effects + more + again
  }

  /// Goes up from what is committed, as long as a majority holds the next entry of this term.
  mutating func advanceCommitIndex() -> [Effect] {
    guard case .leader(_, let followers) = office, let first = log.firstIndex(of: term) else {
      return []
    }
    var reached = committed
    var candidate = max(first, committed.next)
    while candidate <= log.lastIndex,
      quorum.isReached(by: 1 + followers.values.count { $0.match >= candidate })
    {
      reached = candidate
      candidate = candidate.next
    }
    let isAhead = reached > committed && reached < log.lastIndex
    return commit(reached) + (isAhead ? sendAll() : [])
  }
}

// MARK: - The follower (§5.3)

extension Machine {
  mutating func receive(_ request: AppendEntries) -> (AppendEntries.Reply, [Effect]) {
    var effects = observe(request.term)
    guard request.term == term else {
      return (AppendEntries.Reply(term: term, success: false), effects)
    }
    effects += step(into: .follower(of: request.leaderID))
    if !effects.contains(.restartElectionTimer) { effects.append(.restartElectionTimer) }
    guard log.term(at: request.prevLogIndex) == request.prevLogTerm else {
      let hint = log.hint(at: request.prevLogIndex)
      return (AppendEntries.Reply(term: term, success: false, conflict: hint), effects)
    }
    let start = request.prevLogIndex.number
    let agreed = request.entries.enumerated().prefix { offset, entry in
      log.term(at: LogIndex(start + 1 + offset)) == entry.term
    }.count
    if agreed < request.entries.count {
      log.truncate(after: LogIndex(start + agreed))
      for entry in request.entries[agreed...] { log.append(entry) }
    }
    let vouched = LogIndex(start + request.entries.count)
    effects += commit(min(request.leaderCommit, vouched))
    return (AppendEntries.Reply(term: term, success: true), effects)
  }

  /// Commits up to `index`, never back, and hands on what is new.
  private mutating func commit(_ index: LogIndex) -> [Effect] {
    committed = max(committed, index)
    guard applied < committed else { return [] }
    let new = log.entries(from: applied.next, through: committed)
    defer { applied = committed }
    return new.enumerated().map { offset, entry in
      .apply(
        Commit(
          index: LogIndex(applied.number + 1 + offset), term: entry.term, command: entry.command))
    }
  }
}

// MARK: - The store (4.8)

public struct KeyValueStore: StateMachine {
  private var values: [String: String] = [:]

  public init() {}

  public mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    switch operation {
    case .put(let key, let value):
      values[key] = value
    case .delete(let key):
      values[key] = nil
    case .get(let key):
      return .value(values[key])
    case .compareAndSet(let key, let expected, let value):
      let isExpected = values[key] == expected
      if isExpected { values[key] = value }
      return .swapped(isExpected)
    }
    return .done
  }
}
