/// An answer to a client: a status, some headers, and a body.
package struct HTTPResponse: Sendable {
  package enum Body: Sendable {
    case json(JSON)
    case text(String, type: String)
    /// Goes on for as long as the client listens.
    case events(EventStream)
  }

  package let status: HTTPStatus
  package var headers: [String] = []
  let body: Body

  package init(_ status: HTTPStatus, _ body: Body, headers: [String] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package init(_ status: HTTPStatus, _ json: JSON, headers: [String] = []) {
    self.init(status, .json(json), headers: headers)
  }

  /// An error, told in a sentence.
  package init(_ error: HTTPError) {
    self.init(error.status, .object([("error", .text(error.message))]))
  }

  /// What goes over the connection.
  ///
  /// - Parameter withBody: false for the answer to HEAD, which has the headers of one with a body.
  func bytes(keepsAlive: Bool, withBody: Bool = true) -> [UInt8] {
    let (content, type): (String?, String) =
      switch body {
      case .json(let json): ("\(json)\n", "application/json")
      case .text(let text, let type): (text, type)
      case .events: (nil, "text/event-stream")
      }
    var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\nContent-Type: \(type)\r\n"
    if let content { head += "Content-Length: \(content.utf8.count)\r\n" }
    for header in headers { head += header + "\r\n" }
    head += keepsAlive ? "\r\n" : "Connection: close\r\n\r\n"
    return Array((head + (withBody ? content ?? "" : "")).utf8)
  }

  static let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}

/// A value in the one notation that every client reads (RFC 8259). Members keep their order.
package enum JSON: Hashable, Sendable, CustomStringConvertible {
  case null
  case bool(Bool)
  case number(Int)
  case decimal(Double)
  case text(String)
  case list([JSON])
  indirect case members([Member])

  package struct Member: Hashable, Sendable {
    let name: String
    let value: JSON
  }

  package static func object(_ members: [(String, JSON)]) -> JSON {
    .members(members.map { Member(name: $0.0, value: $0.1) })
  }

  package var description: String {
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
