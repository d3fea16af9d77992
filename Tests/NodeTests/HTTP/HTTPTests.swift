import Testing

@testable import Node

/// As much of HTTP/1.1 as `curl` speaks, and a sentence for everything else.
@Suite struct HTTPTests {
  private func all(_ text: String, pieces: Int = .max) throws -> [HTTPRequest] {
    var parser = HTTPParser()
    var requests: [HTTPRequest] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: min(pieces, bytes.count)) {
      parser.add(bytes[start..<min(start + min(pieces, bytes.count), bytes.count)])
      while let request = try parser.next() { requests.append(request) }
    }
    return requests
  }

  private static let three =
    "PUT /kv/a%20b?expect=x%26y&fast HTTP/1.1\r\nHost: localhost:8001\r\nContent-Length: 5\r\n\r\n"
    + "12\r\n5GET /status HTTP/1.1\r\nhOsT:here \r\nX: 1\r\nx: 2\r\n\r\n"
    + "\r\nDELETE /kv/z HTTP/1.0\nConnection: close\n\n"

  @Test(arguments: [1, 2, 3, 7, 50, 1000])
  func `requests come out whole, in whatever pieces they come`(_ size: Int) throws {
    let requests = try all(Self.three, pieces: size)
    try #require(requests.count == 3)
    #expect(requests[0].method == "PUT")
    #expect(requests[0].path == "/kv/a b")
    #expect(requests[0].query == ["expect": "x&y", "fast": ""])
    #expect(requests[0].body == Array("12\r\n5".utf8))
    #expect(requests[0].keepsAlive)
    #expect(requests[1].path == "/status" && requests[1].body.isEmpty)
    #expect(requests[1].headers == ["host": "here", "x": "1, 2"])
    #expect(requests[2].method == "DELETE" && !requests[2].keepsAlive)
  }

  @Test func `a connection stays open as the client wishes`() throws {
    let cases: [(String, Bool)] = [
      ("1.1\r\nHost: a", true), ("1.1\r\nHost: a\r\nConnection: Close", false),
      ("1.0", false), ("1.0\r\nConnection: Keep-Alive", true),
    ]
    for (rest, keepsAlive) in cases {
      #expect(try all("GET / HTTP/\(rest)\r\n\r\n").first?.keepsAlive == keepsAlive)
    }
  }

  @Test func `a client that waits before it sends the body is told to go on, once`() throws {
    var parser = HTTPParser()
    /// Whether a request comes out, and whether the client is to be told to go on.
    func see(after text: String) throws -> (HTTPRequest?, Bool) {
      parser.add(Array(text.utf8))
      return (try parser.next(), parser.takeContinue())
    }
    let head = "PUT /kv/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    #expect(try see(after: head) == (nil, true))
    #expect(try see(after: "ab") == (nil, false))
    let (request, isToldAgain) = try see(after: "c")
    #expect(request?.body == Array("abc".utf8) && !isToldAgain)
    let (atOnce, isTold) = try see(after: head + "abc")
    #expect(atOnce != nil && !isTold)
  }

  private static let wrong: [(String, HTTPStatus)] = [
    ("GET\r\n\r\n", .badRequest),
    ("GET /\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1 x\r\n\r\n", .badRequest),
    ("GET / FTP/1.1\r\n\r\n", .badRequest),
    ("GET / HTTP/2.0\r\n\r\n", .versionNotSupported),
    ("G{T / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET status HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nHost: a\u{1}\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .badRequest),
    ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .badRequest),
    ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .badRequest),
    ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", .contentTooLarge),
    (
      "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
      .contentTooLarge
    ),
    ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthRequired),
    ("GET /" + String(repeating: "x", count: 18_000), .targetTooLong),
    (
      "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4_000),
      .headersTooLarge
    ),
    (
      "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 65) + "\r\n",
      .headersTooLarge
    ),
  ]

  @Test(arguments: wrong.indices)
  func `what is wrong is told with its status`(_ number: Int) {
    let (text, status) = Self.wrong[number]
    for pieces in [1, 1_000_000] {
      let error = #expect(throws: HTTPError.self, "\(text.prefix(60))") {
        try all(text, pieces: pieces)
      }
      #expect(error?.status == status, "\(text.prefix(60))")
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `no bytes make the parser trap, and what it holds is bounded`(_ seed: UInt64) {
    var chance = Chance(seed)
    for _ in 0..<Fuzz.inputs / 8 {
      var parser = HTTPParser()
      for _ in 0...chance.pick(3) {
        parser.add(Self.fuzz(&chance))
        while let request = try? parser.next() { #expect(!request.method.isEmpty) }
        _ = parser.takeContinue()
      }
      #expect(parser.count <= HTTPParser.mostOfHead + HTTPParser.mostOfBody)
    }
  }

  static func fuzz(_ chance: inout Chance) -> [UInt8] {
    var bytes = Array(three.utf8)
    switch chance.pick(4) {
    case 0: bytes = (0..<chance.pick(200)).map { _ in UInt8(chance.pick(256)) }
    case 1: bytes.removeLast(chance.pick(bytes.count))
    case 2: bytes.insert(UInt8(chance.pick(256)), at: chance.pick(bytes.count))
    default: for _ in 0...chance.pick(6) { bytes[chance.pick(bytes.count)] ^= 1 << chance.pick(8) }
    }
    return bytes
  }

  @Test func `an answer`() {
    let response = HTTPResponse(
      .notFound, .object([("error", .text("There is no \"x\"."))]), headers: ["X-Term: 3"])
    #expect(
      String(decoding: response.bytes(keepsAlive: true), as: UTF8.self)
        == "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 31\r\n"
        + "X-Term: 3\r\n\r\n{\"error\":\"There is no \\\"x\\\".\"}\n")
    #expect(
      String(decoding: response.bytes(keepsAlive: false, withBody: false), as: UTF8.self)
        .hasSuffix("Content-Length: 31\r\nX-Term: 3\r\nConnection: close\r\n\r\n"))
  }

  @Test func `JSON`() {
    let value: JSON = .object([
      ("role", .text("leader")), ("term", .number(-3)), ("up", .bool(true)), ("none", .null),
      ("log", .list([.text("a\nb\u{1}\\"), .text("zwölf 👩‍👩‍👧")])),
    ])
    #expect(
      value.description
        == #"{"role":"leader","term":-3,"up":true,"none":null,"#
        + #""log":["a\nb\u0001\\","zwölf 👩‍👩‍👧"]}"#)
  }
}
