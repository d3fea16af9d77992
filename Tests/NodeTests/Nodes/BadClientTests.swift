import Foundation
import Raft
import Testing

@testable import Node

/// Whatever clients send, they are answered with a sentence, or shown out; and no other notices.
@Suite struct BadClientTests {
  private func alone(_ limits: Limits = .patient) async throws -> TestCluster {
    let cluster = try TestCluster.replication(1, limits)
    try cluster.start()
    try await cluster.put("x", "1")
    return cluster
  }

  private static let long = String(repeating: "k", count: 4_097)

  private static let wrong: [(String, Int, String)] = [
    ("GET /", 404, "There is nothing here: try /status, or /kv/ and a key."),
    ("GET /kv/", 400, "A key is missing: /kv/colour, for instance."),
    ("PUT /kv", 400, "A key is missing: /kv/colour, for instance."),
    ("GET /kv/\(long)", 414, "A key has at most 4096 bytes."),
    ("POST /kv/x", 405, "A key knows GET, PUT and DELETE."),
    ("PATCH /status", 405, "The status can only be read: GET /status."),
    ("GET /status?entries=x", 400, "entries is a number from 0 to 1000."),
    ("GET /status?entries=1001", 400, "entries is a number from 0 to 1000."),
    ("GET /status?size=1", 400, "The status takes ?entries=N, ?from=INDEX and ?since=PLACE."),
    (
      "PUT /kv/x?until=1", 400,
      "Behind the key, PUT takes ?expect=VALUE or ?absent; nothing else is known."
    ),
    (
      "PUT /kv/x?expect=1&absent", 400,
      "Behind the key, PUT takes ?expect=VALUE or ?absent; nothing else is known."
    ),
    (
      "GET /kv/x?absent", 400,
      "Behind the key, PUT takes ?expect=VALUE or ?absent; nothing else is known."
    ),
    (
      "GET /kv/x\r\nOrigin: https://example.org", 403,
      "Pages of other sites may not ask this server."
    ),
  ]

  @Test func `what cannot be done is told in a sentence, and the connection goes on`() async throws
  {
    let cluster = try await alone()
    let client = try await RawClient(cluster.address(1))
    for (head, status, sentence) in Self.wrong {
      let answer = try await client.ask(head)
      #expect(answer.status == status && answer.error == sentence, "\(head.prefix(60))")
    }
    #expect(try await client.ask("GET /kv/x").object["value"] as? String == "1")
    #expect(try await client.ask("GET /kv/x\r\nOrigin: http://127.0.0.1:9000").status == 200)
  }

