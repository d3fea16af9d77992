/// The lines above a request's body.
struct HTTPHead {
  private let lines: [ArraySlice<UInt8>]

  init(_ bytes: ArraySlice<UInt8>) {
    lines = bytes.split(separator: 10).map { $0.last == 13 ? $0.dropLast() : $0 }
      .filter { !$0.isEmpty }
  }

  /// The request, still without its body, and how long that will be.
  ///
  /// - Parameter most: how long the body may be, in bytes.
  func request(bodyUpTo most: Int) throws(HTTPError) -> (HTTPRequest, Int) {
    guard let first = lines.first else { throw HTTPError(.badRequest, "The request is empty.") }
    let words = first.split(separator: 32, omittingEmptySubsequences: false)
    guard words.count == 3, let method = Self.word(words[0]) else {
      throw HTTPError(
        .badRequest, "The first line should be like: GET /status HTTP/1.1")
    }
    let isOld = try Self.isOld(version: words[2])
    let (path, query) = try Self.target(words[1])
    let headers = try self.headers()
    guard isOld || headers["host"] != nil else {
      throw HTTPError(.badRequest, "HTTP/1.1 asks for a Host header.")
    }
    let length = try Self.length(headers, upTo: most)
    let wishes = (headers["connection"] ?? "").lowercased().split { $0 == "," || $0 == " " }
    let keepsAlive = isOld ? wishes.contains("keep-alive") : !wishes.contains("close")
    let request = HTTPRequest(
      method: method, target: String(decoding: words[1], as: UTF8.self), path: path, query: query,
      headers: headers, keepsAlive: keepsAlive)
    return (request, length)
  }

  private static func isOld(version: ArraySlice<UInt8>) throws(HTTPError) -> Bool {
    switch String(decoding: version, as: UTF8.self) {
    case "HTTP/1.1": return false
    case "HTTP/1.0": return true
    case let other where other.hasPrefix("HTTP/"):
      throw HTTPError(.versionNotSupported, "This server speaks HTTP/1.1.")
    default:
      throw HTTPError(.badRequest, "The first line should end with HTTP/1.1.")
    }
  }

  /// Path and query, with their percent signs resolved.
  private static func target(
    _ bytes: ArraySlice<UInt8>
  ) throws(HTTPError) -> (String, [String: String]) {
    guard bytes.first == UInt8(ascii: "/"), bytes.allSatisfy({ $0 > 32 && $0 != 127 }) else {
      throw HTTPError(.badRequest, "The path should begin with a slash.")
    }
    let parts = bytes.split(separator: 63, maxSplits: 1, omittingEmptySubsequences: false)
    var query: [String: String] = [:]
    if parts.count == 2 {
      for field in parts[1].split(separator: 38) {
        let pair = field.split(separator: 61, maxSplits: 1, omittingEmptySubsequences: false)
        query[try text(pair[0])] = pair.count == 2 ? try text(pair[1]) : ""
      }
    }
    return (try text(parts[0]), query)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws(HTTPError) -> String {
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == 37 else {
        plain.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
      else {
        throw HTTPError(.badRequest, "A percent sign wants two digits after it, as in %20.")
      }
      plain.append(high << 4 | low)
    }
    guard let text = String(validating: plain, as: UTF8.self) else {
      throw HTTPError(.badRequest, "The path is not UTF-8.")
    }
    return text
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  private func headers() throws(HTTPError) -> [String: String] {
    guard lines.count - 1 <= HTTPParser.mostOfHeaders else {
      throw HTTPError(.headersTooLarge, "More than \(HTTPParser.mostOfHeaders) headers.")
    }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: 58, maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = Self.word(parts[0])?.lowercased(),
        parts[1].allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 })
      else { throw HTTPError(.badRequest, "A header should be like: Name: value") }
      let blanks: (UInt8) -> Bool = { $0 == 32 || $0 == 9 }
      let value = String(
        decoding: parts[1].drop(while: blanks).reversed().drop(while: blanks).reversed(),
        as: UTF8.self)
      if let earlier = headers[name], earlier != value {
        guard name != "content-length", name != "host" else {
          throw HTTPError(.badRequest, "Two different headers called \(name).")
        }
        headers[name] = earlier + ", " + value
      } else {
        headers[name] = value
      }
    }
    return headers
  }

  private static func length(
    _ headers: [String: String], upTo most: Int
  ) throws(HTTPError) -> Int {
    guard headers["transfer-encoding"] == nil else {
      throw HTTPError(
        .lengthRequired, "Send the body in one piece, with its length in Content-Length.")
    }
    guard let text = headers["content-length"] else { return 0 }
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw HTTPError(.badRequest, "Content-Length is no number.")
    }
    guard let length = Int(text), length <= most else {
      throw HTTPError(.contentTooLarge, "The body is longer than \(most) bytes.")
    }
    return length
  }

  /// A name of letters, digits and the signs that HTTP allows in one (RFC 9110, 5.6.2).
  private static func word(_ bytes: ArraySlice<UInt8>) -> String? {
    let signs = Array("!#$%&'*+-.^_`|~".utf8)
    let isWord = bytes.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122: true
      default: signs.contains(byte)
      }
    }
    return isWord && !bytes.isEmpty && bytes.count <= 64
      ? String(decoding: bytes, as: UTF8.self) : nil
  }
}
