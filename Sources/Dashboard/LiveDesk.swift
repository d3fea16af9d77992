internal import Foundation
internal import Node
internal import Platform
internal import Synchronization

/// Answers what browsers ask of the live page. On the loop's thread.
final class LiveDesk: @unchecked Sendable {
  private static let mostListeners = 16

  private static let limits: Limits = {
    var limits = Limits()
    limits.clients = 64
    limits.body = 64 << 10
    limits.backlog = 1 << 20
    // A command may wait for a leader before it has an answer.
    limits.patience = 60_000_000_000
    return limits
  }()

  /// How many pages listen, for other threads to see.
  let listeners = Atomic(0)
  private let loop: EventLoop
  private let command: LivePage.Command
  private let parts: [String: Data]
  /// This machine as browsers write it in `Host`.
  private let hosts: Set<String>
  private let token: String
  private var chance: any RandomNumberGenerator
  private var port: ClientPort?
  private var streams: [ObjectIdentifier: EventStream] = [:]
  private var state = "{}"
  private var trace: String?
  private var isOver = false

  init(
    _ listener: Listener, on loop: EventLoop, port: Int, chance: any RandomNumberGenerator,
    parts: [String: Data], command: @escaping LivePage.Command
  ) {
    self.loop = loop
    self.command = command
    self.parts = parts
    hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
    var chance = chance
    token = Self.secret(&chance)
    self.chance = chance
    self.port = ClientPort(listener, Self.limits) { [weak self] in self?.handle($0, then: $1) }
  }

  func start() {
    port?.start()
    sweepLater()
  }

  func end() {
    isOver = true
    port?.end()
  }

  func offer(_ trace: String) { self.trace = trace }

  func show(_ state: String) {
    guard state != self.state else { return }
    self.state = state
    for stream in streams.values { stream.send(state) }
  }

  private func sweepLater() {
    loop.after(1_000_000_000) { [weak self] in
      guard let self, !isOver else { return }
      port?.sweep(MonotonicClock.nanoseconds)
      sweepLater()
    }
  }

  /// 128 bits of chance, in hexadecimal digits.
  private static func secret(_ chance: inout any RandomNumberGenerator) -> String {
    (0..<2).map { _ in
      let digits = String(chance.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

// MARK: - Requests

extension LiveDesk {
  private typealias Answer = @Sendable (HTTPResponse) -> Void

  private struct Typed: Decodable {
    let line: String
  }

  private func handle(_ request: HTTPRequest, then answer: @escaping Answer) {
    do throws(HTTPError) {
      try checkSender(of: request)
      switch (request.path, request.method) {
      case ("/", "GET"): answer(page())
      case ("/events", "GET"): answer(try events())
      case ("/trace", "GET"): answer(try writtenTrace())
      case ("/command", "POST"): try run(request, answer)
      case ("/", _), ("/events", _), ("/trace", _):
        throw HTTPError(.methodNotAllowed, "This can only be read.")
      case ("/command", _): throw HTTPError(.methodNotAllowed, "A command is sent with POST.")
      default: throw HTTPError(.notFound, "There is nothing here: the page is at /.")
      }
    } catch {
      var response = HTTPResponse(error)
      if error.status == .methodNotAllowed {
        response.headers.append("Allow: " + (request.path == "/command" ? "POST" : "GET"))
      }
      answer(response)
    }
  }

  /// A name of another site may lead to this machine; and a page of another site may ask.
  private func checkSender(of request: HTTPRequest) throws(HTTPError) {
    guard let host = request.headers["host"], hosts.contains(host) else {
      throw HTTPError(
        .forbidden, "The page is for browsers on this machine, at 127.0.0.1 or localhost.")
    }
    guard let origin = request.headers["origin"] else { return }
    guard origin == "http://\(host)" else {
      throw HTTPError(.forbidden, "Pages of other sites may not ask for anything here.")
    }
  }

  private func page() -> HTTPResponse {
    let nonce = Self.secret(&chance)
    var parts = self.parts
    parts["nonce"] = Data(nonce.utf8)
    parts["token"] = Data(token.utf8)
    let page = Template(PackageResources.page_html).filled(with: parts)
    let policy =
      "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; "
      + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return HTTPResponse(
      .ok, .text(String(decoding: page, as: UTF8.self), type: "text/html; charset=utf-8"),
      headers: ["Content-Security-Policy: \(policy)"] + Self.headers)
  }

  private static let headers = [
    "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
    "Cross-Origin-Resource-Policy: same-origin",
  ]

  private func writtenTrace() throws(HTTPError) -> HTTPResponse {
    guard let trace else { throw HTTPError(.notFound, "There is no trace here.") }
    return HTTPResponse(
      .ok, .text(trace, type: "application/jsonl; charset=utf-8"), headers: Self.headers)
  }

  private func events() throws(HTTPError) -> HTTPResponse {
    guard streams.count < Self.mostListeners else {
      throw HTTPError(.unavailable, "\(streams.count) pages are open already: close one of them.")
    }
    let stream = EventStream(opening: state)
    let name = ObjectIdentifier(stream)
    streams[name] = stream
    listeners.store(streams.count, ordering: .relaxed)
    stream.onEnd = { [weak self] in
      guard let self else { return }
      streams[name] = nil
      listeners.store(streams.count, ordering: .relaxed)
    }
    return HTTPResponse(.ok, .events(stream), headers: Self.headers)
  }

  private func run(_ request: HTTPRequest, _ answer: @escaping Answer) throws(HTTPError) {
    guard request.headers["x-workbook-token"] == token else {
      throw HTTPError(
        .forbidden, "The token is missing, or is of a cluster that has ended: reload the page.")
    }
    guard let typed = try? JSONDecoder().decode(Typed.self, from: Data(request.body)) else {
      throw HTTPError(.badRequest, #"The body should be like: {"line":"kill 3"}"#)
    }
    Task { [command, loop] in
      let came = await command(typed.line)
      let said = JSON.object([
        ("ok", .bool(came.isDone)), ("said", .list(came.lines.map(JSON.text))),
      ])
      loop.execute { answer(HTTPResponse(.ok, said)) }
    }
  }
}
