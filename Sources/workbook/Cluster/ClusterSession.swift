internal import Contracts
internal import Foundation
internal import Grading
internal import Synchronization

/// Carries out what is typed to a running cluster, in a terminal or on its page.
struct ClusterSession: Sendable {
  let fleet: Fleet
  let style: Style
  private let turns = Turns()

  init(fleet: Fleet, style: Style) {
    self.fleet = fleet
    self.style = style
  }

  /// How long a write or a read may look for a server that takes it.
  private static let storeLimit = Duration.seconds(6)
  private static let leaderLimit = Duration.seconds(10)

  /// What came of a command: the lines to show.
  ///
  /// - Throws: `Trouble`, where it did not work.
  func run(_ command: ClusterCommand) async throws -> [String] {
    guard command.changesServers else { return try await carryOut(command) }
    // One at a time, whoever asks: a server is not started twice.
    return try await turns.take { try await carryOut(command) }
  }

  private func carryOut(_ command: ClusterCommand) async throws -> [String] {
    switch command {
    case .kill(let whom):
      let servers = try await numbers(of: whom)
      try fleet.kill(servers)
      for server in servers { await fleet.waitUntilGone(server) }
      return ["Killed: \(names(servers))."]
    case .restart(let whom):
      let servers = try await numbers(of: whom)
      for server in servers { try await fleet.restart(server) }
      return ["Restarted, on what was saved: \(names(servers))."]
    case .pause(let whom):
      let servers = try await numbers(of: whom)
      for server in servers { try fleet.pause(server) }
      return ["Paused: \(names(servers))."]
    case .resume(let whom):
      let servers = try await numbers(of: whom)
      for server in servers { try fleet.resume(server) }
      return ["Resumed: \(names(servers))."]
    case .cut(let groups): return try await cut(groups)
    case .slow(let whom, let milliseconds):
      let servers = try await numbers(of: whom)
      for server in servers { try fleet.slow(server, by: milliseconds) }
      return [
        milliseconds == 0
          ? "No longer slow: \(names(servers))."
          : "Slow by \(milliseconds) ms: \(names(servers))."
      ]
    case .elect(let whom):
      let servers = try await numbers(of: whom)
      for server in servers { try fleet.elect(server) }
      return ["The election timer has run out: \(names(servers))."]
    case .heal:
      try fleet.heal()
      return ["The network is whole."]
    case .store(let operation): return [try await run(operation)]
    case .log(let whom):
      return try await numbers(of: whom).flatMap { try log(of: $0) }
    case .status: return ClusterTable.lines(fleet.servers.map(fleet.view(of:)), style: style)
    case .waitForLeader:
      let leader = try await leader()
      return ["S\(leader.server) leads term \(leader.term)."]
    case .help: return help
    case .quit: return []
    }
  }

  private var help: [String] {
    let width = ClusterCommand.all.map(\.head.count).max() ?? 0
    return ClusterCommand.all.flatMap { line in
      let head = line.head.padding(toLength: width + 3, withPad: " ", startingAt: 0)
      return style.wrapped(head + line.text, indent: 2, hanging: width + 5)
    }
  }

  private func names(_ servers: [Int]) -> String {
    servers.map { "S\($0)" }.joined(separator: ", ")
  }

  private func numbers(of whom: ClusterCommand.Whom) async throws -> [Int] {
    switch whom {
    case .servers(let numbers): numbers
    case .leader: [try await leader().server]
    }
  }

  private func leader() async throws -> NodeStatus {
    if let leader = try await fleet.leader(within: Self.leaderLimit) { return leader }
    let missing = fleet.plan.servers - fleet.running.count
    let reason =
      if 2 * missing >= fleet.plan.servers {
        "\(missing) of \(fleet.plan.servers) servers do not run, and a leader needs the "
          + "votes of a majority (§5.2)."
      } else if !fleet.ways.withLock({ $0.cuts.isEmpty }) {
        "The network is cut, and a leader has to reach a majority (§5.2). `heal` joins it again."
      } else {
        "Nobody won an election in 10 s; `status` shows how far the servers are."
      }
    throw Trouble("There is no leader. \(reason)")
  }

  private func cut(_ groups: [ClusterCommand.Whom]) async throws -> [String] {
    var numbers: [[Int]] = []
    for group in groups { numbers.append(try await self.numbers(of: group)) }
    let named = numbers.flatMap { $0 }
    guard Set(named).count == named.count else {
      throw Trouble("S\(named[0]) leads, and it stands on one side of a cut.")
    }
    try fleet.cut(numbers)
    let sides = numbers.map(names) + (numbers.count == 1 ? ["all others"] : [])
    return ["Cut: \(sides.joined(separator: " | "))."]
  }

  private func run(_ operation: KeyValue.Operation) async throws -> String {
    let place = (fleet.leader?.server ?? fleet.running.first ?? 1) - 1
    switch await reply(to: operation, askingFirst: place) {
    case .answered(.value(let value)): return value ?? "(no value)"
    case .answered(let answer):
      return answer == .done ? "Done: a majority holds it (§5.3)." : "\(answer)"
    case .refused(let reason):
      throw Trouble("No server took it, so it will not happen. The last answer: \(reason)")
    case .rejected(let reason): throw Trouble(reason)
    case .unknown(let reason):
      throw Trouble("Nobody knows whether it happened; `get` would show. \(reason)")
    }
  }

  /// On a thread of its own: many may wait at the same time for a leader that does not come.
  private func reply(
    to operation: KeyValue.Operation, askingFirst place: Int
  ) async -> StoreClient.Reply {
    await withCheckedContinuation { continuation in
      Thread { [ports = fleet.clientPorts] in
        let client = StoreClient(ports: ports, askingFirst: place)
        continuation.resume(returning: client.run(operation, limit: Self.storeLimit))
      }.start()
    }
  }

  private func log(of server: Int) throws -> [String] {
    guard let status = fleet.status(of: server) else {
      throw Trouble("S\(server) does not answer. `status` shows whether it runs.")
    }
    guard let entries = status.log else {
      throw Trouble("A server of chapter \(fleet.plan.chapter.number) has no log.")
    }
    guard !entries.isEmpty else { return ["  S\(server) has no entries."] }
    let commit = status.commitIndex ?? 0
    return ["  S\(server)   index   term   command"].map(style.quiet)
      + entries.map { entry in
        let index = String(repeating: " ", count: max(0, 12 - "\(entry.index)".count))
        let term = String(repeating: " ", count: max(0, 7 - "\(entry.term)".count))
        let mark = entry.index <= commit ? "" : "   (not known to be committed)"
        return "\(index)\(entry.index)\(term)\(entry.term)   \(entry.command)\(mark)"
      }
  }
}

/// Lets one after another do something, in the order in which they came.
actor Turns {
  private var last: Task<Void, Never>?

  func take<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let turn = Task { [last] in
      await last?.value
      return try await body()
    }
    last = Task { _ = await turn.result }
    return try await turn.value
  }
}
