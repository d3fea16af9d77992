internal import Contracts
internal import Foundation
internal import Platform
internal import Raft

/// What a node does for clients: the key-value store, its status, and, where it was asked to,
/// faults. On the loop's thread.
final class Service: @unchecked Sendable {
  typealias Answer = @Sendable (HTTPResponse) -> Void

  let world: HostWorld
  let chapter: Int
  let host: any AnyHost
  let links: Links
  let door: PeerDoor
  let saver: Saver
  /// Where this service is offered.
  weak var port: ClientPort?
  private var commands = 0

  init(
    _ world: HostWorld, chapter: Int, _ host: any AnyHost, _ links: Links, _ door: PeerDoor,
    _ saver: Saver
  ) {
    self.world = world
    self.chapter = chapter
    self.host = host
    self.links = links
    self.door = door
    self.saver = saver
  }

  func handle(_ request: HTTPRequest, then answer: @escaping Answer) {
    do {
      try checkOrigin(of: request)
      if request.path.hasPrefix("/kv/") || request.path == "/kv" {
        try handleKey(request, answer)
      } else if request.path == "/status" {
        try handleStatus(request, answer)
      } else if request.path.hasPrefix("/faults/") {
        try handleFault(request, answer)
      } else {
        throw HTTPError(.notFound, "There is nothing here: try /status, or /kv/ and a key.")
      }
    } catch let error as HTTPError {
      var response = HTTPResponse(error)
      if error.status == .methodNotAllowed {
        response.headers.append("Allow: \(Self.methods(of: request.path))")
      }
      answer(response)
    } catch {
      answer(HTTPResponse(HTTPError(.internalError, "\(error)")))
    }
  }

  private static func methods(of path: String) -> String {
    path.hasPrefix("/kv") ? "GET, PUT, DELETE" : path == "/status" ? "GET" : "POST"
  }

  /// A page of some other site, open in a browser on this machine, has no business here.
  private func checkOrigin(of request: HTTPRequest) throws(HTTPError) {
    guard let origin = request.headers["origin"] else { return }
    let host = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init)
    guard let host, Self.isLoopback(host: host) else {
      throw HTTPError(.forbidden, "Pages of other sites may not ask this server.")
    }
  }

  /// Whether a Host header, or the like in an origin, names this machine; with or without a port.
  static func isLoopback(host: String) -> Bool {
    (SocketAddress(host) ?? SocketAddress(host + ":80"))?.isLoopback ?? false
  }
}

// MARK: - The key-value store

extension Service {
  static let mostOfKey = 4 << 10

  private func handleKey(_ request: HTTPRequest, _ answer: @escaping Answer) throws(HTTPError) {
    let operation = try Self.operation(request)
    guard host.takesCommands else {
      throw HTTPError(
        .notImplemented,
        "Servers of chapter \(chapter) elect leaders and keep no store: that is chapter 4.")
    }
    guard commands < world.limits.commands else {
      throw HTTPError(.unavailable, "\(commands) commands wait for their answers: try later.")
    }
    commands += 1
    let target = request.target
    host.submit(operation.command) { [self] outcome in
      commands -= 1
      answer(response(to: outcome, of: operation, target))
    }
  }

  private static func operation(
    _ request: HTTPRequest
  ) throws(HTTPError) -> KeyValue.Operation {
    let key = String(request.path.dropFirst("/kv/".count))
    guard ["GET", "PUT", "DELETE"].contains(request.method) else {
      throw HTTPError(.methodNotAllowed, "A key knows GET, PUT and DELETE.")
    }
    guard !key.isEmpty else {
      throw HTTPError(.badRequest, "A key is missing: /kv/colour, for instance.")
    }
    guard key.utf8.count <= mostOfKey else {
      throw HTTPError(.targetTooLong, "A key has at most \(mostOfKey) bytes.")
    }
    let query = request.query
    guard request.method == "PUT" || query.isEmpty,
      query.keys.allSatisfy({ ["expect", "absent"].contains($0) }), query.count <= 1,
      query["absent", default: ""].isEmpty
    else {
      throw HTTPError(
        .badRequest, "Behind the key, PUT takes ?expect=VALUE or ?absent; nothing else is known.")
    }
    switch request.method {
    case "GET": return .get(key: key)
    case "DELETE": return .delete(key: key)
    default: break
    }
    guard let value = String(validating: request.body, as: UTF8.self) else {
      throw HTTPError(.badRequest, "The value is not UTF-8.")
    }
    return query.isEmpty
      ? .put(key: key, value: value)
      : .compareAndSet(key: key, expected: query["expect"], value: value)
  }

  private func response(
    to outcome: Outcome, of operation: KeyValue.Operation, _ target: String
  ) -> HTTPResponse {
    switch (outcome, operation) {
    case (.applied(.done), .put), (.applied(.done), .delete):
      .ok([])
    case (.applied(.value(let value)), .get):
      HTTPResponse(
        value == nil ? .notFound : .ok,
        .object([("outcome", .text("ok")), ("value", value.map(JSON.text) ?? .null)]))
    case (.applied(.swapped(let isSwapped)), .compareAndSet):
      .ok([("swapped", .bool(isSwapped))])
    case (.applied(let other), _):
      HTTPResponse(
        .internalError,
        .object([
          ("outcome", .text("failed")),
          ("error", .text("The store's answer does not fit the question: \(other).")),
        ]))
    case (.refused(let leader), _): refusal(leader, target)
    case (.unknown, _):
      HTTPResponse(
        .gatewayTimeout,
        .object([
          ("outcome", .text("unknown")),
          (
            "error",
            .text(
              "Leadership was lost before the commit was seen: the command may still be "
                + "carried out, or never be.")
          ),
        ]))
    }
  }

  /// Sends the client on, where it is known to whom.
  private func refusal(_ leader: ServerID?, _ target: String) -> HTTPResponse {
    var body: [(String, JSON)] = [
      ("outcome", .text("refused")), ("leader", leader.map { .number($0.number) } ?? .null),
    ]
    if let leader, leader != world.settings.id,
      let address = world.settings.servers[leader]?.client
    {
      return HTTPResponse(
        .temporaryRedirect, .object(body), headers: ["Location: http://\(address)\(target)"])
    }
    let reason =
      leader.map { "\($0) leads, and nobody has said where its clients go." }
      ?? "No leader is known at the moment: try again soon."
    body.append(("error", .text(reason)))
    return HTTPResponse(.unavailable, .object(body))
  }
}

extension HTTPResponse {
  fileprivate static func ok(_ members: [(String, JSON)]) -> HTTPResponse {
    HTTPResponse(.ok, .object([("outcome", .text("ok"))] + members))
  }
}
