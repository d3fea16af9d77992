internal import Contracts
internal import Platform
internal import Raft
internal import Traces

/// A server as its node shows it.
struct Situation: Sendable {
  let persistent: PersistentState
  let role: Role
  let votes: Set<ServerID>
  /// The whole report of a server of chapter 4.
  let replication: ReplicationReport?
}

/// What the rest of a node knows of its server's host, whatever the server's type.
protocol AnyHost: AnyObject, Sendable {
  /// Calls the rule for a request, saves, and hands on the reply, on the loop's thread.
  ///
  /// - Parameter number: the peer's for this request.
  func deliver(
    _ request: PeerRequest, as number: Int, then answer: @escaping @Sendable (PeerReply) -> Void)
  /// Starts the conversation of a timer that has elapsed.
  func elapse(_ kind: TimerKind, generation: Int)
  /// Has the server stand for election, if its timer runs, and tells whether it did.
  func elect(then tell: @escaping @Sendable (Bool) -> Void)
  /// Tells how the server is, once what it says of itself is on the disk.
  func look(then tell: @escaping @Sendable (Situation) -> Void)
  /// Saves, and then puts the question to the peer.
  func dispatch(_ question: Question) async
  /// Whether clients may hand in commands: from chapter 4 on.
  var takesCommands: Bool { get }
  /// Hands a command to the server, and tells what became of it once that is on the disk.
  func submit(_ command: Command, then tell: @escaping @Sendable (Outcome) -> Void)
  /// The timer after which the server stands for election.
  var electionTimer: HostTimer { get }
  /// Tells a trace, if there is one, what a conversation will have done in a moment.
  func lookSoon()
  /// Delivers nothing any more.
  func end()
}

/// What only servers of chapter 4 can do.
struct Commands<Server: RaftServer>: Sendable {
  let submit: @Sendable (isolated Server, Command) async -> Outcome
  let commits: @Sendable (Server) -> AsyncStream<Commit>
  let report: @Sendable (isolated Server) -> ReplicationReport
}

extension Commands where Server: ReplicationChapter {
  init() {
    submit = { await $0.submit($1) }
    commits = { $0.commits }
    report = { $0.report }
  }
}

/// Runs a server of type `Server`, as the contract says.
///
/// Generic and therefore thin: whatever can be done without the server's type is done elsewhere.
/// Each event is a task that prefers the loop, so that the server's rules run on the loop's thread;
/// what a server does on other threads is safe, too, since it all passes the server's own door.
final class ServerHost<Server: RaftServer>: AnyHost, @unchecked Sendable {
  private let server: Server
  private let loop: EventLoop
  private let outbox: Outbox
  private let timers: Timers
  private let commands: Commands<Server>?
  private let ask: @Sendable (Question) -> Void
  private let itself: Later<any AnyHost>
  private let tracer: Tracer?
  private var isLookDue = false

  /// - Parameter ask: puts a question to its peer; called on the loop's thread.
  init(
    _ world: HostWorld, restoring saved: PersistentState, commands: Commands<Server>?,
    ask: @escaping @Sendable (Question) -> Void
  ) {
    let host = Later<any AnyHost>()
    itself = host
    loop = world.loop
    outbox = world.outbox
    tracer = world.tracer
    timers = Timers(world) { host.value?.elapse($0, generation: $1) }
    self.commands = commands
    self.ask = ask
    server = Server(
      id: world.settings.id, peers: world.settings.peers,
      network: Line { question in
        guard let host = host.value else { return question.answer(.failure(CancellationError())) }
        await host.dispatch(question)
      } onEnd: {
        host.value?.lookSoon()
      },
      electionTimer: timers.election, heartbeatTimer: timers.heartbeat, restoring: saved)
    host.value = self
    if let commits = commands?.commits(server) {
      // Clients hear from `submit`, and nobody else is interested here: a stream whose reader is
      // cancelled keeps nothing, and costs nothing when a whole log is applied anew.
      Task(executorPreference: loop) { for await _ in commits {} }.cancel()
    }
    timers.election.restart()
  }

  var takesCommands: Bool { commands != nil }
  var electionTimer: HostTimer { timers.election }

