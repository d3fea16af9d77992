internal import Contracts
internal import Raft
internal import Synchronization

/// A request on its way, and the conversation that waits for the reply.
final class Question: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<PeerReply, any Error>)
    case answered(Result<PeerReply, any Error>)
  }

  let request: PeerRequest
  let peer: ServerID
  private let state = Mutex(State.open)

  init(_ request: PeerRequest, to peer: ServerID) {
    self.request = request
    self.peer = peer
  }

  /// Answers it, unless that has been done. From any thread.
  func answer(_ result: Result<PeerReply, any Error>) {
    let waiting = state.withLock { state -> CheckedContinuation<PeerReply, any Error>? in
      switch state {
      case .open:
        state = .answered(result)
        return nil
      case .awaited(let continuation):
        state = .answered(result)
        return continuation
      case .answered: return nil
      }
    }
    waiting?.resume(with: result)
  }

  /// Waits for the answer. Once only.
  func reply() async throws -> PeerReply {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<PeerReply, any Error>? in
          if case .answered(let result) = state { return result }
          state = .awaited(continuation)
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      answer(.failure(CancellationError()))
    }
  }
}

/// One server's way to its peers.
struct Line: Network {
  /// Saves, and then sends.
  let dispatch: @Sendable (Question) async -> Void
  /// Told before the server's conversation learns how a question ended.
  let onEnd: @Sendable () -> Void

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    try Task.checkCancellation()
    guard let message = PeerRequest(request) else { throw Unreachable(peer) }
    let question = Question(message, to: peer)
    await dispatch(question)
    defer { onEnd() }
    guard let reply = try await question.reply().as(R.Reply.self) else { throw Unreachable(peer) }
    return reply
  }
}
