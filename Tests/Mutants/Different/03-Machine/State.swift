import Contracts
import Raft

/// One server: a thin shell around `Machine`, which decides everything and touches nothing.
///
/// A rule hands an event to the machine and performs the effects that come out, in order and
/// before anybody else gets in. Every message leaves in a task of its own. Those of an election,
/// or of a time as a leader, are cancelled when it is over: nobody needs their replies any more.
public actor State: ElectionsChapter {
  private var machine: Machine
  private let network: any Network
  private let electionTimer: any RestartableTimer
  private let heartbeatTimer: any RestartableTimer

  /// The conversations that are under way, each by the number that it began with.
  private var underWay: [Int: Task<Void, Never>] = [:]
  private var begun = 0

  public init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    machine = Machine(id: id, peers: peers, term: saved.currentTerm, vote: saved.votedFor)
    self.network = network
    self.electionTimer = electionTimer
    self.heartbeatTimer = heartbeatTimer
  }

  public var report: ElectionReport { machine.report }

  // MARK: - Rules: an event goes in, effects come out

  public func observe(_ term: Term) { perform(machine.observe(term)) }

  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    perform(machine.receive(request))
  }

  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    perform(machine.receive(request))
  }

  public func becomeCandidate() -> RequestVote { perform(machine.becomeCandidate()) }

  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    perform(machine.receive(reply, from: peer, to: request))
  }

  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    perform(machine.observe(reply.term))
  }

  // MARK: - Conversations

  public func electionTimeoutElapsed() async { perform(machine.electionTimeoutElapsed()) }

  public func heartbeatIntervalElapsed() async { perform(machine.heartbeatIntervalElapsed()) }

  // MARK: - Effects

  private func perform<Reply>(_ outcome: (Reply, [Effect])) -> Reply {
    perform(outcome.1)
    return outcome.0
  }

  private func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .restartElectionTimer: electionTimer.restart()
      case .stopElectionTimer: electionTimer.stop()
      case .restartHeartbeatTimer: heartbeatTimer.restart()
      case .fireHeartbeatTimer: heartbeatTimer.fire()
      case .ask(let request):
        converse(request) { state, reply, peer in
          state.receive(reply, from: peer, to: request)
        }
      case .tell(let request):
        converse(request) { state, reply, peer in
          state.receive(reply, from: peer, to: request)
        }
      case .hangUp:
        for task in underWay.values { task.cancel() }
        underWay = [:]
      }
    }
  }

  /// Sends `request` to all peers at once, and hands each reply to `hear`.
  private func converse<Message: Request>(
    _ request: Message,
    hear: @escaping @Sendable (isolated State, Message.Reply, ServerID) -> Void
  ) {
    for peer in machine.peers {
      begun += 1
      let number = begun
      underWay[number] = Task {
        let reply = try? await network.send(request, to: peer)
        underWay[number] = nil
        if let reply { hear(self, reply, peer) }
      }
    }
  }
}

/// What the machine wants done, in this order, before the next event.
enum Effect: Equatable {
  case restartElectionTimer, stopElectionTimer, restartHeartbeatTimer, fireHeartbeatTimer
  /// To all peers.
  case ask(RequestVote)
  /// To all peers.
  case tell(AppendEntries)
  /// What was sent so far needs no answer any more.
  case hangUp
}

/// The elections of Raft as a value: one function for each thing that can happen to a server.
struct Machine {
  /// What a server is, with what only such a one has to know.
  private enum Office {
    case follower
    case candidate(votes: Set<ServerID>)
    case leader
  }

  private let id: ServerID
  let peers: [ServerID]
  private var term: Term
  private var vote: ServerID?
  private var office = Office.follower

  init(id: ServerID, peers: [ServerID], term: Term, vote: ServerID?) {
    (self.id, self.peers, self.term, self.vote) = (id, peers, term, vote)
  }

  var report: ElectionReport {
    var role = Role.follower
    var votes: Set<ServerID> = []
    switch office {
    case .follower: break
    case .candidate(let counted): (role, votes) = (.candidate, counted)
    case .leader: role = .leader
    }
    return ElectionReport(currentTerm: term, votedFor: vote, role: role, votes: votes)
  }

  // MARK: - Terms

  mutating func observe(_ later: Term) -> [Effect] {
    guard later > term else { return [] }
    term = later
    vote = nil
    return follow()
  }

  /// Gives up what it was. Only a leader has no election timer running.
  private mutating func follow() -> [Effect] {
    defer { office = .follower }
    return switch office {
    case .follower: []
    case .candidate: [.hangUp]
    case .leader: [.hangUp, .restartElectionTimer]
    }
  }

  // MARK: - What others say

  mutating func receive(_ request: RequestVote) -> (RequestVote.Reply, [Effect]) {
    var effects = observe(request.term)
    guard request.term == term else {
      return (RequestVote.Reply(term: term, voteGranted: false), effects)
    }
    if vote == nil {
      vote = request.candidateID
      effects.restartElectionTimerOnce()
    }
    let isGranted = vote == request.candidateID
    return (RequestVote.Reply(term: term, voteGranted: isGranted), effects)
  }

  mutating func receive(_ request: AppendEntries) -> (AppendEntries.Reply, [Effect]) {
    var effects = observe(request.term)
    let isCurrent = request.term == term
    if isCurrent {
      effects += follow()
      effects.restartElectionTimerOnce()
    }
    return (AppendEntries.Reply(term: term, success: isCurrent), effects)
  }

  mutating func receive(
    _ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote
  ) -> [Effect] {
    let effects = observe(reply.term)
    guard case .candidate(let votes) = office, request.term == term, reply.voteGranted else {
      return effects
    }
    return count(votes.union([peer]))
  }

  // MARK: - What this server does

  mutating func becomeCandidate() -> (RequestVote, [Effect]) {
    let given = follow().filter { $0 == .hangUp }
    term = term.next
    vote = id
    let won = count([id])
    let effects = given + (won.isEmpty ? [.restartElectionTimer] : won)
    return (RequestVote(term: term, candidateID: id), effects)
  }

  private mutating func count(_ votes: Set<ServerID>) -> [Effect] {
    guard votes.count * 2 > peers.count + 1 else {
      office = .candidate(votes: votes)
      return []
    }
    office = .leader
    return [.hangUp, .stopElectionTimer, .fireHeartbeatTimer]
  }

  mutating func electionTimeoutElapsed() -> [Effect] {
    if case .leader = office { return [] }
    let (request, effects) = becomeCandidate()
    return effects + [.ask(request)]
  }

  mutating func heartbeatIntervalElapsed() -> [Effect] {
    guard case .leader = office else { return [] }
    return [.restartHeartbeatTimer, .tell(AppendEntries(term: term, leaderID: id))]
  }
}

extension [Effect] {
  /// One restart is as good as two.
  mutating func restartElectionTimerOnce() {
    if !contains(.restartElectionTimer) { append(.restartElectionTimer) }
  }
}
