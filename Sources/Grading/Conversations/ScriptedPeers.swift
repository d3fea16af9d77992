internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization
internal import Traces

/// A server's peers, whose every answer is settled beforehand, and a record of what it sent them.
final class ScriptedPeers: Network {
  /// What a server sends: the same in chapters 3 and 4.
  enum Message: Hashable, Sendable {
    case vote(RequestVote)
    case heartbeat(AppendEntries)

    var told: String {
      switch self {
      case .vote(let request): request.toldInFull
      case .heartbeat(let request): request.toldInFull
      }
    }
  }

  /// What comes back, and when.
  enum Answer: Sendable {
    case vote(granted: Bool, term: Term? = nil, after: Duration = .zero)
    case heartbeat(
      success: Bool, term: Term? = nil, conflict: AppendEntries.Conflict? = nil,
      after: Duration = .zero)
    /// As the contract says, `send` throws once a deadline has passed, and not at once: whoever
    /// asks again and again is no endless loop.
    case unreachable(after: Duration = .milliseconds(500))

    var delay: Duration {
      switch self {
      case .vote(_, _, let delay), .heartbeat(_, _, _, let delay), .unreachable(let delay): delay
      }
    }
  }

  struct Sending: Sendable {
    let message: Message
    let peer: ServerID
    let time: Duration
    /// When its answer had come; nil while it is under way, or lost.
    var answered: Duration?
  }

  typealias Script = @Sendable (Message, ServerID) async -> Answer

  private let sender: ServerID
  private let simulation: Simulation
  private let recorder: SceneRecorder
  private let script: Script
  private let log = Mutex<[Sending]>([])

  init(
    of sender: ServerID, _ simulation: Simulation, _ recorder: SceneRecorder,
    _ script: @escaping Script
  ) {
    self.sender = sender
    self.simulation = simulation
    self.recorder = recorder
    self.script = script
  }

  /// What the server sent, in order.
  var sendings: [Sending] { log.withLock { $0 } }

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    let message: Message
    switch request {
    case let request as RequestVote: message = .vote(request)
    case let request as AppendEntries: message = .heartbeat(request)
    default: throw Unreachable(peer)
    }
    let place = log.withLock {
      $0.append(Sending(message: message, peer: peer, time: simulation.now))
      return $0.count - 1
    }
    simulation.record("\(sender)", "sends \(peer) \(message.told)")
    let number = recorder.sent(message.traced, by: sender, to: peer)
    let answer = await script(message, peer).asOfAPeer(to: message)
    guard let reply = answer.reply(to: message) else {
      recorder.lost(number, to: peer, from: sender)
      if answer.delay > .zero { try await simulation.clock.sleep(for: answer.delay) }
      recorder.unreachable(peer, for: sender, number: number)
      simulation.record("\(peer)", "is out of reach")
      throw Unreachable(peer)
    }
    recorder.delivered(number, to: peer, from: sender)
    let back = recorder.sent(reply.traced, by: peer, to: sender, answering: number)
    if answer.delay > .zero { try await simulation.clock.sleep(for: answer.delay) }
    log.withLock { $0[place].answered = simulation.now }
    simulation.record("\(sender)", "gets \(reply.told)")
    recorder.delivered(back, to: sender, from: peer)
    guard let value = reply.value as? R.Reply else { throw Unreachable(peer) }
    return value
  }
}

extension ScriptedPeers.Message {
  var traced: Trace.Message {
    switch self {
    case .vote(let request): Trace.Message(request)
    case .heartbeat(let request): Trace.Message(request)
    }
  }
}

/// What a scripted peer replies.
private enum ScriptedReply {
  case vote(RequestVote.Reply)
  case heartbeat(AppendEntries.Reply)

  var value: any Sendable {
    switch self {
    case .vote(let reply): reply
    case .heartbeat(let reply): reply
    }
  }

  var told: String {
    switch self {
    case .vote(let reply): reply.told
    case .heartbeat(let reply): reply.told
    }
  }

  var traced: Trace.Message {
    switch self {
    case .vote(let reply): Trace.Message(reply)
    case .heartbeat(let reply): Trace.Message(reply)
    }
  }
}

extension ScriptedPeers.Answer {
  /// No peer refuses its leader a message that builds on nothing: there all logs agree. So whoever
  /// goes back at once, refusal by refusal, comes to an end; of such an answer nothing arrives.
  fileprivate func asOfAPeer(to message: ScriptedPeers.Message) -> Self {
    guard case .heartbeat(success: false, term: nil, _, let delay) = self,
      case .heartbeat(let request) = message, request.prevLogIndex == 0
    else { return self }
    return .unreachable(after: max(delay, .milliseconds(10)))
  }

  /// Nil where none comes back.
  fileprivate func reply(to message: ScriptedPeers.Message) -> ScriptedReply? {
    switch (self, message) {
    case (.vote(let isGranted, let term, _), .vote(let request)):
      .vote(RequestVote.Reply(term: term ?? request.term, voteGranted: isGranted))
    case (.heartbeat(let success, let term, let conflict, _), .heartbeat(let request)):
      .heartbeat(
        AppendEntries.Reply(term: term ?? request.term, success: success, conflict: conflict))
    default: nil
    }
  }
}
