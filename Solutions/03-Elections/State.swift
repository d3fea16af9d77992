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
    // BEGIN 3.1 A later term
    guard term > currentTerm else { return }
    // A leader has stopped waiting for one. As a follower it waits again.
    if role == .leader { electionTimer.restart() }
    currentTerm = term
    votedFor = nil
    role = .follower
    // END 3.1
  }

  /// Answers a candidate: one vote a term, first come, first served (§5.2).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    // BEGIN 3.2 Voting
    observe(request.term)
    let isFree = votedFor == nil || votedFor == request.candidateID
    let isGranted = request.term == currentTerm && isFree
    if isGranted {
      votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: currentTerm, voteGranted: isGranted)
    // END 3.2
  }

  /// Follows the leader of this term, and waits one more election timeout for its next message.
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    // BEGIN 3.3 Heartbeats received
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    electionTimer.restart()
    return AppendEntries.Reply(term: currentTerm, success: true)
    // END 3.3
  }

  /// Opens the next term as a candidate, whose first vote is its own (§5.2).
  public func becomeCandidate() -> RequestVote {
    // BEGIN 3.4 Standing for election
    currentTerm = currentTerm.next
    votedFor = id
    role = .candidate
    votes = [id]
    electionTimer.restart()
    // A server alone is a majority already.
    if peers.isEmpty { becomeLeader() }
    return RequestVote(term: currentTerm, candidateID: id)
    // END 3.4
  }

  /// Leads from now on: no election timeout any more, and a first heartbeat at once (§5.2).
  func becomeLeader() {
    // BEGIN 3.4 Standing for election
    role = .leader
    electionTimer.stop()
    heartbeatTimer.fire()
    // END 3.4
  }

  /// Counts the reply of `peer` to `request`, which may be of an election long over (§5.2).
  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    // BEGIN 3.5 Counting votes
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    if votes.count > (peers.count + 1) / 2 { becomeLeader() }
    // END 3.5
  }

  /// Learns from the reply of `peer` to a heartbeat whether this leader's term is over (§5.1).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    // BEGIN 3.5 Counting votes
    observe(reply.term)
    // END 3.5
  }

  // MARK: - Conversations

  /// Stands for election, and asks every peer for its vote at once, unless this server leads.
  public func electionTimeoutElapsed() async {
    // BEGIN 3.6 Asking for votes
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
    // END 3.6
  }

  /// Tells every peer at once that this server leads, if it does, and again an interval later.
  public func heartbeatIntervalElapsed() async {
    // BEGIN 3.7 Sending heartbeats
    guard role == .leader else { return }
    heartbeatTimer.restart()
    let request = AppendEntries(term: currentTerm, leaderID: id)
    await withDiscardingTaskGroup { group in
      for peer in peers {
        group.addTask {
          guard let reply = try? await self.network.send(request, to: peer) else { return }
          await self.receive(reply, from: peer, to: request)
        }
      }
    }
    // END 3.7
  }
}
