internal import Contracts
internal import Foundation
internal import Platform
internal import Simulator

/// A client of the replicated store: finds the leader, and tells apart what certainly did not
/// happen from what nobody knows. For one thread at a time.
final class StoreClient {
  /// What became of one attempt.
  enum Reply: Hashable {
    case answered(KeyValue.Answer)
    /// No server took it. Asking again is safe.
    case refused(String)
    /// No server ever takes this.
    case rejected(String)
    /// It may have taken effect, or may yet: asking again could do it twice.
    case unknown(String)
  }

  /// The client ports of the servers, the first one's first.
  private let ports: [Int]
  private let node = NodeClient()
  /// Whom to ask first: whoever answered last.
  private var place: Int

  init(ports: [Int], askingFirst place: Int = 0) {
    self.ports = ports
    self.place = place % ports.count
  }

  /// Asks until a server takes the operation, in turn; after `limit` it gives up.
  func run(_ operation: KeyValue.Operation, limit: Duration) -> Reply {
    let deadline = ContinuousClock.now + limit
    var reply = Reply.refused("There is no server to ask.")
    repeat {
      reply = attempt(operation, limit: max(deadline - .now, .milliseconds(100)))
      guard case .refused = reply else { return reply }
      askNext()
      Thread.sleep(forTimeInterval: 0.02)
    } while ContinuousClock.now < deadline
    return reply
  }

  /// Turns to the next server.
  func askNext() { place = (place + 1) % ports.count }

  /// How often one attempt is sent on.
  private static let mostHops = 4

  /// Asks one server, and whom it takes for the leader.
  func attempt(_ operation: KeyValue.Operation, limit: Duration) -> Reply {
    var port = ports[place]
    for _ in 0..<Self.mostHops {
      let server = ports.firstIndex(of: port).map { "S\($0 + 1)" } ?? "the server at port \(port)"
      do throws(LoopbackConnection.Failure) {
        let request = Request(operation)
        let reply = try node.ask(
          request.method, request.target, body: request.body, port: port, limit: limit)
        if reply.status == 307, let next = reply.redirect {
          port = next
          continue
        }
        if let known = ports.firstIndex(of: port) { place = known }
        return request.meaning(of: reply, from: server)
      } catch {
        switch error {
        case .refused: return .refused("\(server) is not there.")
        case .lost: return .unknown("\(server) gave no answer.")
        }
      }
    }
    return .refused("The servers send on to each other.")
  }
}

/// An operation as the client port of a server wants it.
struct Request: Hashable {
  let operation: KeyValue.Operation

  init(_ operation: KeyValue.Operation) { self.operation = operation }

  var method: String {
    switch operation {
    case .get: "GET"
    case .delete: "DELETE"
    case .put, .compareAndSet: "PUT"
    }
  }

  var target: String {
    let path = "/kv/" + Self.escape(operation.key)
    guard case .compareAndSet(_, let expected, _) = operation else { return path }
    return path + (expected.map { "?expect=" + Self.escape($0) } ?? "?absent")
  }

  var body: String {
    switch operation {
    case .put(_, let value), .compareAndSet(_, _, let value): value
    case .get, .delete: ""
    }
  }

  private static func escape(_ text: String) -> String {
    let plain = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
  }

  private struct Body: Decodable {
    var outcome: String?
    var value: String?
    var swapped: Bool?
    var error: String?
  }

  /// What a reply says about the operation.
  func meaning(of reply: NodeClient.Reply, from server: String) -> StoreClient.Reply {
    let body = (try? JSONDecoder().decode(Body.self, from: reply.body)) ?? Body()
    let said = body.error ?? "\(server) answered with status \(reply.status)."
    switch (reply.status, body.outcome) {
    case (200, "ok"), (404, "ok"):
      switch operation {
      case .get: return .answered(.value(body.value))
      case .put, .delete: return .answered(.done)
      case .compareAndSet: return .answered(.swapped(body.swapped ?? false))
      }
    case (_, "refused"), (503, _): return .refused(said)
    case (400..<500, _), (501, _): return .rejected(said)
    default: return .unknown(said)
    }
  }
}