  func end() {
    timers.end()
    // The server knows its network, the network its host, and the host its server.
    itself.value = nil
  }

  func deliver(
    _ request: PeerRequest, as number: Int, then answer: @escaping @Sendable (PeerReply) -> Void
  ) {
    Task(executorPreference: loop) { [self] in
      await server.visit { server in
        let reply = tracer == nil ? server.reply(to: request) : tell(request, number, at: server)
        outbox.leave(with: server.report.persistent) { answer(reply) }
      }
    }
  }

  func elapse(_ kind: TimerKind, generation: Int) {
    Task(executorPreference: loop) { [self] in
      await server.elapse(kind) { server in
        guard timers.isPresent(kind, generation) else { return false }
        tellElapsed(kind, at: server)
        return true
      }
    }
  }

  func elect(then tell: @escaping @Sendable (Bool) -> Void) {
    Task(executorPreference: loop) { [self] in
      await server.elapse(.election) { server in
        // Only here: a heartbeat that is already under way to the server would take it back.
        let runs = timers.election.takeExpiry()
        if runs { tellElapsed(.election, at: server) }
        outbox.leave(with: server.report.persistent) { tell(runs) }
        return runs
      }
    }
  }

  func look(then tell: @escaping @Sendable (Situation) -> Void) {
    Task(executorPreference: loop) { [self] in
      await server.visit { server in
        let situation = situation(of: server)
        outbox.leave(with: situation.persistent) { tell(situation) }
      }
    }
  }

  private func situation(of server: isolated Server) -> Situation {
    let report = server.report
    return Situation(
      persistent: report.persistent, role: report.role, votes: report.votes,
      replication: commands?.report(server))
  }

  func dispatch(_ question: Question) async {
    await server.visit { server in
      tracer?.see(situation(of: server))
      outbox.leave(with: server.report.persistent) { [self] in ask(question) }
    }
  }

  func submit(_ command: Command, then tell: @escaping @Sendable (Outcome) -> Void) {
    guard let commands else { return }
    Task(executorPreference: loop) { [self] in
      let client = tracer?.submitted(command)
      if client != nil { lookSoon() }
      await server.submit(command, commands) { [self] server, outcome in
        if let tracer, let client {
          tracer.see(situation(of: server))
          tracer.answered(command, outcome, to: client)
        }
        outbox.leave(with: server.report.persistent) { tell(outcome) }
      }
    }
  }
}

// MARK: - For a trace

extension ServerHost {
  private func tellElapsed(_ kind: TimerKind, at server: isolated Server) {
    guard let tracer else { return }
    tracer.see(situation(of: server))
    tracer.timer(.timerElapsed, kind)
    lookSoon()
  }

  /// Calls the rule for a request, and tells what it did.
  private func tell(
    _ request: PeerRequest, _ question: Int, at server: isolated Server
  ) -> PeerReply {
    let number = Traffic.number(question, from: request.sender, isReply: false)
    tracer?.see(situation(of: server))
    tracer?.delivered(Trace.Message(request), number, from: request.sender)
    let reply = server.reply(to: request)
    tracer?.see(
      situation(of: server),
      after: Tracer.Call(request: request, reply: reply, number: number))
    return reply
  }

  func lookSoon() {
    guard let tracer else { return }
    loop.perform { [self] in
      guard !isLookDue else { return }
      isLookDue = true
      // The conversation needs a few turns of the loop to carry what it was told to a rule.
      loop.after(500_000) { [self] in
        isLookDue = false
        Task(executorPreference: loop) { [self] in
          await server.visit { [self] in tracer.see(situation(of: $0)) }
        }
      }
    }
  }
}

extension RaftServer {
  fileprivate func reply(to request: PeerRequest) -> PeerReply {
    switch request {
    case .requestVote(let request): .requestVote(receive(request))
    case .appendEntries(let request): .appendEntries(receive(request))
    }
  }

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

  /// Hands on the answer in the step in which the conversation ends.
  fileprivate func submit(
    _ command: Command, _ commands: Commands<Self>,
    then tell: @Sendable (isolated Self, Outcome) -> Void
  ) async {
    let outcome = await commands.submit(self, command)
    tell(self, outcome)
  }
}
