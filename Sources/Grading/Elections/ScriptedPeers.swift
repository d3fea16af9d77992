internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// S1's peers, whose every answer is settled beforehand, and a record of what S1 sent them.
final class ScriptedPeers: Network {
  /// What a server of chapter 3 sends.
  enum Message: Hashable, Sendable {
    case vote(RequestVote)
    case heartbeat(AppendEntries)

    var told: String {
      switch self {
      case .vote(let request): request.toldInFull
      case .heartbeat(let request): request.told
      }
    }
  }

  /// What comes back, and when.
  enum Answer: Sendable {
    case vote(granted: Bool, term: Term? = nil, after: Duration = .zero)
    case heartbeat(success: Bool, term: Term? = nil, after: Duration = .zero)
    case unreachable(after: Duration = .zero)

    var delay: Duration {
      switch self {
      case .vote(_, _, let delay), .heartbeat(_, _, let delay), .unreachable(let delay): delay
      }
    }
  }

  struct Sending: Sendable {
    let message: Message
    let peer: ServerID
    let time: Duration
  }

  typealias Script = @Sendable (Message, ServerID) -> Answer

  private let simulation: Simulation
  private let script: Script
  private let log = Mutex<[Sending]>([])

  init(_ simulation: Simulation, _ script: @escaping Script) {
    self.simulation = simulation
    self.script = script
  }

  /// What S1 sent, in order.
  var sendings: [Sending] { log.withLock { $0 } }

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    let message: Message
    switch request {
    case let request as RequestVote: message = .vote(request)
    case let request as AppendEntries: message = .heartbeat(request)
    default: throw Unreachable(peer)
    }
    log.withLock { $0.append(Sending(message: message, peer: peer, time: simulation.now)) }
    simulation.record("S1", "sends \(peer) \(message.told)")
    let answer = script(message, peer)
    if answer.delay > .zero { try await simulation.clock.sleep(for: answer.delay) }
    guard let reply = reply(answer, to: message) as? R.Reply else {
      simulation.record("\(peer)", "is out of reach")
      throw Unreachable(peer)
    }
    return reply
  }

  private func reply(_ answer: Answer, to message: Message) -> (any Sendable)? {
    switch (answer, message) {
    case (.vote(let isGranted, let term, _), .vote(let request)):
      let reply = RequestVote.Reply(term: term ?? request.term, voteGranted: isGranted)
      simulation.record("\(request.candidateID)", "gets \(reply.told)")
      return reply
    case (.heartbeat(let success, let term, _), .heartbeat(let request)):
      let reply = AppendEntries.Reply(term: term ?? request.term, success: success)
      simulation.record("\(request.leaderID)", "gets \(reply.told)")
      return reply
    default: return nil
    }
  }
}

/// The learner's server S1 among scripted peers.
struct Scene<State: ElectionsChapter>: Sendable {
  let simulation: Simulation
  let peers: [ServerID]
  let network: ScriptedPeers
  let timers = RuleTimers()
  let server: State

  init(
    _ simulation: Simulation, servers: Int, saved: PersistentState = PersistentState(),
    _ script: @escaping ScriptedPeers.Script
  ) {
    self.simulation = simulation
    peers = RulePath(servers: servers, saved: saved).peers
    network = ScriptedPeers(simulation, script)
    server = State(
      id: 1, peers: peers, network: network, electionTimer: timers.election,
      heartbeatTimer: timers.heartbeat, restoring: saved)
  }

  /// Makes S1 the leader of the next term, by its rules alone.
  func lead() async {
    let peers = peers
    await server.visit { server in
      let request = server.becomeCandidate()
      for peer in peers where server.report.role == .candidate {
        let reply = RequestVote.Reply(term: request.term, voteGranted: true)
        server.receive(reply, from: peer, to: request)
      }
    }
    timers.forget()
    simulation.record("S1", "leads in term \(await server.report.currentTerm)")
  }

  /// Starts a conversation as a host does, in a task of its own, and goes on with `body`.
  func during(
    _ conversation: @escaping @Sendable () async -> Void,
    _ body: @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask { await conversation() }
      try await body()
    }
  }

  /// Runs both in tasks of their own, so that the schedule decides how they meet.
  func atOnce(
    _ conversation: @escaping @Sendable () async -> Void,
    _ other: @escaping @Sendable () async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await conversation() }
      group.addTask { await other() }
    }
  }

  /// S1 gets a request for its vote in term 5, from S3.
  func candidateOfTermFive() async {
    simulation.record("S3", "sends S1 RequestVote(term 5, candidate S3)")
    _ = await server.receive(RequestVote(term: 5, candidateID: 3))
  }

  func electionTimeout() async {
    simulation.record("host", "election timeout")
    await server.electionTimeoutElapsed()
  }

  func heartbeatInterval() async {
    simulation.record("host", "heartbeat interval")
    await server.heartbeatIntervalElapsed()
  }

  /// Lets virtual time pass until `time`.
  func wait(until time: Duration) async {
    if time > simulation.now { try? await simulation.clock.sleep(for: time - simulation.now) }
  }

  /// Whom S1 sent something, in order.
  var receivers: [ServerID] { network.sendings.map(\.peer) }

  /// The receiver that S1 had no business with, if there is one.
  var stranger: ServerID? { receivers.first { !peers.contains($0) } }
}
