import Foundation
import Platform
import Simulator
import Testing

@testable import Dashboard

/// Who may look at the live page, and who may do something with it.
@Suite struct LivePageTests {
  private func withPage(
    _ scene: LivePage.Scene = .cluster, _ body: (LivePage, Int) async throws -> Void
  ) async throws {
    let page = try LivePage(scene, port: 0, chance: SeededGenerator(seed: 7)) { line in
      LivePage.Answer(isDone: line != "bad", ["did \(line)"])
    }
    defer { page.stop() }
    let port = try #require(URL(string: page.address)?.port)
    #expect(page.address == "http://127.0.0.1:\(port)/")
    try await body(page, port)
  }

  /// Everything that comes back, up to the end of the connection. Waiting for it is left to a thread:
  /// a command's answer comes from a task, and needs a place where tasks run.
  private func ask(
    _ first: String, _ headers: [String] = [], host: String? = nil, body: String = "",
    length: Int? = nil, port: Int
  ) async throws -> String {
    let head =
      ["\(first) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")", "Connection: close"] + headers
      + ["Content-Length: \(length ?? body.utf8.count)"]
    let text = head.joined(separator: "\r\n") + "\r\n\r\n" + body
    return try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try Self.answer(to: text, port: port) }) }.start()
    }
  }

  private static func answer(to text: String, port: Int) throws -> String {
    let connection = try LoopbackConnection(port: port, until: soon)
    try connection.send(Array(text.utf8), until: soon)
    var bytes: [UInt8] = []
    while case let more = try connection.receive(atMost: 64 << 10, until: soon), !more.isEmpty {
      bytes += more
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static var soon: Int64 { MonotonicClock.nanoseconds + 600_000_000_000 }

  private func token(port: Int) async throws -> String {
    let page = try await ask("GET /", port: port)
    let rest = try #require(page.components(separatedBy: "name=\"workbook-token\" content=\"").last)
    return String(rest.prefix { $0 != "\"" })
  }

  @Test(arguments: [LivePage.Scene.cluster, .simulation])
  func `the page runs its own script alone, and no other page shows it`(
    _ scene: LivePage.Scene
  ) async throws {
    try await withPage(scene) { _, port in
      let page = try await ask("GET /", port: port)
      #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let marked = try #require(page.components(separatedBy: "<script nonce=\"").last)
      let nonce = String(marked.prefix { $0 != "\"" })
      #expect(nonce.count == 32)
      #expect(
        page.contains(
          "Content-Security-Policy: default-src 'none'; script-src 'nonce-\(nonce)'; "
            + "style-src 'nonce-\(nonce)'; connect-src 'self'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'\r\n"))
      #expect(!page.contains("{{") && page.hasSuffix("</html>\n"))
      for word in ["https:", "src=", "href=", "@import", "url(\"", "eval(", "innerHTML", " style="]
      {
        #expect(!page.contains(word), "\(word)")
      }
      // A nonce is for one time, and the token for as long as the cluster runs.
      #expect(try await !ask("GET /", port: port).contains(nonce))
      #expect(try await token(port: port) == token(port: port))
    }
  }

  @Test func `a foreign host or origin is shown out`() async throws {
    try await withPage { _, port in
      for target in ["GET /", "GET /events", "GET /trace", "POST /command"] {
        for host in ["evil.example:\(port)", "127.0.0.1", "127.0.0.1:1", "localhost.evil:\(port)"] {
          let answer = try await ask(target, host: host, port: port)
          #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n"), "\(target) \(host)")
          #expect(answer.contains("The page is for browsers on this machine"))
        }
        for origin in [
          "http://evil.example", "null", "https://127.0.0.1:\(port)", "http://127.0.0.1",
        ] {
          let answer = try await ask(target, ["Origin: \(origin)"], port: port)
          #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n"), "\(target) \(origin)")
          #expect(answer.contains("Pages of other sites may not ask for anything here."))
        }
      }
      let own = try await ask(
        "GET /", ["Origin: http://localhost:\(port)"], host: "localhost:\(port)", port: port)
      #expect(own.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test func `a command needs the token, POST, and a body of some size`() async throws {
    try await withPage { _, port in
      let token = try await "X-Workbook-Token: " + token(port: port)
      let body = #"{"line":"kill 3"}"#
      func send(_ first: String, _ headers: [String], _ body: String) async throws -> String {
        try await ask(first, headers, body: body, port: port)
      }
      #expect(
        try await send("POST /command", [token], body).hasSuffix(
          #"{"ok":true,"said":["did kill 3"]}"# + "\n"))
      #expect(
        try await send("POST /command", [token], #"{"line":"bad"}"#).hasSuffix(
          #"{"ok":false,"said":["did bad"]}"# + "\n"))
      for wrong in [[], ["X-Workbook-Token: \(String(repeating: "0", count: 32))"]] {
        let answer = try await send("POST /command", wrong, body)
        #expect(answer.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        #expect(answer.contains("reload the page"))
      }
      let read = try await send("GET /command", [token], body)
      #expect(read.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
      #expect(read.contains("Allow: POST\r\n"))
      #expect(try await send("POST /", [token], body).contains("Allow: GET\r\n"))
      #expect(
        try await send("POST /command", [token], "kill 3").hasPrefix("HTTP/1.1 400 Bad Request\r\n")
      )
      #expect(try await send("GET /else", [], "").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
      let long = try await ask(
        "POST /command", [token], length: (64 << 10) + 1, port: port)
      #expect(long.contains("The body is longer than 65536 bytes."))
    }
  }

  /// The next event of a stream.
  private func event(_ connection: LoopbackConnection, _ rest: inout String) throws -> String {
    while true {
      if let end = rest.firstRange(of: "\n\n") {
        let event = String(rest[..<end.lowerBound])
        rest = String(rest[end.upperBound...])
        return String(event.components(separatedBy: "data: ").last ?? "")
      }
      let more = try connection.receive(atMost: 64 << 10, until: Self.soon)
      guard !more.isEmpty else { return "(the end)" }
      rest += String(decoding: more, as: UTF8.self)
    }
  }

  @Test func `a trace is there once it is offered`() async throws {
    try await withPage { page, port in
      #expect(try await ask("GET /trace", port: port).hasPrefix("HTTP/1.1 404 Not Found\r\n"))
      page.offer(Data("{\"seed\":1}\n".utf8))
      let answer = try await ask("GET /trace", port: port)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.contains("Cross-Origin-Resource-Policy: same-origin\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n{\"seed\":1}\n"))
      #expect(try await ask("POST /trace", port: port).contains("Allow: GET\r\n"))
    }
  }

  @Test func `the state comes at once, and again when it has changed`() async throws {
    try await withPage { page, port in
      page.show(#"{"a":1}"#)
      let connection = try LoopbackConnection(port: port, until: Self.soon)
      let request = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
      try connection.send(Array(request.utf8), until: Self.soon)
      var rest = ""
      #expect(try event(connection, &rest) == #"{"a":1}"#)
      #expect(page.isWatched)
      page.show(#"{"a":1}"#)
      page.show(#"{"a":2}"#)
      #expect(try event(connection, &rest) == #"{"a":2}"#)
      page.stop()
      #expect(try event(connection, &rest) == "(the end)")
    }
  }

  @Test func `sixteen pages may listen, and another when one has gone`() async throws {
    try await withPage { page, port in
      func listen() throws -> (LoopbackConnection, String) {
        let connection = try LoopbackConnection(port: port, until: Self.soon)
        let request = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
        try connection.send(Array(request.utf8), until: Self.soon)
        let first = try connection.receive(atMost: 64 << 10, until: Self.soon)
        return (connection, String(decoding: first, as: UTF8.self))
      }
      var open = try (0..<16).map { _ in try listen() }
      #expect(open.allSatisfy { $0.1.hasPrefix("HTTP/1.1 200 OK\r\n") })
      #expect(try listen().1.contains("16 pages are open already: close one of them."))
      open.removeAll()
      let deadline = Self.soon
      while page.isWatched, MonotonicClock.nanoseconds < deadline { await Task.yield() }
      #expect(try listen().1.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }
}
