internal import Contracts
internal import Raft
internal import Simulator

extension CheckRuns {
  /// Runs `body` for one size under every schedule, and for a larger one under seeds: there, even
  /// the reference has too many schedules to try them all.
  func everySchedule(
    of small: Int, andSeedsOf large: Int,
    _ body: @escaping @Sendable (Simulation, _ servers: Int) async throws -> Void
  ) throws {
    try everySchedule { try await body($0, small) }
    try seeds(100) { try await body($0, large) }
  }
}

/// The learner's server S1 among scripted peers.
struct Scene<State: RaftServer>: Sendable {
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
    peers = ElectionStart(servers: servers, saved: saved).peers
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
    simulation.record("S1", "leads in term \(await server.report.persistent.currentTerm)")
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

/// A check of a conversation: one rule, and the runs that tell whether it is kept.
func conversation(
  _ id: String, _ sentence: String, section: String = "§5.2", calling call: String,
  _ body: @escaping @Sendable (CheckRuns) throws -> Void
) -> Check {
  Check(id, sentence, section: section, calling: call) { rule in
    try body(CheckRuns(rule: rule, call: call))
  }
}
