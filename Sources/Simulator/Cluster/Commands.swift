public import Contracts
public import Raft

/// What a client hears of a command that it has handed to a server.
public enum Submission: Hashable, Sendable {
  /// The server's answer.
  case heard(Outcome)
  /// The server was down, or takes no commands: the command has reached nobody.
  case unreachable
  /// The server's life ended before it had answered: the command may be in a log, or in none.
  case crashed
  /// No answer came within the time that the client would wait. As after a crash, nobody knows.
  case late
}

/// How a host hands commands to a server of type `Server`: what only chapter 4 can do.
struct Commands<Server: RaftServer>: Sendable {
  let propose: @Sendable (isolated Server, Command) -> Proposal
  let submit: @Sendable (isolated Server, Command) async -> Outcome
  let commits: @Sendable (Server) -> AsyncStream<Commit>
  /// The report by its own type, which the simulator's code is compiled for.
  let report: @Sendable (isolated Server) -> ReplicationReport
}

extension Commands where Server: ReplicationChapter {
  init() {
    propose = { $0.propose($1) }
    submit = { await $0.submit($1) }
    commits = { $0.commits }
    report = { $0.report }
  }
}

extension Cluster {
  /// Calls the rule `propose` of a server, and saves before the answer leaves it.
  ///
  /// - Returns: nil if the server is down, stands still, or takes no commands.
  @discardableResult
  public func propose(_ command: Command, at id: ServerID) async -> Proposal? {
    await seat(id)?.incarnation?.host?.propose(command)
  }

  /// Hands a command to a server as a client does, and waits for what becomes of it.
  ///
  /// The server's `submit` runs in a task of its own, which outlives a client that waits no longer.
  /// What the client is told is saved before it hears of it. A server that stands still takes the
  /// command, and answers, when it goes on.
  public func submit(
    _ command: Command, at id: ServerID, patience: Duration? = nil
  ) async -> Submission {
    commandsHandedOver += 1
    let number = commandsHandedOver
    guard let life = seat(id)?.incarnation else { return .unreachable }
    return await withUnsafeContinuation { continuation in
      life.clients[number] = Incarnation.Client(command: command, continuation: continuation)
      guard life.host?.submit(command, as: number) == true else {
        return life.tell(.unreachable, to: number)
      }
      if let patience { after(patience.nanoseconds) { life.tell(.late, to: number) } }
    }
  }

  /// Calls a rule on behalf of a client, and saves before what the rule returned leaves the server.
  ///
  /// - Returns: nil if the server's life has ended by then, or if it stands still.
  public func call<Server: RaftServer, Result: Sendable>(
    _ server: Server, on id: ServerID,
    _ rule: @escaping @Sendable (isolated Server) -> Result
  ) async -> Result? {
    guard let host = seat(id)?.incarnation?.host as? Host<Server>, host.anyServer === server
    else { return nil }
    return await host.call(rule)
  }
}

extension Host {
  func call<Result: Sendable>(
    _ rule: @escaping @Sendable (isolated Server) -> Result
  ) async -> Result? {
    await server.visit { server in
      guard !life.isOver, !life.seat.isPaused else { return nil }
      _ = see(server, isLook: true)
      let result = rule(server)
      life.seat.save(see(server, isLook: true))
      return result
    }
  }

  func propose(_ command: Command) async -> Proposal? {
    guard let commands else { return nil }
    return await server.visit { server in
      guard !life.isOver, !life.seat.isPaused else { return nil }
      life.seat.noteCommand()
      let before = see(server, isLook: true)
      let proposal = commands.propose(server, command)
      let after = see(server, isLook: false)
      life.cluster.noteCall(.propose(command, proposal), of: life, before: before, after: after)
      life.seat.save(after)
      return proposal
    }
  }

  func submit(_ command: Command, as number: Int) -> Bool {
    guard let commands else { return false }
    life.cluster.spawn { [self] in await server.submit(command, as: number, to: self, commands) }
    return true
  }

  /// Whether a command is taken now, in the same step as the conversation that it starts.
  fileprivate func takes(
    _ command: Command, as number: Int, at server: isolated Server
  ) -> Bool {
    guard !life.isOver else { return false }
    if life.seat.isPaused {
      life.seat.hold { [self] in _ = submit(command, as: number) }
      return false
    }
    _ = see(server, isLook: true)
    life.seat.noteCommand()
    life.cluster.record(.submitted(life.id, command, number: number))
    life.lookSoon()
    return true
  }

  /// Saves, and lets the client have its answer.
  fileprivate func answer(
    _ outcome: Outcome, to number: Int, at server: isolated Server
  ) {
    guard !life.isOver else { return }
    life.seat.save(see(server, isLook: true))
    life.tell(.heard(outcome), to: number)
  }
}

extension RaftServer {
  /// Takes a command and starts its conversation without a gap between the two.
  fileprivate func submit(
    _ command: Command, as number: Int, to host: Host<Self>, _ commands: Commands<Self>
  ) async {
    guard host.takes(command, as: number, at: self) else { return }
    let outcome = await commands.submit(self, command)
    host.answer(outcome, to: number, at: self)
  }
}

extension Incarnation {
  /// Tells a client something, unless it has been told before; later, if the server stands still.
  func tell(_ submission: Submission, to number: Int) {
    guard let client = clients[number] else { return }
    if submission != .late, seat.isPaused {
      return seat.hold { [self] in tell(submission, to: number) }
    }
    clients[number] = nil
    tell(submission, to: client, number)
  }

  func tell(_ submission: Submission, to client: Client, _ number: Int) {
    cluster.record(.answered(id, client.command, submission, number: number))
    client.continuation.resume(returning: submission)
  }
}
