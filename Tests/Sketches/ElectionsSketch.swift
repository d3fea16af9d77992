public import Contracts
public import Raft

/// A server that keeps the contract of chapter 3, to see that the contract can be kept.
///
/// The solutions keep it too. But they are what is taught, and change with it: the tests of the
/// rooms below the chapters, such as the simulator's, stand on these sketches.
public actor ElectionsSketch: ElectionsChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer

  var currentTerm: Term
  var votedFor: ServerID?
  var role = Role.follower
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

  public var report: ElectionReport {
    ElectionReport(currentTerm: currentTerm, votedFor: votedFor, role: role, votes: votes)
  }

  public func observe(_ term: Term) {
    guard term > currentTerm else { return }
    currentTerm = term
    votedFor = nil
    role = .follower
    votes = []
    heartbeatTimer.stop()
  }

  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    let isFree = votedFor == nil || votedFor == request.candidateID
    let isGranted = request.term == currentTerm && isFree
    if isGranted {
      votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: currentTerm, voteGranted: isGranted)
  }

  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    electionTimer.restart()
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  public func becomeCandidate() -> RequestVote {
    currentTerm = currentTerm.next
    votedFor = id
    role = .candidate
    votes = [id]
    electionTimer.restart()
    winIfElected()
    return RequestVote(term: currentTerm, candidateID: id)
  }

  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    winIfElected()
  }

  public func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries)
  {
    observe(reply.term)
  }

  private func winIfElected() {
    guard votes.count > (peers.count + 1) / 2 else { return }
    role = .leader
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

  public func heartbeatIntervalElapsed() async {
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
  }
}

extension ElectionsSketch: ReferenceServer {
  public func assume(_ situation: ElectionReport) {
    currentTerm = situation.persistent.currentTerm
    votedFor = situation.persistent.votedFor
    role = situation.role
    votes = situation.votes
  }
}
