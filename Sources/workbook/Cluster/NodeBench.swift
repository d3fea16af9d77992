internal import Foundation
internal import Grading
internal import Platform

/// What servers as processes of their own do in a second, and how soon they are back.
extension Bench {
  /// What `runner load` says.
  private struct LoadLine: Decodable {
    struct Milliseconds: Decodable {
      let p50, p90, p99, longest: Double
    }

    let acknowledged, perSecond: Int
    let milliseconds: Milliseconds
  }

  /// Clusters of the reference on this machine, which they share with the clients.
  func nodes() async throws -> [Figure] {
    var figures: [Figure] = []
    for servers in [3, 5] {
      let fleet = try fleet(of: servers)
      figures += try await fleet.run {
        var figures: [Figure] = []
        for clients in [1, 10, 100, 1_000] {
          figures += try await writes(to: fleet, by: clients)
        }
        guard servers == 3 else { return figures }
        figures.append(try await eventToPage(in: fleet))
        figures.append(try await failover(in: fleet))
        return figures + (try await restart(in: fleet))
      }
    }
    return figures
  }

  private func fleet(of servers: Int) throws -> Fleet {
    try Fleet(
      Fleet.Plan(
        runner: runner, chapter: Self.replication, subject: .solution, servers: servers,
        folder: surroundings.url(".workbook/bench"), root: surroundings.root))
  }

  /// Values of 256 bytes, each confirmed by a majority of disks before the client goes on.
  private func writes(to fleet: Fleet, by clients: Int) async throws -> [Figure] {
    try await write("start", to: fleet)
    let before = storage(of: fleet)
    let line = try await load(fleet, clients: clients, seconds: 3)
    let after = storage(of: fleet)
    let fsyncs = max(1, after.fsyncs - before.fsyncs)
    let time = (after.milliseconds - before.milliseconds) / Double(fsyncs)
    let isJudged = fleet.plan.servers == 3 && clients == 1_000
    let label = clients == 1 ? "client" : "clients"
    return [
      Figure(
        "\(fleet.plan.servers) servers, \(clients) \(label): writes",
        .init(number: Double(line.perSecond), unit: "a second"),
        wanted: isJudged ? .atLeast(5_000) : nil),
      Figure(
        "  how long one takes", .milliseconds(line.milliseconds.p50),
        .milliseconds(line.milliseconds.p90, label: "90 %"),
        .milliseconds(line.milliseconds.p99, label: "99 %")),
      Figure(
        "  the leader's disk", .init(number: Double(fsyncs), unit: "fsyncs"),
        .milliseconds(time, label: "each"),
        // The load warms up for a tenth of its time, in which answers do not count.
        .init(
          number: Double(line.acknowledged) * 1.1 / Double(fsyncs), unit: "writes", label: "of",
          digits: 1)),
    ]
  }

  private func load(_ fleet: Fleet, clients: Int, seconds: Int) async throws -> LoadLine {
    let addresses = fleet.clientPorts.map { "127.0.0.1:\($0)" }.joined(separator: ",")
    let lines = try await run(
      fleet.plan.runner.path,
      ["load", "--servers", addresses, "--clients", "\(clients)", "--seconds", "\(seconds)"])
    guard let last = lines.last,
      let line = try? JSONDecoder().decode(LoadLine.self, from: Data(last.utf8))
    else { throw Trouble("The load said nothing of how it went.") }
    return line
  }

  /// What the leader has had its disk do so far.
  private func storage(of fleet: Fleet) -> (fsyncs: Int, milliseconds: Double) {
    let leader = fleet.running.compactMap { NodeStatus.ask(port: fleet.clientPorts[$0 - 1]) }
      .filter(\.isLeader).max { $0.term < $1.term }
    guard let storage = leader?.storage else { return (0, 0) }
    return (storage.fsyncs, storage.fsyncMilliseconds.mean * Double(storage.fsyncs))
  }

  /// Writes until it is acknowledged, and says by whom.
  @discardableResult
  func write(_ value: String, to fleet: Fleet) async throws -> Int {
    let client = NodeClient()
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      for server in fleet.running {
        let reply = try? client.ask(
          "PUT", "/kv/bench", body: value, port: fleet.clientPorts[server - 1],
          limit: .seconds(6))
        if reply?.status == 200 { return server }
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Trouble("No server has acknowledged a write within 30 s.")
  }

  /// The leader is killed: how soon another one acknowledges writes, the median of five.
  private func failover(in fleet: Fleet) async throws -> Figure {
    var times: [Duration] = []
    for number in 1...5 {
      let leader = try await write("before \(number)", to: fleet)
      let start = ContinuousClock.now
      try await fleet.kill(leader)
      try await write("after \(number)", to: fleet)
      times.append(ContinuousClock.now - start)
      try await fleet.restart(leader)
    }
    return Figure(
      "leader killed, writes again: median", .seconds(times.sorted()[2]), wanted: .under(1))
  }

  /// A server that starts again with a long log: how soon it has applied all of it.
  private func restart(in fleet: Fleet) async throws -> [Figure] {
    let entries = 100_000
    for _ in 0..<20 where longest(in: fleet) < entries {
      _ = try await load(fleet, clients: 200, seconds: 3)
    }
    let leader = try await write("last", to: fleet)
    guard let server = fleet.running.first(where: { $0 != leader }) else {
      throw Trouble("Only one server is left.")
    }
    let last = longest(in: fleet)
    try await fleet.kill(server)
    let start = ContinuousClock.now
    try await fleet.restart(server)
    let port = fleet.clientPorts[server - 1]
    while NodeStatus.ask(port: port)?.lastApplied ?? 0 < last,
      ContinuousClock.now - start < .seconds(30)
    {
      try await Task.sleep(for: .milliseconds(5))
    }
    let time = ContinuousClock.now - start
    let memory =
      fleet.running
      .compactMap { NodeStatus.ask(port: fleet.clientPorts[$0 - 1])?.memory }.max() ?? 0
    guard memory > 0 else { throw Trouble("No server says how much memory it takes.") }
    return [
      Figure("restart with \(last) entries, all applied", .seconds(time), wanted: .under(2)),
      Figure("memory of a server with so many", .megabytes(memory), wanted: .under(150)),
    ]
  }

  private func longest(in fleet: Fleet) -> Int {
    fleet.running.compactMap { NodeStatus.ask(port: fleet.clientPorts[$0 - 1])?.lastIndex }.max()
      ?? 0
  }
}
