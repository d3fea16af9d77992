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
    todo("4.1 The election restriction")
  }

  /// Answers a candidate: `vote` decides, unless the candidate's log is behind (§5.4.1).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    todo("4.1 The election restriction")
  }

  /// Stands for election, and says where this server's log ends.
  public func becomeCandidate() -> RequestVote {
    todo("4.1 The election restriction")
  }

  // MARK: - The leader

  /// Takes a client's command into the log, if this server leads (§5.3).
  public func propose(_ command: Command) -> Proposal {
    todo("4.2 A command arrives")
  }

  /// Leads: of each peer nothing is known, and its next entry is the one after the log's last.
  func becomeLeader() {
    todo("4.3 What a peer is missing")
  }

  /// The message for `peer`: what it is missing, and what must stand before that (§5.3).
  public func entries(for peer: ServerID) -> AppendEntries {
    todo("4.3 What a peer is missing")
  }

  /// Sends every peer what it is missing, at once, if this server leads; again an interval later.
  public func heartbeatIntervalElapsed() async {
    todo("4.3 What a peer is missing")
  }

  /// Makes this log agree with the leader's, as far as the message reaches (§5.3).
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    todo("4.4 The consistency check")
  }

  /// Learns from the reply of `peer` to `request` what that peer holds, or does not (§5.3).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    todo("4.5 What a reply says")
  }

  /// Commits what a majority holds, if it ends with an entry of this term (§5.3, §5.4.2).
  public func advanceCommitIndex() {
    todo("4.6 The commit rule")
  }

  /// Hands on what is committed and not yet applied, in order (Figure 2, all servers).
  func applyCommitted() {
    todo("4.7 Applying")
  }

  /// Hands a client's command to the cluster, and waits for what becomes of it (§8).
  public func submit(_ command: Command) async -> Outcome {
    todo("4.9 Telling a client")
  }

  /// Tells every client that waits what may happen to its command now: nobody knows.
  func leadershipLost() {
    todo("4.9 Telling a client")
  }

  // MARK: - Extra: fewer round trips

  /// The hint for a leader whose entry before the new ones is not at `index` here (end of §5.3).
  func conflict(at index: LogIndex) -> AppendEntries.Conflict {
    todo("4.11 Fewer round trips")
  }

  /// Where to go on with a follower that has no entry like the leader's at `index`.
  func backingUp(from index: LogIndex, to conflict: AppendEntries.Conflict?) -> LogIndex {
    todo("4.11 Fewer round trips")
  }
}

/// The replicated key-value store.
public struct KeyValueStore: StateMachine {
  var values: [String: String] = [:]
  public init() {}

  public mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    todo("4.8 The key-value store")
  }
}
