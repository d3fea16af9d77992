import Contracts
import Raft

/// What a wrong server does wrong.
enum Mistake {
  case votesTwice, forgetsToNoteItsVote, leadsByHalf, fallsBack, heartsBeatWhileStanding
  case speaksOfALaterTerm, asksForAnother, leadsForAnother, standsAtEveryRequest, ignoresTheDisk
  case grantsEarlierTerms
  case asksItself, asksAStranger, beatsWithoutPause, standsWithoutPause
}

/// A type for each mistake: a cluster starts its servers by type.
protocol Mistaken: Sendable {
  static var mistake: Mistake { get }
}

/// A server of chapter 3 with one mistake in it, right otherwise.
actor WrongServer<Kind: Mistaken>: ElectionsChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let electionTimer: any RestartableTimer
  let heartbeatTimer: any RestartableTimer
  let mistake = Kind.mistake

  var currentTerm: Term
  var votedFor: ServerID?
  var role = Role.follower
  var votes: Set<ServerID> = []

  init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    self.id = id
    self.peers = peers
    self.network = network
    self.electionTimer = electionTimer
    self.heartbeatTimer = heartbeatTimer
    let known = Kind.mistake == .ignoresTheDisk ? PersistentState() : saved
    currentTerm = known.currentTerm
    votedFor = known.votedFor
  }

  var report: ElectionReport {
    ElectionReport(currentTerm: currentTerm, votedFor: votedFor, role: role, votes: votes)
  }

  func observe(_ term: Term) {
    guard term > currentTerm || (mistake == .fallsBack && term != currentTerm) else { return }
    currentTerm = term
    votedFor = nil
    role = .follower
    votes = []
    heartbeatTimer.stop()
  }

  func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    if mistake == .standsAtEveryRequest { currentTerm = currentTerm.next }
    let isFree =
      votedFor == nil || votedFor == request.candidateID || mistake == .votesTwice
    let isCurrent = request.term == currentTerm || mistake == .grantsEarlierTerms
    guard isFree, isCurrent else {
      return RequestVote.Reply(term: currentTerm, voteGranted: false)
    }
    if mistake != .forgetsToNoteItsVote { votedFor = request.candidateID }
    electionTimer.restart()
    return RequestVote.Reply(term: currentTerm, voteGranted: true)
  }

  func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    electionTimer.restart()
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  func becomeCandidate() -> RequestVote {
    currentTerm = currentTerm.next
    votedFor = id
    role = .candidate
    votes = [id]
    electionTimer.restart()
    winIfElected()
    return RequestVote(
      term: mistake == .speaksOfALaterTerm ? currentTerm.next : currentTerm,
      candidateID: mistake == .asksForAnother ? peers[0] : id)
  }

  func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    votes.insert(peer)
    winIfElected()
  }

  func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries) {
    observe(reply.term)
  }

  private func winIfElected() {
    let isElected =
      mistake == .leadsByHalf
      ? votes.count * 2 >= peers.count + 1 : votes.count > (peers.count + 1) / 2
    guard isElected else { return }
    role = .leader
    electionTimer.stop()
    heartbeatTimer.fire()
  }

  func electionTimeoutElapsed() async {
    guard role != .leader else { return }
    let request = becomeCandidate()
    if mistake == .heartsBeatWhileStanding {
      await tell(AppendEntries(term: currentTerm, leaderID: id), to: peers)
    }
    if mistake == .standsWithoutPause { electionTimer.fire() }
    var receivers = peers
    if mistake == .asksItself { receivers.append(id) }
    if mistake == .asksAStranger { receivers.append(ServerID(9)) }
    await withDiscardingTaskGroup { group in
      for peer in receivers {
        group.addTask {
          guard let reply = try? await self.network.send(request, to: peer) else { return }
          await self.receive(reply, from: peer, to: request)
        }
      }
    }
  }

  func heartbeatIntervalElapsed() async {
    guard role == .leader else { return }
    if mistake == .beatsWithoutPause { heartbeatTimer.fire() } else { heartbeatTimer.restart() }
    await tell(
      AppendEntries(
        term: currentTerm, leaderID: mistake == .leadsForAnother ? peers[0] : id),
      to: peers)
  }

  private func tell(_ request: AppendEntries, to peers: [ServerID]) async {
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
