package import Platform

/// Where clients come in. On the loop's thread.
package final class ClientPort: @unchecked Sendable {
  /// Answers a request, now or later.
  package typealias Handler = (HTTPRequest, @escaping @Sendable (HTTPResponse) -> Void) -> Void

  private let listener: Listener
  private let limits: Limits
  private let handler: Handler
  private var clients: [ObjectIdentifier: Client] = [:]

  /// How many are connected.
  var count: Int { clients.count }

  package init(_ listener: Listener, _ limits: Limits, handler: @escaping Handler) {
    self.listener = listener
    self.limits = limits
    self.handler = handler
  }

  package func start() {
    listener.onConnection = { [weak self] in self?.welcome($0) }
    listener.start()
  }

  private func welcome(_ connection: Connection) {
    guard clients.count < limits.clients else {
      let error = HTTPError(.unavailable, "\(limits.clients) clients are connected: try later.")
      connection.send(HTTPResponse(error).bytes(keepsAlive: false))
      return connection.end()
    }
    let client = Client(connection, limits, handler)
    let name = ObjectIdentifier(client)
    clients[name] = client
    client.onEnd = { [weak self] in self?.clients[name] = nil }
    client.start()
  }

  package func sweep(_ now: Int64) {
    for client in clients.values { client.sweep(now) }
  }

  package func end() {
    listener.close()
    for client in clients.values { client.close() }
  }
}

/// One client's connection: a request, its answer, the next request. On the loop's thread.
final class Client: @unchecked Sendable {
  private enum Phase {
    case idle, receiving
    /// Waits for the answer to the request of this number, which wants this done about it.
    case answering(number: Int, keepsAlive: Bool, withBody: Bool)
    /// Listens, and has nothing to say any more.
    case listening(EventStream)
  }

  var onEnd: (() -> Void)?
  private let connection: Connection
  private let limits: Limits
  private let handler: ClientPort.Handler
  private var parser: HTTPParser
  private var phase = Phase.idle
  private var since = MonotonicClock.nanoseconds
  private var requests = 0
  private var isLast = false

  init(_ connection: Connection, _ limits: Limits, _ handler: @escaping ClientPort.Handler) {
    self.connection = connection
    self.limits = limits
    self.handler = handler
    parser = HTTPParser(bodyLimit: limits.body)
  }

  func start() {
    connection.onBytes = { [weak self] in self?.read($0) }
    connection.onEnd = { [weak self] in self?.hearEnd($0) }
  }

  func close() {
    connection.close()
    leave()
  }

  private func leave() {
    let tell = onEnd
    onEnd = nil
    tell?()
    if case .listening(let stream) = phase { stream.end() }
  }

  /// Whoever has said his last may still wait for an answer.
  private func hearEnd(_ error: SystemError?) {
    if error == nil, case .answering = phase { isLast = true } else { close() }
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    if case .listening = phase { return }
    parser.add(bytes)
    advance()
  }

  /// Takes the next request, if it is there and no other waits for its answer.
  private func advance() {
    if case .answering = phase {
      // Requests may follow each other without waiting, but not for ever.
      connection.isReading = parser.count <= HTTPParser.mostOfHead
      return
    }
    connection.isReading = true
    do {
      guard let request = try parser.next() else {
        if parser.takeContinue() { connection.send(HTTPResponse.goOn) }
        return enter(parser.isInside ? .receiving : .idle)
      }
      take(request)
    } catch {
      refuse(error)
    }
  }

  private func enter(_ next: Phase) {
    // A request that trickles in has as long as any other.
    if case .receiving = next, case .receiving = phase { return }
    phase = next
    since = MonotonicClock.nanoseconds
  }

  private func take(_ request: HTTPRequest) {
    requests += 1
    let number = requests
    enter(
      .answering(
        number: number, keepsAlive: request.keepsAlive, withBody: request.method != "HEAD"))
    handler(request) { [weak self] in self?.answer(number, $0) }
  }

  private func answer(_ number: Int, _ response: HTTPResponse) {
    guard case .answering(number, let keepsAlive, let withBody) = phase else { return }
    if case .events(let stream) = response.body { return tell(response, stream) }
    let goesOn = keepsAlive && !isLast
    connection.send(response.bytes(keepsAlive: goesOn, withBody: withBody))
    enter(.idle)
    guard goesOn else {
      connection.end()
      return leave()
    }
    // The next request may be there already.
    if parser.isInside { advance() }
  }

  private func tell(_ response: HTTPResponse, _ stream: EventStream) {
    connection.send(response.bytes(keepsAlive: false))
    phase = .listening(stream)
    stream.begin { [weak self] bytes in
      guard let self else { return }
      // Whoever does not keep up may come back, and begins anew.
      if connection.unsent > limits.backlog { close() } else { connection.send(bytes) }
    }
  }

  private func refuse(_ error: HTTPError) {
    connection.send(HTTPResponse(error).bytes(keepsAlive: false))
    connection.end()
    leave()
  }

  /// Ends what has taken too long. Called now and then.
  func sweep(_ now: Int64) {
    if connection.unsent > 0, now - connection.lastTaken > limits.stall { return close() }
    switch phase {
    case .idle: if now - since > limits.idle { close() }
    case .receiving:
      guard now - since > limits.request else { return }
      let seconds = limits.request / 1_000_000_000
      refuse(HTTPError(.requestTimeout, "The request has not ended within \(seconds) seconds."))
    case .listening: break
    case .answering(let number, _, _):
      if now - since > limits.patience { answer(number, .unknown(after: limits.patience)) }
    }
  }
}

extension HTTPResponse {
  fileprivate static func unknown(after nanoseconds: Int64) -> HTTPResponse {
    let seconds = nanoseconds / 1_000_000_000
    return HTTPResponse(
      .gatewayTimeout,
      .object([
        ("outcome", .text("unknown")),
        (
          "error",
          .text(
            "No answer came within \(seconds) seconds: the command may still be carried out, "
              + "or never be.")
        ),
      ]))
  }
}
