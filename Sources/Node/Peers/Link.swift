internal import Contracts
internal import Platform
internal import Raft

/// The connection over which this server puts its questions to one peer. On the loop's thread.
///
/// What cannot leave at once is lost, as a network may: a question that is asked later again is
/// worth more than an old one. Its conversation hears so at the deadline, and not before.
final class Link: @unchecked Sendable {
  /// What `status` says of a peer.
  enum State: String { case connected, connecting, cut }

  private let peer: ServerID
  private let address: SocketAddress
  private let world: HostWorld
  private let notices: Notices
  private var connection: Connection?
  private var lane: Lane?
  private var reader = FrameReader()
  private var isWelcome = false
  private var since: Int64 = 0
  private var backoff: Int64
  /// Counts the attempts, so that an earlier one's timer means nothing to a later one.
  private var attempt = 0
  private var waiting: [Int: Question] = [:]
  private var isOver = false

  /// Whether nothing may pass.
  var isCut = false {
    didSet {
      guard isCut != oldValue else { return }
      if isCut { drop() } else { connectSoon() }
    }
  }

  var state: State { isCut ? .cut : isWelcome ? .connected : .connecting }

  init(to peer: ServerID, at address: SocketAddress, _ world: HostWorld, _ notices: Notices) {
    self.peer = peer
    self.address = address
    self.world = world
    self.notices = notices
    backoff = world.limits.backoff.lowerBound
  }

  /// Puts a question to the peer, if the way is free.
  func ask(_ question: Question) {
    guard !isOver, waiting.count < world.limits.questions else {
      return question.answer(.failure(Unreachable(peer)))
    }
    let number = world.traffic.nextQuestion()
    waiting[number] = question
    world.loop.after(world.limits.replyDeadline) { [weak self] in self?.giveUp(number) }
    world.traffic.sent(question.request, number, to: peer, send(question.request, as: number))
  }

  /// Nil where the question is on its way, or else why it is not.
  private func send(_ request: PeerRequest, as number: Int) -> Loss? {
    guard isWelcome, let lane else { return isCut ? .cut : .down }
    guard !lane.isFull else { return .dropped }
    guard let frame = PeerMessage.request(number: number, request).frame else {
      notices.note(
        "long \(peer)",
        "A message to \(peer) is longer than \(PeerMessage.most >> 20) MB, and was not sent: "
          + "log.batch(from:) takes what goes well into one message.")
      return .dropped
    }
    return lane.send(frame) ? nil : .dropped
  }

  /// Sends all that was held back.
  func release() { lane?.release() }

  private func giveUp(_ number: Int) {
    guard let question = waiting.removeValue(forKey: number) else { return }
    world.traffic.gaveUp(number, to: peer)
    question.answer(.failure(Unreachable(peer)))
  }

  func end() {
    isOver = true
    drop()
    let questions = waiting.values
    waiting = [:]
    for question in questions { question.answer(.failure(CancellationError())) }
  }
}

// MARK: - Connecting

extension Link {
  /// Tries again at once: the peer has just shown that it is there.
  func connectSoon() {
    guard !isWelcome else { return }
    backoff = world.limits.backoff.lowerBound
    if connection == nil { connect() }
  }

  func connect() {
    guard !isOver, !isCut, connection == nil else { return }
    attempt += 1
    let present = attempt
    since = MonotonicClock.nanoseconds
    Connecting.begin(to: address, on: world.loop) { [weak self] result in
      guard let self, attempt == present, !isOver, !isCut else { return }
      switch result {
      case .success(let connection): begin(connection)
      case .failure: retryLater()
      }
    }
  }

  private func begin(_ connection: Connection) {
    self.connection = connection
    lane = Lane(connection, world)
    reader = FrameReader(limit: PeerMessage.mostOfHello)
    let settings = world.settings
    connection.onOpen = { [weak self, unowned connection] in
      guard let self else { return }
      let hello = Hello(from: settings.id, to: peer, servers: settings.servers.count)
      connection.send(PeerMessage.hello(hello).frame ?? [])
    }
    connection.onBytes = { [weak self] in self?.read($0) }
    connection.onEnd = { [weak self] _ in self?.lose() }
  }

  private func lose() {
    drop()
    retryLater()
  }

  /// Closes the connection, if there is one.
  private func drop() {
    attempt += 1
    connection?.close()
    (connection, lane) = (nil, nil)
    isWelcome = false
  }

  /// Comes back after a pause that grows, and that differs from server to server.
  private func retryLater() {
    guard !isOver, !isCut else { return }
    attempt += 1
    let present = attempt
    let pause = world.chance.pick(from: backoff / 2...backoff)
    backoff = min(backoff * 2, world.limits.backoff.upperBound)
    world.loop.after(pause) { [weak self] in
      guard let self, attempt == present else { return }
      connect()
    }
  }

  /// Closes a connection on which nothing moves. Called now and then.
  func sweep(_ now: Int64) {
    guard let connection else { return }
    let isLate = !isWelcome && now - since > world.limits.greeting
    let isStuck = connection.unsent > 0 && now - connection.lastTaken > world.limits.stall
    if isLate || isStuck { lose() }
  }
}

// MARK: - Listening

extension Link {
  private func read(_ bytes: UnsafeRawBufferPointer) {
    reader.add(bytes)
    do {
      while let message = try reader.next() {
        guard take(message) else { return lose() }
      }
    } catch {
      notices.note("broken \(peer)", "\(peer) at \(address) sent what is no message: \(error).")
      lose()
    }
  }

  /// Takes a message of the peer; false where it should not have come.
  private func take(_ message: PeerMessage) -> Bool {
    switch message {
    case .welcome where !isWelcome:
      isWelcome = true
      reader.limit = PeerMessage.most
      backoff = world.limits.backoff.lowerBound
      return true
    case .reply(let number, let reply) where isWelcome:
      let question = waiting.removeValue(forKey: number)
      world.traffic.received(reply, number, from: peer, isAwaited: question != nil)
      question?.answer(.success(reply))
      return true
    case .refusal(let reason):
      notices.note("refused \(peer)", "\(peer) at \(address) refused this server: \(reason)")
      return false
    default:
      notices.note("broken \(peer)", "\(peer) at \(address) said what nobody had asked it.")
      return false
    }
  }
}
