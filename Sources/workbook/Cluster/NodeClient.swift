internal import Foundation
internal import Platform

/// Asks servers on this machine by HTTP, and waits for each answer. For one thread at a time.
///
/// A connection stays open for the next question. Nothing here waits without a limit.
final class NodeClient {
  struct Reply {
    let status: Int
    /// Where to ask instead: the port of a redirection to this machine.
    let redirect: Int?
    let body: Data
  }

  /// Bytes that a reply may have.
  private static let mostBytes = 32 << 20

  private var connections: [Int: LoopbackConnection] = [:]

  /// Asks the server at `port`, and whom it sends on to is not asked.
  ///
  /// - Throws: `.refused` where nobody heard the question, `.lost` where nobody knows.
  func ask(
    _ method: String, _ target: String, body: String = "", headers: [String] = [], port: Int,
    limit: Duration
  ) throws(LoopbackConnection.Failure) -> Reply {
    let deadline = MonotonicClock.nanoseconds + Int64(limit / .nanoseconds(1))
    let connection = try connection(to: port, until: deadline)
    var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
    for header in headers { head += header + "\r\n" }
    head += "Content-Length: \(body.utf8.count)\r\n\r\n"
    do {
      try connection.send(Array((head + body).utf8), until: deadline)
      let (reply, keepsAlive) = try Self.reply(from: connection, until: deadline)
      if !keepsAlive { connections[port] = nil }
      return reply
    } catch {
      connections[port] = nil
      throw .lost
    }
  }

  private func connection(
    to port: Int, until deadline: Int64
  ) throws(LoopbackConnection.Failure) -> LoopbackConnection {
    if let connection = connections[port], connection.isIdle { return connection }
    connections[port] = nil
    let connection = try LoopbackConnection(port: port, until: deadline)
    connections[port] = connection
    return connection
  }

  private static func reply(
    from connection: LoopbackConnection, until deadline: Int64
  ) throws(LoopbackConnection.Failure) -> (Reply, keepsAlive: Bool) {
    var bytes: [UInt8] = []
    var head: (reply: ReplyHead, size: Int)?
    while bytes.count <= mostBytes {
      if head == nil { head = ReplyHead.read(bytes) }
      if let head, bytes.count >= head.size + head.reply.length {
        let body = Data(bytes[head.size..<head.size + head.reply.length])
        return (
          Reply(status: head.reply.status, redirect: head.reply.redirect, body: body),
          head.reply.keepsAlive
        )
      }
      let more = try connection.receive(atMost: 64 << 10, until: deadline)
      guard !more.isEmpty else { throw .lost }
      bytes += more
    }
    throw .lost
  }
}

/// The first lines of a reply, as far as they matter here.
struct ReplyHead: Equatable {
  let status: Int
  let length: Int
  let redirect: Int?
  let keepsAlive: Bool

  /// The head and its size, once all of it is there. One that makes no sense has status 0.
  static func read(_ bytes: [UInt8]) -> (ReplyHead, size: Int)? {
    guard let end = bytes.firstRange(of: [13, 10, 13, 10]) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let head = ReplyHead(
      status: words.count > 1 ? Int(words[1]) ?? 0 : 0,
      length: max(0, headers["content-length"].flatMap(Int.init) ?? 0),
      redirect: headers["location"].flatMap(URL.init(string:)).flatMap {
        $0.host == "127.0.0.1" ? $0.port : nil
      },
      keepsAlive: headers["connection"]?.lowercased() != "close")
    return (head, end.upperBound)
  }
}
