internal import Platform
internal import Raft

/// A connection that somebody has opened at this server's door. On the loop's thread.
final class Guest: @unchecked Sendable {
  var onHello: ((Hello) -> Void)?
  /// Told of a request, under its number.
  var onRequest: ((PeerRequest, Int, @escaping @Sendable (PeerReply) -> Void) -> Void)?
  /// Told when it has gone, and what it has done wrong, if anything.
  var onEnd: ((String?) -> Void)?
  /// Who it is, once it is let in.
  private(set) var peer: ServerID?

  private let connection: Connection
  private let lane: Lane
  private let world: HostWorld
  private var limits: Limits { world.limits }
  private var reader = FrameReader(limit: PeerMessage.mostOfHello)
  private var unanswered = 0
  private var isLeaving = false
  private var isCut = false
  private let since = MonotonicClock.nanoseconds

  init(_ connection: Connection, _ world: HostWorld) {
    self.connection = connection
    self.world = world
    lane = Lane(connection, world)
  }

  func start() {
    connection.onBytes = { [weak self] in self?.read($0) }
    connection.onEnd = { [weak self] _ in self?.close() }
  }

  func letIn(_ peer: ServerID) {
    self.peer = peer
    reader.limit = PeerMessage.most
    connection.send(PeerMessage.welcome.frame ?? [])
  }

  func refuse(_ reason: String) {
    connection.send(PeerMessage.refusal(reason).frame ?? [])
    connection.end()
    leave(nil)
  }

  func close() {
    connection.close()
    leave(nil)
  }

  /// Closes the connection as a network does that is cut.
  func cut() {
    isCut = true
    close()
  }

  /// Sends all that was held back.
  func release() { lane.release() }

  /// Shows it out; a peer is told why, a stranger would make nothing of it.
  private func close(because complaint: String) {
    if peer != nil { connection.send(PeerMessage.refusal(complaint + ".").frame ?? []) }
    connection.end()
    leave(complaint)
  }

  private func leave(_ complaint: String?) {
    guard !isLeaving else { return }
    isLeaving = true
    let tell = onEnd
    (onHello, onRequest, onEnd) = (nil, nil, nil)
    tell?(complaint)
  }

  /// Closes a connection that says nothing of itself, or takes nothing. Called now and then.
  func sweep(_ now: Int64) {
    if peer == nil, now - since > limits.greeting { return close() }
    if connection.unsent > 0, now - connection.lastTaken > limits.stall { close() }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    reader.add(bytes)
    advance()
  }

  /// Takes as many messages as may be in work at once.
  private func advance() {
    do {
      while !isLeaving, unanswered < limits.unansweredRequests, let message = try reader.next() {
        take(message)
      }
    } catch {
      return close(because: error.description)
    }
    connection.isReading = unanswered < limits.unansweredRequests
  }

  private func take(_ message: PeerMessage) {
    switch message {
    case .hello(let hello) where peer == nil: onHello?(hello)
    case .request(let number, let request) where peer != nil:
      guard request.sender == peer else {
        return close(because: "it sent a message in the name of \(request.sender)")
      }
      unanswered += 1
      onRequest?(request, number) { [weak self] in self?.answer(number, $0) }
    default: close(because: "it said what has no place there")
    }
  }

  private func answer(_ number: Int, _ reply: PeerReply) {
    if let peer { world.traffic.sent(reply, number, to: peer, send(reply, to: number)) }
  }

  /// Nil where the reply is on its way, or else why it is not.
  private func send(_ reply: PeerReply, to number: Int) -> Loss? {
    guard !isLeaving else { return isCut ? .cut : .down }
    unanswered -= 1
    guard !lane.isFull else {
      connection.close()
      leave("it does not read its replies")
      return .down
    }
    let isOnItsWay = lane.send(PeerMessage.reply(number: number, reply).frame ?? [])
    if !connection.isReading { advance() }
    return isOnItsWay ? nil : .dropped
  }
}
