/// An answer to a client: a status, some headers, and JSON.
struct HTTPResponse: Hashable {
  let status: HTTPStatus
  var headers: [String] = []
  let body: JSON

  init(_ status: HTTPStatus, _ body: JSON, headers: [String] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An error, told in a sentence.
  init(_ error: HTTPError) {
    self.init(error.status, .object([("error", .text(error.message))]))
  }

  /// What goes over the connection.
  ///
  /// - Parameter withBody: false for the answer to HEAD, which has the headers of one with a body.
  func bytes(keepsAlive: Bool, withBody: Bool = true) -> [UInt8] {
    var content = Array(body.description.utf8)
    content.append(10)
    var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
    head += "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n"
    for header in headers { head += header + "\r\n" }
    head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
    return Array(head.utf8) + (withBody ? content : [])
  }

  static let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}

/// A value in the one notation that every client reads (RFC 8259). Members keep their order.
enum JSON: Hashable, CustomStringConvertible {
  case null
  case bool(Bool)
  case number(Int)
  case decimal(Double)
  case text(String)
  case list([JSON])
  indirect case members([Member])

  struct Member: Hashable {
    let name: String
    let value: JSON
  }

  static func object(_ members: [(String, JSON)]) -> JSON {
    .members(members.map { Member(name: $0.0, value: $0.1) })
  }

  var description: String {
    switch self {
    case .null: "null"
    case .bool(let isTrue): isTrue ? "true" : "false"
    case .number(let number): "\(number)"
    case .decimal(let number): number.isFinite ? "\(number)" : "null"
    case .text(let text): Self.quote(text)
    case .list(let items): "[" + items.map(\.description).joined(separator: ",") + "]"
    case .members(let members):
      "{" + members.map { Self.quote($0.name) + ":" + $0.value.description }.joined(separator: ",")
        + "}"
    }
  }

  private static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
