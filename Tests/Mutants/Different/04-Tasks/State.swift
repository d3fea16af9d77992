import Contracts
import Raft

/// Chapter 4: one server that keeps the same log as its peers (Raft, §5.3 and §5.4).
///
/// Each decision is a pure function of `Journal`, `Leadership` or `Ballots`; the actor's rules
/// gather what a decision needs, and carry it out.
public actor State: ReplicationChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer, heartbeatTimer: any RestartableTimer

  /// What this server has promised: a term, and at most one vote in it.
  struct Promise {
    let term: Term
    var votedFor: ServerID?
  }

  /// What this server is, together with what only matters while it is that.
  enum Phase {
    case following(leader: ServerID?)
    case standing(Ballots)
    case leading(Leadership)
  }

  // Persistent state.
  var promise: Promise
  var journal: Journal

  // Volatile state.
  var phase = Phase.following(leader: nil)
  var commitIndex: LogIndex = 0
  var lastApplied: LogIndex = 0
  public var store = KeyValueStore()
  /// The clients that wait, by the index of their entry; none unless this server leads.
  var clients: [LogIndex: CheckedContinuation<Outcome, Never>] = [:]

  public nonisolated let commits: AsyncStream<Commit>
  let committed: AsyncStream<Commit>.Continuation

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
    promise = Promise(term: saved.currentTerm, votedFor: saved.votedFor)
    journal = Journal(saved.log)
    (commits, committed) = AsyncStream.makeStream()
  }

  public var report: ReplicationReport {
    var role = Role.follower
    var votes: Set<ServerID> = []
    var leader: ServerID?
    var progress: [ServerID: Leadership.Progress] = [:]
    switch phase {
    case .following(let known): leader = known
    case .standing(let ballots): (role, votes) = (.candidate, ballots.yes)
    case .leading(let leadership): (role, leader, progress) = (.leader, id, leadership.progress)
    }
    return ReplicationReport(
      persistent: PersistentState(
        currentTerm: promise.term, votedFor: promise.votedFor, log: journal.published),
      role: role, votes: votes, leader: leader, commitIndex: commitIndex,
      lastApplied: lastApplied, nextIndex: progress.mapValues(\.next),
      matchIndex: progress.mapValues(\.match))
  }

  /// The number of servers, running or not.
  var servers: Int { peers.count + 1 }

  // MARK: - The leader

  /// Takes a command into the log, and sends it to everybody there and then (§5.3).
  public func propose(_ command: Command) -> Proposal {
    switch phase {
    case .following(let leader): return .refused(leader: leader)
    case .standing: return .refused(leader: nil)
    case .leading:
      let entry = LogEntry(term: promise.term, command: command)
      journal.append(entry)
      let receipt = Proposal.accepted(index: journal.last, term: entry.term)
      for peer in peers { push(to: peer) }
      advanceCommitIndex()
      return receipt
    }
  }

  /// The message for `peer`: what it is missing, a hundred entries at a time (§5.3).
  public func entries(for peer: ServerID) -> AppendEntries {
    var next = journal.last.next
    if case .leading(let leadership) = phase { next = leadership.progress[peer]?.next ?? next }
    return AppendEntries(
      term: promise.term, leaderID: id, prevLogIndex: next.previous,
      prevLogTerm: journal.term(at: next.previous) ?? 0, entries: journal.batch(from: next),
      leaderCommit: commitIndex)
  }

  /// Sends to everybody, something new or not.
  public func heartbeatIntervalElapsed() async {
    guard case .leading = phase else { return }
    heartbeatTimer.restart()
    for peer in peers { push(to: peer) }
  }

  /// Sends `peer` what it is missing, in a task for which nobody waits.
  ///
  /// The message is built here and now: in the task somebody else may lead.
  func push(to peer: ServerID) {
    let request = entries(for: peer)
    Task {
      guard let reply = try? await network.send(request, to: peer) else { return }
      receive(reply, from: peer, to: request)
    }
  }

  /// Learns from a reply, and sends what is still missing at once (§5.3).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    observe(reply.term)
    guard request.term == promise.term, case .leading(var leadership) = phase else { return }
    let known = leadership.progress[peer]
    leadership.learn(reply, from: peer, to: request, journal: journal)
    phase = .leading(leadership)
    advanceCommitIndex()
    // Something was news, and there is more to send: why wait for the next heartbeat?
    let now = leadership.progress[peer]
    if let now, now != known, now.match < journal.last { push(to: peer) }
  }

  /// Commits what a majority holds, as far as `Leadership` says so (§5.4.2).
  public func advanceCommitIndex() {
    guard case .leading(let leadership) = phase else { return }
    let committed = leadership.committed(after: commitIndex, in: journal, term: promise.term)
    guard let committed else { return }
    commitIndex = committed
    applyCommitted()
  }

  // MARK: - The follower

  /// Agrees with the leader of this term, as far as its message reaches (§5.3).
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    guard request.term == promise.term else {
      return AppendEntries.Reply(term: promise.term, success: false)
    }
    follow(request.leaderID)
    electionTimer.restart()
    if let conflict = journal.conflict(with: request) {
      return AppendEntries.Reply(term: promise.term, success: false, conflict: conflict)
    }
    journal.take(request)
    let vouched = LogIndex(request.prevLogIndex.number + request.entries.count)
    let safe = min(request.leaderCommit, vouched)
    if safe > commitIndex {
      commitIndex = safe
      applyCommitted()
    }
    return AppendEntries.Reply(term: promise.term, success: true)
  }

  // MARK: - The state machine and its clients

  /// Carries out what is committed, in order, and answers whoever waits (§5.3, §8).
  func applyCommitted() {
    for number in lastApplied.number..<commitIndex.number {
      let index = LogIndex(number + 1)
      let entry = journal[index]
      lastApplied = index
      committed.yield(Commit(index: index, term: entry.term, command: entry.command))
      let answer = store.apply(entry.command)
      clients.removeValue(forKey: index)?.resume(returning: .applied(answer))
    }
  }

  /// Takes a command, and waits for its answer, or for the end of this leadership (§8).
  public func submit(_ command: Command) async -> Outcome {
    guard case .leading = phase else {
      guard case .refused(let leader) = propose(command) else { return .unknown }
      return .refused(leader: leader)
    }
    return await withCheckedContinuation { client in
      clients[journal.last.next] = client
      _ = propose(command)
    }
  }
}

