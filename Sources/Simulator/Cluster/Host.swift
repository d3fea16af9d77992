internal import Contracts
internal import Raft

/// What the rest of the cluster knows of a host, whatever the type of its server.
protocol AnyHost: AnyObject, Sendable {
  var anyServer: any RaftServer { get }
  /// The server before anything has happened to it.
  var firstSituation: Situation { get }
  /// Delivers a request; `twice` if the network brings it twice in a row.
  func deliver(_ envelope: Envelope, twice: Bool)
  func elapse(_ kind: TimerKind, generation: Int)
  /// Sees what the server's own conversations have changed.
  func look()
  /// The same in a visit of its own, which is over when this returns.
  func lookNow() async
  /// Begins to read the server's commits, if it is one of chapter 4.
  func readCommits()
  /// Calls `propose`; nil if the server is down, stands still, or takes no commands.
  func propose(_ command: Command) async -> Proposal?
  /// Begins the conversation `submit` for the client of this number; false as above.
  func submit(_ command: Command, as number: Int) -> Bool
  /// Saves, then puts the request on the wire; nil if the server's life is over.
  func dispatch(_ message: Message, to peer: ServerID) async -> Int?
}

/// Runs one life of a server of type `Server`, as the contract says.
///
/// Generic and therefore thin: whatever can be done without the server's type is done elsewhere.
final class Host<Server: RaftServer>: AnyHost {
  let server: Server
  let life: Incarnation
  let commands: Commands<Server>?
  private let lastReport: Box<Server.Report?>
  private let isSeen = Box(false)

  let firstSituation: Situation

  /// Used on the simulation's thread alone.
  private final class Box<Value>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
  }

  init(
    _ life: Incarnation, restoring saved: PersistentState, commands: Commands<Server>?
  ) {
    self.life = life
    self.commands = commands
    server = Server(
      id: life.id, peers: life.seat.peers, network: Line(life),
      electionTimer: life.electionTimer, heartbeatTimer: life.heartbeatTimer, restoring: saved)
    lastReport = Box(nil)
    firstSituation = Situation(FirstReport(saved))
  }

  var anyServer: any RaftServer { server }

  func deliver(_ envelope: Envelope, twice: Bool) {
    life.cluster.spawn { [self] in
      await server.visit { receive(envelope, twice: twice, at: $0) }
    }
  }

  func elapse(_ kind: TimerKind, generation: Int) {
    life.cluster.spawn { [self] in
      await server.elapse(kind) { isDue(kind, generation, at: $0) }
    }
  }

  func look() {
    life.cluster.spawn { [self] in await lookNow() }
  }

  func lookNow() async {
    await server.visit { server in
      if !life.isOver { _ = see(server, isLook: true) }
    }
  }

  func dispatch(_ message: Message, to peer: ServerID) async -> Int? {
    await server.visit { server in
      guard !life.isOver, life.seat.mayGoOn() else { return nil }
      let situation = see(server, isLook: true)
      return life.send(message, to: peer, as: situation, answering: nil)
    }
  }
}

extension Host {
  /// Reads the server's report, and tells the cluster what has changed since the last time.
  func see(_ server: isolated Server, isLook: Bool) -> Situation {
    let before = life.situation ?? firstSituation
    let isFirst = !isSeen.value
    guard let situation = news(of: server) else { return before }
    isSeen.value = true
    life.situation = situation
    if isFirst, situation.persistent == before.persistent, situation.role == before.role,
      situation.commitIndex == 0, situation.lastApplied == 0
    {
      return situation
    }
    // Alone, a server commits what it has just appended, and no message leaves that asks to save.
    if life.seat.peers.isEmpty { life.seat.save(situation) }
    life.cluster.noteChange(of: life, from: before, to: situation, isLook: isLook)
    return situation
  }

  /// What the server reports, unless it has been seen like that before.
  private func news(of server: isolated Server) -> Situation? {
    if let commands {
      let report = commands.report(server)
      return report == life.situation?.replication ? nil : Situation(report)
    }
    let report = server.report
    if report == lastReport.value { return nil }
    lastReport.value = report
    return Situation(report)
  }

  /// Whether an expiry still counts, in the same step as the conversation that it starts.
  private func isDue(_ kind: TimerKind, _ generation: Int, at server: isolated Server) -> Bool {
    guard !life.isOver, life.timer(kind).generation == generation else { return false }
    if life.seat.isPaused {
      life.seat.hold { [life] in life.elapse(kind, generation: generation) }
      return false
    }
    let situation = see(server, isLook: true)
    life.cluster.record(.timerElapsed(life.id, kind, before: situation))
    life.lookSoon()
    return true
  }

  /// Calls the rule for a request, saves, and puts the reply on the wire: one step.
  private func receive(_ envelope: Envelope, twice: Bool, at server: isolated Server) {
    guard !life.isOver else { return life.seat.lose(envelope) }
    if life.seat.isPaused {
      return life.seat.hold { [life] in life.host?.deliver(envelope, twice: twice) }
    }
    life.cluster.record(.delivered(envelope))
    let after = answer(envelope, at: server)
    guard twice, !life.isOver else { return }
    life.cluster.record(.delivered(envelope))
    let again = answer(envelope, at: server)
    life.cluster.judge { $0.deliveredTwice(envelope, after: after, again: again) }
  }

  private func answer(_ envelope: Envelope, at server: isolated Server) -> Situation {
    let before = see(server, isLook: true)
    let call: RuleCall
    let message: Message
    switch envelope.message {
    case .requestVote(let request):
      let reply = server.receive(request)
      call = .requestVote(request, from: envelope.from, reply)
      message = .requestVoteReply(reply, to: request)
    case .appendEntries(let request):
      let reply = server.receive(request)
      call = .appendEntries(request, from: envelope.from, reply)
      message = .appendEntriesReply(reply, to: request)
    case .requestVoteReply, .appendEntriesReply:
      return before
    }
    let after = see(server, isLook: false)
    guard !life.isOver else { return after }
    life.cluster.noteCall(call, of: life, before: before, after: after)
    _ = life.send(message, to: envelope.from, as: after, answering: envelope.number)
    return after
  }
}

extension RaftServer {
  /// Checks an expiry and starts its conversation without a gap between the two.
  fileprivate func elapse(
    _ kind: TimerKind, if isDue: @Sendable (isolated Self) -> Bool
  ) async {
    guard isDue(self) else { return }
    switch kind {
    case .election: await electionTimeoutElapsed()
    case .heartbeat: await heartbeatIntervalElapsed()
    }
  }
}

/// What a server reports that has just started from what was saved: it had no time for more.
private struct FirstReport: ServerReport {
  let persistent: PersistentState
  let role = Role.follower
  let votes: Set<ServerID> = []

  init(_ saved: PersistentState) { persistent = saved }
}

/// One server's way to its peers, for one life.
struct Line: Network {
  private let life: Incarnation

  init(_ life: Incarnation) { self.life = life }

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    try Task.checkCancellation()
    guard let message = Message(request) else { throw Unreachable(peer) }
    guard let number = await life.host?.dispatch(message, to: peer) else {
      _ = try await life.waitForTheEnd()
      throw CancellationError()
    }
    let reply = try await life.reply(to: number, from: peer)
    guard let reply = reply.reply(as: R.Reply.self) else { throw Unreachable(peer) }
    return reply
  }
}
