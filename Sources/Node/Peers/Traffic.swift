internal import Platform
internal import Raft
internal import Traces

/// Why a message was lost, in the words of traces.
enum Loss: String {
  /// There was no room for it on its way.
  case dropped
  /// The way was cut.
  case cut
  /// Its receiver could not be reached.
  case down
  /// A reply that nobody waits for any more.
  case unawaited
}

/// What a server sends: every message has a number of its own, and the last ones are kept for
/// whoever watches. On the loop's thread.
final class Traffic: @unchecked Sendable {
  /// A message as the network saw it.
  struct Sent {
    /// Its place among all that this server has sent.
    let place: Int
    let number: Int
    let peer: ServerID
    let kind: PeerRequest.Kind
    let isReply: Bool
    let term: Term
    let loss: Loss?
  }

  /// How many messages are kept.
  static let most = 64

  private let id: ServerID
  private let tracer: Tracer?
  private var questions: Int
  /// The last message's place.
  private(set) var last: Int
  private var kept: [Sent] = []

  /// - Parameter start: when the server's life began, in nanoseconds. Both counts begin with it, so
  ///   that they go on rising from life to life: none sends 100,000 messages a second.
  init(of id: ServerID, _ tracer: Tracer? = nil, since start: Int64) {
    self.id = id
    self.tracer = tracer
    questions = Int(start / 10_000) / Self.most * Self.most
    last = questions
    kept.reserveCapacity(Self.most)
  }

  /// The number that a question's frame carries, and its reply's.
  func nextQuestion() -> Int {
    questions += 1
    return questions
  }

  /// A message's number in the whole cluster: sender and receiver come to the same.
  ///
  /// - Parameter question: as the frame says, so it may be anything.
  static func number(_ question: Int, from asker: ServerID, isReply: Bool) -> Int {
    (question &* 100 &+ asker.number) &* 2 &+ (isReply ? 1 : 0)
  }

  /// Notes a question to a peer, and why it is lost, where that is known.
  func sent(_ request: PeerRequest, _ question: Int, to peer: ServerID, _ loss: Loss?) {
    let number = Self.number(question, from: id, isReply: false)
    keep(number, peer, request.kind, isReply: false, request.term, loss)
    tracer?.sent(Trace.Message(request), number, to: peer, loss)
  }

  /// Notes the reply to a peer's question.
  func sent(_ reply: PeerReply, _ question: Int, to peer: ServerID, _ loss: Loss?) {
    let number = Self.number(question, from: peer, isReply: true)
    keep(number, peer, reply.kind, isReply: true, reply.term, loss)
    let asked = Self.number(question, from: peer, isReply: false)
    tracer?.sent(Trace.Message(reply), number, to: peer, answers: asked, loss)
  }

  /// Notes that a reply has come, and whether somebody has waited for it.
  func received(_ reply: PeerReply, _ question: Int, from peer: ServerID, isAwaited: Bool) {
    guard let tracer else { return }
    let number = Self.number(question, from: id, isReply: true)
    guard isAwaited else { return tracer.lost(number, from: peer, to: id, .unawaited) }
    let asked = Self.number(question, from: id, isReply: false)
    tracer.delivered(Trace.Message(reply), number, from: peer, answers: asked)
  }

  /// Notes that no reply came in time.
  func gaveUp(_ question: Int, to peer: ServerID) {
    tracer?.tell(
      .unreachable, peer: peer, number: Self.number(question, from: id, isReply: false))
  }

  private func keep(
    _ number: Int, _ peer: ServerID, _ kind: PeerRequest.Kind, isReply: Bool, _ term: Term,
    _ loss: Loss?
  ) {
    last += 1
    let message = Sent(
      place: last, number: number, peer: peer, kind: kind, isReply: isReply, term: term,
      loss: loss)
    if kept.count < Self.most {
      kept.append(message)
    } else {
      // Both counts began at a multiple: this is where the oldest stands.
      kept[(last - 1) % Self.most] = message
    }
  }

  /// What was sent after the message of this place, in order, as far as it is kept.
  func messages(after place: Int) -> [Sent] {
    kept.filter { $0.place > place }.sorted { $0.place < $1.place }
  }
}
