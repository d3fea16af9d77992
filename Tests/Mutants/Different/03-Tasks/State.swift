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

  /// What this server has promised: a term, and at most one vote in it. A new term is a new
  /// promise, so no vote can survive the term that it was given in.
  struct Promise {
    let term: Term
    var votedFor: ServerID?
  }

  /// What this server is, together with what only matters while it is that.
  enum Phase {
    case following
    case standing(ballots: [ServerID: RequestVote.Reply])
    case leading
  }

  var promise: Promise
  var phase = Phase.following

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
  }

  /// What the host saves, and what others may see of this server.
  public var report: ElectionReport {
    let role: Role
    var votes: Set<ServerID> = []
    switch phase {
    case .following: role = .follower
    case .standing(let ballots):
      role = .candidate
      votes = Set(ballots.filter(\.value.voteGranted).keys)
    case .leading: role = .leader
    }
    return ElectionReport(
      currentTerm: promise.term, votedFor: promise.votedFor, role: role, votes: votes)
  }

  // MARK: - Rules

  /// Follows a later term the moment it is seen (§5.1).
  public func observe(_ term: Term) {
    guard term > promise.term else { return }
    promise = Promise(term: term)
    phase = .following
    heartbeatTimer.stop()
    electionTimer.restart()
  }

  /// Answers a candidate: one vote a term, first come, first served (§5.2).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    guard request.term == promise.term else {
      return RequestVote.Reply(term: promise.term, voteGranted: false)
    }
    let chosen = promise.votedFor ?? request.candidateID
    if promise.votedFor == nil { electionTimer.restart() }
    promise.votedFor = chosen
    return RequestVote.Reply(term: promise.term, voteGranted: chosen == request.candidateID)
  }

  /// Follows the leader of this term, and waits one more election timeout for its next message.
  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    let isCurrent = request.term == promise.term
    if isCurrent {
      phase = .following
      electionTimer.restart()
    }
    return AppendEntries.Reply(term: promise.term, success: isCurrent)
  }

  /// Opens the next term as a candidate, whose first vote is its own (§5.2).
  public func becomeCandidate() -> RequestVote {
    let term = promise.term.next
    promise = Promise(term: term, votedFor: id)
    phase = .standing(ballots: [id: RequestVote.Reply(term: term, voteGranted: true)])
    electionTimer.restart()
    leadIfElected()
    return RequestVote(term: term, candidateID: id)
  }

  /// Leads as soon as more than half of all servers said yes in this election (§5.2).
  func leadIfElected() {
    guard case .standing(let ballots) = phase else { return }
    let yes = ballots.values.count(where: \.voteGranted)
    guard 2 * yes > peers.count + 1 else { return }
    phase = .leading
    electionTimer.stop()
    heartbeatTimer.fire()
  }

  /// Counts the reply of `peer` to `request`, which may be of an election long over (§5.2).
  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard request.term == promise.term, case .standing(var ballots) = phase else { return }
    ballots[peer] = reply
    phase = .standing(ballots: ballots)
    leadIfElected()
  }

  /// Learns from the reply of `peer` to a heartbeat whether this leader's term is over (§5.1).
  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    observe(reply.term)
  }

  // MARK: - Conversations

  /// Stands for election, and asks every peer for its vote at once, unless this server leads.
  public func electionTimeoutElapsed() async {
    if case .leading = phase { return }
    ask(becomeCandidate()) { server, reply, peer, request in
      server.receive(reply, from: peer, to: request)
    }
  }

  /// Tells every peer at once that this server leads, if it does, and again an interval later.
  public func heartbeatIntervalElapsed() async {
    guard case .leading = phase else { return }
    heartbeatTimer.restart()
    ask(AppendEntries(term: promise.term, leaderID: id)) { server, reply, peer, request in
      server.receive(reply, from: peer, to: request)
    }
  }

  /// Sends `request` to every peer in a task of its own, and hands whatever comes back to `rule`.
  ///
  /// Nobody waits for these tasks: each ends with its peer's reply, or with the host's deadline.
  func ask<R: Request>(
    _ request: R, rule: @escaping @Sendable (isolated State, R.Reply, ServerID, R) -> Void
  ) {
    for peer in peers {
      Task {
        guard let reply = try? await network.send(request, to: peer) else { return }
        rule(self, reply, peer, request)
      }
    }
  }
}
