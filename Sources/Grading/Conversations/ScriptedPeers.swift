internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

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
    case unreachable(after: Duration = .zero)

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
  }

  typealias Script = @Sendable (Message, ServerID) async -> Answer

  private let sender: ServerID
  private let simulation: Simulation
  private let script: Script
  private let log = Mutex<[Sending]>([])

  init(of sender: ServerID, _ simulation: Simulation, _ script: @escaping Script) {
    self.sender = sender
    self.simulation = simulation
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
    log.withLock { $0.append(Sending(message: message, peer: peer, time: simulation.now)) }
    simulation.record("\(sender)", "sends \(peer) \(message.told)")
    let answer = await script(message, peer)
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
    case (.heartbeat(let success, let term, let conflict, _), .heartbeat(let request)):
      let reply = AppendEntries.Reply(
        term: term ?? request.term, success: success, conflict: conflict)
      simulation.record("\(request.leaderID)", "gets \(reply.told)")
      return reply
    default: return nil
    }
  }
}