/// What a leader believes of its peers, and what follows from that.
struct Leadership {
  struct Progress: Equatable {
    var next: LogIndex
    var match: LogIndex
  }

  var progress: [ServerID: Progress]

  init(of peers: [ServerID], lastIndex: LogIndex) {
    let start = Progress(next: lastIndex.next, match: 0)
    progress = Dictionary(uniqueKeysWithValues: peers.map { ($0, start) })
  }

  mutating func learn(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries, journal: Journal
  ) {
    guard let known = progress[peer] else { return }
    if reply.success {
      let end = LogIndex(request.prevLogIndex.number + request.entries.count)
      let match = max(known.match, end)
      progress[peer] = Progress(next: match.next, match: match)
    } else if request.prevLogIndex == known.next.previous, known.next > known.match.next {
      let back = journal.lastCommon(before: request.prevLogIndex, with: reply.conflict)
      progress[peer]?.next = max(back.next, known.match.next)
    }
  }

  /// The highest index of this term that a majority holds, if it is behind `commitIndex`.
  func committed(after commitIndex: LogIndex, in journal: Journal, term: Term) -> LogIndex? {
    var index = journal.last
    while index > commitIndex, journal.term(at: index) == term {
      let holders = 1 + progress.values.count { $0.match >= index }
      if 2 * holders > progress.count + 1 { return index }
      index = index.previous
    }
    return nil
  }
}

/// The replicated key-value store.
public struct KeyValueStore: StateMachine {
  var values: [String: String] = [:]
  public init() {}

  public mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    switch operation {
    case .put(let key, let value):
      values.updateValue(value, forKey: key)
      return .done
    case .delete(let key):
      values.removeValue(forKey: key)
      return .done
    case .get(let key):
      return .value(values[key])
    case .compareAndSet(let key, let expected, let value):
      let isAsExpected = values[key] == expected
      if isAsExpected { values[key] = value }
      return .swapped(isAsExpected)
    }
  }
}
