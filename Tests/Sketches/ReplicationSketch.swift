public import Contracts
public import Raft

/// A server that keeps the contract of chapter 4, to see that the contract can be kept.
public actor ReplicationSketch: ReplicationChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer
  public nonisolated let commits: AsyncStream<Commit>
  let committed: AsyncStream<Commit>.Continuation

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
  public var store = Keys()
  var clients: [LogIndex: CheckedContinuation<Outcome, Never>] = [:]

  public init(
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

  public var report: ReplicationReport {
    ReplicationReport(
      persistent: PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: log),
      role: role, votes: votes, leader: leader, commitIndex: commitIndex,
      lastApplied: lastApplied, nextIndex: nextIndex, matchIndex: matchIndex)
  }
}

// MARK: - Elections

extension ReplicationSketch {
  public func observe(_ term: Term) {
    guard term > currentTerm else { return }
    // A leader has stopped waiting for one. As a follower it waits again, and may have to stand:
    // the others' logs may be behind its own.
    if role == .leader { electionTimer.restart() }
    currentTerm = term
    votedFor = nil
    role = .follower
    votes = []
    leader = nil
    heartbeatTimer.stop()
    for (_, client) in clients.sorted(by: { $0.key < $1.key }) {
      client.resume(returning: .unknown)
    }
    clients = [:]
  }

  public func isUpToDate(_ request: RequestVote) -> Bool {
    (request.lastLogTerm, request.lastLogIndex) >= (log.lastTerm, log.lastIndex)
  }

  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    let isFree = votedFor == nil || votedFor == request.candidateID
    let isGranted = request.term == currentTerm && isFree && isUpToDate(request)
    if isGranted {
      votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: currentTerm, voteGranted: isGranted)
  }

  public func becomeCandidate() -> RequestVote {
    currentTerm = currentTerm.next
    votedFor = id
    role = .candidate
    votes = [id]
    electionTimer.restart()
    winIfElected()
    return RequestVote(
      term: currentTerm, candidateID: id, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
  }

  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    winIfElected()
  }

  private func winIfElected() {
    guard votes.count > (peers.count + 1) / 2 else { return }
    role = .leader
    leader = id
    for peer in peers {
      nextIndex[peer] = log.lastIndex.next
      matchIndex[peer] = 0
    }
    electionTimer.stop()
    heartbeatTimer.fire()
  }

  public func electionTimeoutElapsed() async {
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

extension ReplicationSketch {
  public func propose(_ command: Command) -> Proposal {
    guard role == .leader else { return .refused(leader: leader) }
    log.append(LogEntry(term: currentTerm, command: command))
    advanceCommitIndex()
    return .accepted(index: log.lastIndex, term: currentTerm)
  }

  public func entries(for peer: ServerID) -> AppendEntries {
    let next = nextIndex[peer] ?? log.lastIndex.next
    return AppendEntries(
      term: currentTerm, leaderID: id, prevLogIndex: next.previous,
      prevLogTerm: log.term(at: next.previous) ?? 0, entries: log.suffix(from: next),
      leaderCommit: commitIndex)
  }

  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    leader = request.leaderID
    electionTimer.restart()
    guard log.term(at: request.prevLogIndex) == request.prevLogTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    var index = request.prevLogIndex
    for entry in request.entries {
      index = index.next
      if log.term(at: index) == entry.term { continue }
      log.truncate(after: index.previous)
      log.append(entry)
    }
    commitIndex = max(commitIndex, min(request.leaderCommit, index))
    applyCommitted()
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  public func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries)
  {
    observe(reply.term)
    guard role == .leader, request.term == currentTerm else { return }
    let match = LogIndex(request.prevLogIndex.number + request.entries.count)
    if reply.success {
      matchIndex[peer] = max(matchIndex[peer] ?? 0, match)
      nextIndex[peer] = max(nextIndex[peer] ?? 1, match.next)
      advanceCommitIndex()
    } else if nextIndex[peer] == request.prevLogIndex.next {
      nextIndex[peer] = max(1, request.prevLogIndex)
    }
  }

  public func advanceCommitIndex() {
    let held = (peers.map { matchIndex[$0] ?? 0 } + [log.lastIndex]).sorted(by: >)
    let majority = held[held.count / 2]
    guard majority > commitIndex, log.term(at: majority) == currentTerm else { return }
    commitIndex = majority
    applyCommitted()
  }

  private func applyCommitted() {
    while lastApplied < commitIndex, let entry = log[lastApplied.next] {
      lastApplied = lastApplied.next
      committed.yield(Commit(index: lastApplied, term: entry.term, command: entry.command))
      let answer = store.apply(entry.command)
      clients.removeValue(forKey: lastApplied)?.resume(returning: .applied(answer))
    }
  }

  public func submit(_ command: Command) async -> Outcome {
    guard role == .leader else { return .refused(leader: leader) }
    return await withCheckedContinuation { client in
      clients[log.lastIndex.next] = client
      _ = propose(command)
    }
  }

  public func heartbeatIntervalElapsed() async {
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

/// The state machine of that server.
public struct Keys: StateMachine {
  private var values: [String: String] = [:]

  public init() {}

  public mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    switch operation {
    case .get(let key): return .value(values[key])
    case .put(let key, let value): values[key] = value
    case .delete(let key): values[key] = nil
    case .compareAndSet(let key, let expected, let value):
      guard values[key] == expected else { return .swapped(false) }
      values[key] = value
      return .swapped(true)
    }
    return .done
  }
}

extension ReplicationSketch: ReferenceServer {
  public func assume(_ situation: ReplicationReport) {
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
