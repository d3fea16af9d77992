import Contracts
import Raft

/// Chapter 4: one server that keeps the same log as its peers (Raft, §5.3 and §5.4).
///
/// What chapter 3 had to say stands in Elections.swift, solved; `carry 4` puts your own there.
public actor State: ReplicationChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer, heartbeatTimer: any RestartableTimer

  // Persistent state: the host saves it before anything leaves this server (Figure 2).
  /// A new term has no leader yet.
  var currentTerm: Term { didSet { if currentTerm != oldValue { leader = nil } } }
  var votedFor: ServerID?
  var log: Log

  // Volatile state: gone after a crash.
  /// Whoever stops leading tells its clients (4.9).
  var role = Role.follower { didSet { if role != .leader, !waiting.isEmpty { leadershipLost() } } }
  var votes: Set<ServerID> = []
  /// The leader of `currentTerm`, once it has been heard of.
  var leader: ServerID?
  /// The last entry known to be committed, and the last one applied.
  var commitIndex: LogIndex = 0, lastApplied: LogIndex = 0
  /// As a leader: the next entry to send to each peer, and the last one it is known to hold.
  var nextIndex: [ServerID: LogIndex] = [:], matchIndex: [ServerID: LogIndex] = [:]

  /// What is committed, for whoever wants it; `committed` is the end to put it in.
  public nonisolated let commits: AsyncStream<Commit>
  let committed: AsyncStream<Commit>.Continuation
  /// The state machine, and the clients that wait for its answer, by the index of their entry.
  public var store = KeyValueStore()
  var waiting: [LogIndex: CheckedContinuation<Outcome, Never>] = [:]

  public init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    (self.id, self.peers, self.network) = (id, peers, network)
    (self.electionTimer, self.heartbeatTimer) = (electionTimer, heartbeatTimer)
    (currentTerm, votedFor, log) = (saved.currentTerm, saved.votedFor, saved.log)
    (commits, committed) = AsyncStream.makeStream()
  }

  public var report: ReplicationReport {
    ReplicationReport(
      persistent: PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: log),
      role: role, votes: votes, leader: role == .leader ? id : leader, commitIndex: commitIndex,
      lastApplied: lastApplied, nextIndex: nextIndex, matchIndex: matchIndex)
  }

  // MARK: - Elections, with a log

  /// Whether the candidate's log is at least as up to date as this server's own (§5.4.1).
  public func isUpToDate(_ request: RequestVote) -> Bool {
    // BEGIN 4.1 The election restriction
    (request.lastLogTerm, request.lastLogIndex) >= (log.lastTerm, log.lastIndex)
    // END 4.1
  }

  /// Answers a candidate: `vote` decides, unless the candidate's log is behind (§5.4.1).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    // BEGIN 4.1 The election restriction
    guard isUpToDate(request) else {
      observe(request.term)
      return RequestVote.Reply(term: currentTerm, voteGranted: false)
    }
    return vote(request)
    // END 4.1
  }

  /// Stands for election, and says where this server's log ends.
  public func becomeCandidate() -> RequestVote {
    // BEGIN 4.1 The election restriction
    let request = stand()
    return RequestVote(
      term: request.term, candidateID: id, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
    // END 4.1
  }

  // MARK: - The leader

  /// Takes a client's command into the log, if this server leads (§5.3).
  public func propose(_ command: Command) -> Proposal {
    // BEGIN 4.2 A command arrives
    guard role == .leader else { return .refused(leader: leader) }
    // While an entry of this term is under way, its commit will send what has come since.
    let isFirst = commitIndex == log.lastIndex || log.lastTerm != currentTerm
    log.append(LogEntry(term: currentTerm, command: command))
    advanceCommitIndex()
    if isFirst, commitIndex < log.lastIndex { heartbeatTimer.fire() }
    return .accepted(index: log.lastIndex, term: currentTerm)
    // END 4.2
  }

  /// Leads: of each peer nothing is known, and its next entry is the one after the log's last.
  func becomeLeader() {
    // BEGIN 4.3 What a peer is missing
    lead()
    for peer in peers {
      nextIndex[peer] = log.lastIndex.next
      matchIndex[peer] = 0
    }
    // END 4.3
  }

  /// The message for `peer`: what it is missing, and what must stand before that (§5.3).
  public func entries(for peer: ServerID) -> AppendEntries {
    // BEGIN 4.3 What a peer is missing
    let next = nextIndex[peer] ?? log.lastIndex.next
    return AppendEntries(
      term: currentTerm, leaderID: id, prevLogIndex: next.previous,
      prevLogTerm: log.term(at: next.previous) ?? 0, entries: log.batch(from: next),
      leaderCommit: commitIndex)
    // END 4.3
  }

  /// Sends every peer what it is missing, at once, if this server leads; again an interval later.
  public func heartbeatIntervalElapsed() async {
    // BEGIN 4.3 What a peer is missing
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
    // END 4.3
  }

  /// Makes this log agree with the leader's, as far as the message reaches (§5.3).
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    // BEGIN 4.4 The consistency check
    let reply = follow(request)
    guard reply.success else { return reply }
    leader = request.leaderID
    guard log.term(at: request.prevLogIndex) == request.prevLogTerm else {
      return AppendEntries.Reply(
        term: currentTerm, success: false, conflict: conflict(at: request.prevLogIndex))
    }
    var last = request.prevLogIndex
    for entry in request.entries {
      last = last.next
      if log.term(at: last) == entry.term { continue }
      log.truncate(after: last.previous)
      log.append(entry)
    }
    commitIndex = max(commitIndex, min(request.leaderCommit, last))
    applyCommitted()
    return reply
    // END 4.4
  }

  /// Learns from the reply of `peer` to `request` what that peer holds, or does not (§5.3).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    // BEGIN 4.5 What a reply says
    observe(reply.term)
    guard role == .leader, request.term == currentTerm else { return }
    if reply.success {
      let match = LogIndex(request.prevLogIndex.number + request.entries.count)
      matchIndex[peer] = max(matchIndex[peer] ?? 0, match)
      nextIndex[peer] = max(nextIndex[peer] ?? 1, match.next)
      advanceCommitIndex()
    } else if nextIndex[peer] == request.prevLogIndex.next {
      nextIndex[peer] = backingUp(from: request.prevLogIndex, to: reply.conflict)
    }
    // END 4.5
  }

  /// Commits what a majority holds, if it ends with an entry of this term (§5.3, §5.4.2).
  public func advanceCommitIndex() {
    // BEGIN 4.6 The commit rule
    guard role == .leader else { return }
    // In order, the one in the middle is held by a majority.
    let held = (peers.map { matchIndex[$0] ?? 0 } + [log.lastIndex]).sorted(by: >)
    let majority = held[held.count / 2]
    guard majority > commitIndex, log.term(at: majority) == currentTerm else { return }
    commitIndex = majority
    applyCommitted()
    // What has come meanwhile need not wait for the next heartbeat.
    if commitIndex < log.lastIndex { heartbeatTimer.fire() }
    // END 4.6
  }

  /// Hands on what is committed and not yet applied, in order (Figure 2, all servers).
  func applyCommitted() {
    // BEGIN 4.7 Applying
    while lastApplied < commitIndex, let entry = log[lastApplied.next] {
      lastApplied = lastApplied.next
      committed.yield(Commit(index: lastApplied, term: entry.term, command: entry.command))
      let answer = store.apply(entry.command)
      waiting.removeValue(forKey: lastApplied)?.resume(returning: .applied(answer))
    }
    // END 4.7
  }

  /// Hands a client's command to the cluster, and waits for what becomes of it (§8).
  public func submit(_ command: Command) async -> Outcome {
    // BEGIN 4.9 Telling a client
    guard role == .leader else { return .refused(leader: leader) }
    return await withCheckedContinuation { client in
      waiting[log.lastIndex.next] = client
      _ = propose(command)
    }
    // END 4.9
  }

  /// Tells every client that waits what may happen to its command now: nobody knows.
  func leadershipLost() {
    // BEGIN 4.9 Telling a client
    let clients = waiting.sorted { $0.key < $1.key }
    waiting = [:]
    for (_, client) in clients { client.resume(returning: .unknown) }
    // END 4.9
  }

  // MARK: - Extra: fewer round trips

  /// The hint for a leader whose entry before the new ones is not at `index` here (end of §5.3).
  func conflict(at index: LogIndex) -> AppendEntries.Conflict {
    // BEGIN 4.11 Fewer round trips
    guard let term = log.term(at: index) else {
      return AppendEntries.Conflict(term: nil, firstIndex: log.lastIndex.next)
    }
    var first = index
    while first > 1, log.term(at: first.previous) == term { first = first.previous }
    return AppendEntries.Conflict(term: term, firstIndex: first)
    // END 4.11
  }

  /// Where to go on with a follower that has no entry like the leader's at `index`.
  func backingUp(from index: LogIndex, to conflict: AppendEntries.Conflict?) -> LogIndex {
    // BEGIN 4.11 Fewer round trips
    guard let conflict else { return max(1, index) }
    var last = index
    while last > conflict.firstIndex, log.term(at: last.previous) != conflict.term {
      last = last.previous
    }
    return max(1, min(last, index))
    // END 4.11
  }
}

/// The replicated key-value store.
public struct KeyValueStore: StateMachine {
  var values: [String: String] = [:]
  public init() {}

  public mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    // BEGIN 4.8 The key-value store
    switch operation {
    case .put(let key, let value):
      values[key] = value
      return .done
    case .get(let key):
      return .value(values[key])
    case .delete(let key):
      values[key] = nil
      return .done
    case .compareAndSet(let key, let expected, let value):
      guard values[key] == expected else { return .swapped(false) }
      values[key] = value
      return .swapped(true)
    }
    // END 4.8
  }
}
