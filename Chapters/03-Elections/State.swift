import Contracts
import Raft

/// Chapter 3: one server that takes part in electing a leader (Raft, §5.1 and §5.2).
///
/// A *rule* has no `async`: nothing can happen between its first line and its last, so rules
/// decide. A *conversation* is `async`: it sends, waits, and carries each reply to a rule.
public actor State: ElectionsChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer

  // Persistent state: the host saves it before anything leaves this server (Figure 2).

  /// The latest term this server has seen. It only rises.
  var currentTerm: Term
  /// The candidate that got this server's vote in `currentTerm`, or nil.
  var votedFor: ServerID?

  // Volatile state: gone after a crash.

  /// What this server is in `currentTerm`.
  var role = Role.follower
  /// As a candidate: the servers that voted for this one in `currentTerm`, itself included.
  var votes: Set<ServerID> = []

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
  }

  /// What the host saves, and what others may see of this server.
  public var report: ElectionReport {
    ElectionReport(currentTerm: currentTerm, votedFor: votedFor, role: role, votes: votes)
  }

  // MARK: - Rules

  /// Follows a later term the moment it is seen (§5.1).
  public func observe(_ term: Term) {
    todo("3.1 A later term")
  }

  /// Answers a candidate: one vote a term, first come, first served (§5.2).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    todo("3.2 Voting")
  }

  /// Follows the leader of this term, and waits one more election timeout for its next message.
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    todo("3.3 Heartbeats received")
  }

  /// Opens the next term as a candidate, whose first vote is its own (§5.2).
  public func becomeCandidate() -> RequestVote {
    todo("3.4 Standing for election")
  }

  /// Leads from now on: no election timeout any more, and a first heartbeat at once (§5.2).
  func becomeLeader() {
    todo("3.4 Standing for election")
  }

  /// Counts the reply of `peer` to `request`, which may be of an election long over (§5.2).
  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    todo("3.5 Counting votes")
  }

  /// Learns from the reply of `peer` to a heartbeat whether this leader's term is over (§5.1).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    todo("3.5 Counting votes")
  }

  // MARK: - Conversations

  /// Stands for election, and asks every peer for its vote at once, unless this server leads.
  public func electionTimeoutElapsed() async {
    todo("3.6 Asking for votes")
  }

  /// Tells every peer at once that this server leads, if it does, and again an interval later.
  public func heartbeatIntervalElapsed() async {
    todo("3.7 Sending heartbeats")
  }
}
