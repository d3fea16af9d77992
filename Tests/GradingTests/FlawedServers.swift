import Contracts
import Raft

/// How a server differs from the reference.
protocol Flaw: Sendable {
  static var kind: Kind { get }
}

enum Kind {
  case none, restartsOnTerm, refusesForLeader, dropsStaleReplies, letsTimersRun
  case votesTwice, countsOldVotes, keepsItsTerm, keepsLeading, isAlwaysFirst
}

enum Faultless: Flaw { static let kind = Kind.none }
enum RestartsOnTerm: Flaw { static let kind = Kind.restartsOnTerm }
enum RefusesForLeader: Flaw { static let kind = Kind.refusesForLeader }
enum DropsStaleReplies: Flaw { static let kind = Kind.dropsStaleReplies }
enum LetsTimersRun: Flaw { static let kind = Kind.letsTimersRun }
enum VotesTwice: Flaw { static let kind = Kind.votesTwice }
enum CountsOldVotes: Flaw { static let kind = Kind.countsOldVotes }
enum KeepsItsTerm: Flaw { static let kind = Kind.keepsItsTerm }
enum KeepsLeading: Flaw { static let kind = Kind.keepsLeading }
enum IsAlwaysFirst: Flaw { static let kind = Kind.isAlwaysFirst }

/// A server of chapter 3 that is right but for one thing.
actor Subject<F: Flaw>: ElectionsChapter {
  private let id: ServerID
  private let peers: [ServerID]
  private let network: any Network
  private let electionTimer: any RestartableTimer
  private let heartbeatTimer: any RestartableTimer
  private var currentTerm: Term
  private var votedFor: ServerID?
  private var role = Role.follower
  private var votes: Set<ServerID> = []
  private var leader: ServerID?
  /// Votes counted without asking of which election they are.
  private var count = 0

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
    currentTerm = saved.currentTerm
    votedFor = saved.votedFor
  }

  var report: ElectionReport {
    ElectionReport(currentTerm: currentTerm, votedFor: votedFor, role: role, votes: votes)
  }

  func observe(_ term: Term) {
    guard term > currentTerm else { return }
    if role == .leader || F.kind == .restartsOnTerm, F.kind != .letsTimersRun {
      electionTimer.restart()
    }
    currentTerm = term
    votedFor = nil
    leader = nil
    if F.kind != .keepsLeading || role != .leader { role = .follower }
  }

  func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    var isFree = votedFor == nil || votedFor == request.candidateID || F.kind == .votesTwice
    if F.kind == .refusesForLeader, let leader, leader != request.candidateID { isFree = false }
    let isGranted = request.term == currentTerm && isFree
    if isGranted {
      votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: currentTerm, voteGranted: isGranted)
  }

  func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    observe(request.term)
    guard request.term == currentTerm else {
      return AppendEntries.Reply(term: currentTerm, success: false)
    }
    role = .follower
    leader = request.leaderID
    electionTimer.restart()
    return AppendEntries.Reply(term: currentTerm, success: true)
  }

  func becomeCandidate() -> RequestVote {
    if F.kind != .keepsItsTerm { currentTerm = currentTerm.next }
    votedFor = id
    role = .candidate
    leader = nil
    votes = [F.kind == .isAlwaysFirst ? 1 : id]
    electionTimer.restart()
    if peers.isEmpty { lead() }
    return RequestVote(term: currentTerm, candidateID: id)
  }

  private func lead() {
    role = .leader
    if F.kind != .letsTimersRun { electionTimer.stop() }
    heartbeatTimer.fire()
  }

  func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    if F.kind == .dropsStaleReplies, request.term != currentTerm || role != .candidate { return }
    observe(reply.term)
    guard role == .candidate, request.term == currentTerm, reply.voteGranted else { return }
    if votes.insert(peer).inserted { count += 1 }
    let counted = F.kind == .countsOldVotes ? count + 1 : votes.count
    if counted > (peers.count + 1) / 2 { lead() }
  }

  func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries) {
    observe(reply.term)
  }

  func electionTimeoutElapsed() async {
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

  func heartbeatIntervalElapsed() async {
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

extension Subject: ReferenceServer {
  func assume(_ situation: ElectionReport) {
    currentTerm = situation.persistent.currentTerm
    votedFor = situation.persistent.votedFor
    role = situation.role
    votes = situation.votes
  }
}
