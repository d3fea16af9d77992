import Contracts
import Raft

/// Chapter 3, in chapter 4: what a body between `FROM` and `END` says is what chapter 3 said.
///
/// Four of its functions have new names here, since chapter 4 goes on where they end: `vote` and
/// `follow` were `receive`, `stand` was `becomeCandidate`, `lead` was `becomeLeader`.
extension State {
  /// Follows a later term the moment it is seen (§5.1).
  public func observe(_ term: Term) {
    // FROM 3.1 observe
    guard term > currentTerm else { return }
    // A leader has stopped waiting for one. As a follower it waits again.
    if role == .leader { electionTimer.restart() }
    currentTerm = term
    votedFor = nil
    role = .follower
    // END 3.1
  }

  /// Gives one vote a term, first come, first served (§5.2); `receive` asks first about the log.
  func vote(_ request: RequestVote) -> RequestVote.Reply {
    // FROM 3.2 receive(_: RequestVote)
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

  /// Follows the leader of this term (§5.2); `receive` looks at what it sends.
  func follow(_ request: AppendEntries) -> AppendEntries.Reply {
    // FROM 3.3 receive(_: AppendEntries)
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    electionTimer.restart()
    return AppendEntries.Reply(term: currentTerm, success: true)
    // END 3.3
  }

  /// Opens the next term as a candidate (§5.2); `becomeCandidate` adds where the log ends.
  func stand() -> RequestVote {
    // FROM 3.4 becomeCandidate
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

  /// Leads from now on (§5.2); `becomeLeader` notes what is known of the peers.
  func lead() {
    // FROM 3.4 becomeLeader
    role = .leader
    electionTimer.stop()
    heartbeatTimer.fire()
    // END 3.4
  }

  /// Counts the reply of `peer` to `request`, which may be of an election long over (§5.2).
  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    // FROM 3.5 receive(_: RequestVote.Reply, from: ServerID, to: RequestVote)
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    if votes.count > (peers.count + 1) / 2 { becomeLeader() }
    // END 3.5
  }

  /// Stands for election, and asks every peer for its vote at once, unless this server leads.
  public func electionTimeoutElapsed() async {
    // FROM 3.6 electionTimeoutElapsed
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

  // FROM 3 functions of your own
  // END 3
}
