internal import Contracts
internal import Platform
internal import Raft

extension Service {
  static let mostOfEntries = 1_000

  func handleStatus(_ request: HTTPRequest, _ answer: @escaping Answer) throws(HTTPError) {
    guard request.method == "GET" else {
      throw HTTPError(.methodNotAllowed, "The status can only be read: GET /status.")
    }
    let count = try Self.number("entries", of: request, upTo: Self.mostOfEntries)
    let from = try Self.number("from", of: request, upTo: 1 << 60)
    let since = try Self.number("since", of: request, upTo: 1 << 60)
    guard request.query.keys.allSatisfy({ ["entries", "from", "since"].contains($0) }) else {
      throw HTTPError(.badRequest, "The status takes ?entries=N, ?from=INDEX and ?since=PLACE.")
    }
    host.look { [self] situation in
      let members = status(situation, entries: count, from: from) + traffic(since: since)
      answer(HTTPResponse(.ok, .object(members)))
    }
  }

  private static func number(
    _ name: String, of request: HTTPRequest, upTo most: Int
  ) throws(HTTPError) -> Int? {
    guard let text = request.query[name] else { return nil }
    guard let number = Int(text), (0...most).contains(number) else {
      throw HTTPError(.badRequest, "\(name) is a number from 0 to \(most).")
    }
    return number
  }

  private func status(_ situation: Situation, entries: Int?, from: Int?) -> [(String, JSON)] {
    let persistent = situation.persistent
    var members: [(String, JSON)] = [
      ("server", .number(world.settings.id.number)), ("chapter", .number(chapter)),
      ("role", .text(situation.role.rawValue)), ("term", .number(persistent.currentTerm.number)),
      ("votedFor", Self.number(persistent.votedFor)),
    ]
    if let report = situation.replication {
      members += [
        ("leader", Self.number(report.leader)),
        ("commitIndex", .number(report.commitIndex.number)),
        ("lastApplied", .number(report.lastApplied.number)),
        ("lastIndex", .number(persistent.log.lastIndex.number)),
        ("log", Self.entries(of: persistent.log, count: entries, from: from)),
      ]
    }
    let peers = links.states.map { ("\($0.0.number)", JSON.text($0.1.rawValue)) }
    members += [
      ("peers", .object(peers)), ("storage", storage),
      ("clients", .number(port?.count ?? 0)), ("memory", .number(ProcessGuard.peakMemory)),
    ]
    return members
  }

  /// The election timer, and what was sent lately.
  private func traffic(since place: Int?) -> [(String, JSON)] {
    var members: [(String, JSON)] = []
    if let run = host.electionTimer.run {
      // On a clock that all processes of a machine share.
      let timer = [("due", JSON.number(Int(run.due))), ("period", .number(Int(run.period)))]
      members.append(("timer", .object(timer)))
    }
    members.append(("sent", .number(world.traffic.last)))
    guard let place else { return members }
    let messages = world.traffic.messages(after: place).map { message in
      JSON.object([
        ("id", .number(message.number)), ("from", .number(world.settings.id.number)),
        ("to", .number(message.peer.number)), ("kind", .text(message.kind.rawValue)),
        ("reply", .bool(message.isReply)), ("term", .number(message.term.number)),
        ("lost", .bool(message.loss != nil)),
      ])
    }
    return members + [("messages", .list(messages))]
  }

  private static func number(_ server: ServerID?) -> JSON {
    server.map { .number($0.number) } ?? .null
  }

  /// So many entries from an index on, or else the last ones.
  private static func entries(of log: Log, count: Int?, from: Int?) -> JSON {
    let count = count ?? (from == nil ? 10 : mostOfEntries)
    let last = log.lastIndex.number
    let first = max(1, from ?? last - count + 1)
    // No answer grows with what somebody has put into the log.
    var room = 1 << 20
    var entries: [JSON] = []
    for index in first..<max(first, min(last, first + count - 1) + 1) where room > 0 {
      guard let entry = log[LogIndex(index)] else { break }
      room -= entry.command.text.utf8.count
      entries.append(
        .object([
          ("index", .number(index)), ("term", .number(entry.term.number)),
          ("command", .text(entry.command.text)),
        ]))
    }
    return .list(entries)
  }

  private var storage: JSON {
    let figures = saver.figures
    let mean = figures.fsyncs == 0 ? 0 : figures.nanoseconds / Int64(figures.fsyncs)
    return .object([
      ("fsyncs", .number(figures.fsyncs)), ("saves", .number(world.outbox.count)),
      (
        "fsyncMilliseconds",
        .object([("mean", .milliseconds(mean)), ("longest", .milliseconds(figures.longest))])
      ),
    ])
  }
}

extension JSON {
  /// Nanoseconds as milliseconds, to the thousandth.
  static func milliseconds(_ nanoseconds: Int64) -> JSON {
    .decimal(Double(nanoseconds / 1_000) / 1_000)
  }
}
