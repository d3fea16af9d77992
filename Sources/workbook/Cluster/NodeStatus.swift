internal import Foundation
internal import Platform

/// What a server says of itself.
struct NodeStatus: Hashable, Codable, Sendable {
  struct Entry: Hashable, Codable, Sendable {
    let index: Int
    let term: Int
    let command: String
  }

  /// What its disk has been asked to do, and how long that took.
  struct Storage: Hashable, Codable, Sendable {
    struct Milliseconds: Hashable, Codable, Sendable {
      let mean: Double
    }

    let fsyncs: Int
    let fsyncMilliseconds: Milliseconds
  }

  /// A timer that runs: when it elapses, on the clock of this machine, and after how long a run;
  /// in nanoseconds.
  struct Timer: Hashable, Codable, Sendable {
    let due: Int64
    let period: Int64
  }

  /// A message that the server has sent.
  struct Message: Hashable, Codable, Sendable {
    let id: Int
    let from: Int
    let to: Int
    /// By the paper's name: of the request, also where it is the reply to one.
    let kind: String
    let reply: Bool
    let term: Int
    let lost: Bool
  }

  let server: Int
  let role: String
  let term: Int
  var votedFor: Int?
  var leader: Int?
  // A server of chapter 3 has no log.
  var commitIndex: Int?
  var lastApplied: Int?
  var lastIndex: Int?
  var log: [Entry]?
  var storage: Storage?
  /// The most memory that it has had at once, in bytes.
  var memory: Int?
  /// The election timer, where it runs.
  var timer: Timer?
  /// The place of its last message among all that it has sent; and the messages behind the place
  /// that was asked for.
  var sent: Int?
  var messages: [Message]?

  var isLeader: Bool { role == "leader" }

  /// Asks the server at `port`; nil where it does not answer in time.
  static func ask(
    port: Int, by client: NodeClient = NodeClient(), query: String = "",
    limit: Duration = .seconds(1)
  ) -> NodeStatus? {
    let reply = try? client.ask("GET", "/status" + query, port: port, limit: limit)
    guard let reply, reply.status == 200 else { return nil }
    return try? JSONDecoder().decode(NodeStatus.self, from: reply.body)
  }

  /// Every entry of the server's log, page by page; nil where it does not answer.
  static func wholeLog(port: Int) -> [Entry]? {
    let client = NodeClient()
    var entries: [Entry] = []
    while true {
      let query = "?from=\(entries.count + 1)&entries=1000"
      guard let status = ask(port: port, by: client, query: query, limit: .seconds(10)) else {
        return nil
      }
      let page = (status.log ?? []).filter { $0.index == entries.count + 1 || !entries.isEmpty }
        .drop { $0.index <= entries.count }
      entries += page
      if page.isEmpty || entries.count >= status.lastIndex ?? 0 { return entries }
    }
  }
}
