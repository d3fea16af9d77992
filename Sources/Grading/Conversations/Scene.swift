internal import Contracts
internal import Raft
internal import Simulator
internal import Traces

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

/// The learner's server among scripted peers: S1, unless its number is what a check is about.
struct Scene<State: RaftServer>: Sendable {
  let simulation: Simulation
  let id: ServerID
  let peers: [ServerID]
  let network: ScriptedPeers
  private let recorder: SceneRecorder
  let timers = RuleTimers()
  let server: State

  init(
    _ simulation: Simulation, servers: Int, id: ServerID = 1,
    saved: PersistentState = PersistentState(), _ script: @escaping ScriptedPeers.Script
  ) {
    self.simulation = simulation
    self.id = id
    peers = Seat(number: id.number).peers(of: servers)
    simulation.forgetEvents()
    recorder = SceneRecorder(simulation)
    network = ScriptedPeers(of: id, simulation, recorder, script)
    server = State(
      id: id, peers: peers, network: network, electionTimer: timers.election,
      heartbeatTimer: timers.heartbeat, restoring: saved)
    recorder.started(id, from: saved)
    for peer in peers { recorder.started(peer) }
  }

  /// Makes the server the leader of the next term, by its rules alone.
  func lead() async {
    let peers = peers
    await looking(at: "becomeCandidate, and votes of its peers") { server in
      let request = server.becomeCandidate()
      for peer in peers where server.report.role == .candidate {
        let reply = RequestVote.Reply(term: request.term, voteGranted: true)
        server.receive(reply, from: peer, to: request)
      }
    }
    timers.forget()
    let report = await server.report
    // Where a rule of elections is not right yet, it does not lead, and what it sends shows that.
    let deed = report.role == .leader ? "leads" : "has every vote, and is a \(report.role.rawValue)"
    simulation.record("\(id)", "\(deed) in term \(report.currentTerm)")
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
  func candidateOfTermFive() async { await hear(RequestVote(term: 5, candidateID: 3)) }

  /// S1 gets a request for its vote.
  func hear(_ request: RequestVote) async {
    simulation.record("\(request.candidateID)", "sends S1 \(request.toldInFull)")
    _ = await hear(.vote(request), from: request.candidateID, calling: "RequestVote") { server in
      let reply = server.receive(request)
      return (reply, Trace.Message(reply))
    }
  }

  /// S1 hears from a leader.
  @discardableResult
  func hear(_ request: AppendEntries) async -> AppendEntries.Reply {
    simulation.record("\(request.leaderID)", "sends S1 \(request.toldInFull)")
    return await hear(.heartbeat(request), from: request.leaderID, calling: "AppendEntries") {
      let reply = $0.receive(request)
      return (reply, Trace.Message(reply))
    }
  }

  private func hear<Reply: Sendable>(
    _ message: ScriptedPeers.Message, from peer: ServerID, calling rule: String,
    _ call: @Sendable (isolated State) -> (Reply, Trace.Message)
  ) async -> Reply {
    let number = recorder.sent(message.traced, by: peer, to: id)
    recorder.delivered(number, to: id, from: peer)
    return await looking(at: rule, call) { event, reply in
      (event.peer, event.number, event.message) = (peer, number, reply.1)
    }.0
  }

  /// Calls rules of the server as one step, and keeps for the picture what they changed.
  @discardableResult
  func looking<Result: Sendable>(
    at rule: String, _ call: @Sendable (isolated State) -> Result,
    describe: (inout Trace.Event, Result) -> Void = { _, _ in }
  ) async -> Result {
    let (before, result, after) = await server.visit { ($0.report, call($0), $0.report) }
    recorder.called(rule, of: id, before: before, after: after) { describe(&$0, result) }
    return result
  }

  func electionTimeout() async {
    simulation.record("host", "election timeout")
    recorder.elapsed(.election, of: id)
    await server.electionTimeoutElapsed()
  }

  /// Starts an election as a host does, and goes on with `body`. Then a later term ends it, and
  /// whoever asks silent peers again for as long as it lasts has an end too (§5.1).
  func election(_ body: @Sendable () async throws -> Void) async throws {
    try await during(electionTimeout) {
      do {
        try await body()
        await server.observe(1_000)
      } catch {
        await server.observe(1_000)
        throw error
      }
    }
  }

  func heartbeatInterval() async {
    simulation.record("host", "heartbeat interval")
    recorder.elapsed(.heartbeat, of: id)
    await server.heartbeatIntervalElapsed()
  }

  /// Lets virtual time pass until `time`.
  func wait(until time: Duration) async {
    if time > simulation.now { try? await simulation.clock.sleep(for: time - simulation.now) }
  }

  /// Whom the server sent something, in order.
  var receivers: [ServerID] { network.sendings.map(\.peer) }

  /// The same in words, one as often as it was sent something.
  var receiversInOrder: String {
    receivers.isEmpty ? "nobody" : receivers.map(\.description).joined(separator: ", ")
  }

  /// The receiver that the server had no business with, if there is one.
  var stranger: ServerID? { receivers.first { !peers.contains($0) } }
}

/// Every server of every cluster of these sizes.
func everySeat(
  of sizes: ClosedRange<Int>, _ body: (_ servers: Int, _ id: ServerID) throws -> Void
) rethrows {
  for servers in sizes {
    for number in 1...servers { try body(servers, ServerID(number)) }
  }
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