  private static let broken: [(String, Int)] = [
    ("NONSENSE\r\n\r\n", 400), ("GET /kv/x HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("GET /kv/x HTTP/1.1\r\n\r\n", 400), ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("PUT /kv/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ("PUT /kv/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413),
    ("GET /" + String(repeating: "x", count: 20_000), 414),
    ("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4_000), 431),
    ("\u{0}\u{1}\u{2}\u{3}\r\n\r\n", 400),
  ]

  @Test func `what is no request is answered, and the connection ends`() async throws {
    let cluster = try await alone()
    for (text, status) in Self.broken {
      let client = try await RawClient(cluster.address(1))
      client.send(text)
      let answer = try await client.answer()
      #expect(answer.status == status && answer.error != nil, "\(text.prefix(40))")
      #expect(await client.everything().isEmpty)
    }
    #expect(try await cluster.get("x") == "1")
  }

  @Test func `a value that is not UTF-8 is refused, one of a megabyte is kept`() async throws {
    let cluster = try await alone()
    let client = try await RawClient(cluster.address(1))
    let head = "PUT /kv/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    client.send(Array(head.utf8) + [0xC3, 0x28])
    #expect(try await client.answer().error == "The value is not UTF-8.")
    // Blanks take three bytes each in a command.
    let value = String(repeating: " ", count: 1 << 20)
    #expect(try await client.ask("PUT /kv/large", value).status == 200)
    #expect(try await client.ask("GET /kv/large").object["value"] as? String == value)
  }

  @Test func `requests that do not wait for answers are answered in order`() async throws {
    let cluster = try await alone()
    let client = try await RawClient(cluster.address(1))
    let put = (1...200).map {
      "PUT /kv/n HTTP/1.1\r\nHost: a\r\nContent-Length: \("\($0)".utf8.count)\r\n\r\n\($0)"
        + "GET /kv/n HTTP/1.1\r\nHost: a\r\n\r\n"
    }
    client.send(put.joined())
    for number in 1...200 {
      #expect(try await client.answer().status == 200)
      #expect(try await client.answer().object["value"] as? String == "\(number)")
    }
  }

  @Test func `who has said his last is still answered`() async throws {
    let cluster = try await alone()
    let client = try await RawClient(cluster.address(1))
    client.send("GET /kv/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(try await client.answer().object["value"] as? String == "1")
    #expect(await client.everything().isEmpty)
  }

  @Test func `HEAD has no body, and OPTIONS says no`() async throws {
    let cluster = try await alone()
    let client = try await RawClient(cluster.address(1))
    client.send("HEAD /status HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    let head = String(decoding: await client.everything(), as: UTF8.self)
    #expect(head.hasPrefix("HTTP/1.1 405 ") && head.hasSuffix("\r\n\r\n"))
    #expect(head.contains("\r\nAllow: GET\r\n"))
    #expect(try await cluster.ask(1, "OPTIONS /kv/x").status == 405)
  }

  @Test func `a request that does not end is ended`() async throws {
    var limits = Limits.patient
    limits.request = 300_000_000
    let cluster = try await alone(limits)
    let slow = try await RawClient(cluster.address(1))
    slow.send("PUT /kv/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    #expect(try await slow.answer().status == 408)
    #expect(await slow.everything().isEmpty)
    #expect(try await cluster.get("x") == "1")
  }

  @Test func `a connection that nobody uses is ended`() async throws {
    var limits = Limits.patient
    limits.idle = 300_000_000
    let cluster = try await alone(limits)
    let idle = try await RawClient(cluster.address(1))
    #expect(await idle.everything().isEmpty)
    #expect(try await cluster.get("x") == "1")
  }

  @Test func `who reads no answers is shown out`() async throws {
    var limits = Limits.patient
    limits.stall = 300_000_000
    let cluster = try await alone(limits)
    try await cluster.put("large", String(repeating: "x", count: 1 << 20))
    let client = try await RawClient(cluster.address(1))
    client.stopReading()
    let request = "GET /kv/large HTTP/1.1\r\nHost: a\r\n\r\n"
    client.send(String(repeating: request, count: 1_000))
    try await eventually("the end of the connection") {
      try await cluster.status(1)["clients"] as? Int == 1 ? true : nil
    }
    // Not all thousand were carried out: nobody took the answers.
    #expect(try await cluster.status(1)["lastApplied"] as? Int ?? .max < 900)
  }

  @Test func `a hundred who are idle are in nobody's way`() async throws {
    let cluster = try await alone()
    var idle: [RawClient] = []
    // Both ends are in this process, which also starts children. With more than 1,350 descriptors
    // open, Foundation of Swift 6.3 reads beyond the end of their list there, and may crash
    // (swift-corelibs-foundation, pull request 5472).
    for _ in 0..<100 { idle.append(try await RawClient(cluster.address(1))) }
    try await cluster.put("y", "2")
    #expect(try await cluster.get("y") == "2")
    #expect(try await idle[99].ask("GET /kv/y").object["value"] as? String == "2")
    for client in idle { client.close() }
  }

  @Test func `more clients than there may be are told so`() async throws {
    var limits = Limits.patient
    limits.clients = 2
    let cluster = try await alone(limits)
    // Whoever asked before may take a moment to be gone.
    func client() async throws -> RawClient {
      try await eventually("a place") {
        let client = try await RawClient(cluster.address(1))
        return try await client.ask("GET /status").status == 200 ? client : nil
      }
    }
    let first = try await client()
    let second = try await client()
    let third = try await RawClient(cluster.address(1))
    #expect(try await third.answer().error == "2 clients are connected: try later.")
    first.close()
    _ = try await client()
    second.close()
  }
}
