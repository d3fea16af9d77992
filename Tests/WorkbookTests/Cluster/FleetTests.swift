import Contracts
import Foundation
import Grading
import Platform
import Testing

@testable import workbook

/// Real processes of the reference, on this machine.
@Suite(
  .serialized,
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: Anchor.runner.path),
    "There is no runner beside these tests. `swift build --build-tests` builds it."))
struct FleetTests {
  static let patience = Duration.seconds(600)

  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("workbook-fleet-\(UUID().uuidString)")

  func plan(_ servers: Int, chapter: Int = 4) throws -> Fleet.Plan {
    Fleet.Plan(
      runner: Anchor.runner, chapter: try #require(Curriculum.chapter(chapter)),
      subject: .solution, servers: servers, folder: folder, root: Folder.real,
      startLimit: Self.patience)
  }

  /// Runs servers, and makes sure that none is left.
  private func run(
    _ servers: Int, keeps: Bool = false, _ body: (Fleet, StoreClient) async throws -> Void
  ) async throws {
    let fleet = try Fleet(plan(servers), keeps: keeps)
    try await fleet.run { try await body(fleet, StoreClient(ports: fleet.clientPorts)) }
    for port in fleet.clientPorts {
      #expect(throws: LoopbackConnection.Failure.refused) {
        _ = try LoopbackConnection(
          port: port, until: MonotonicClock.nanoseconds + 5_000_000_000)
      }
    }
  }

  func leader(of fleet: Fleet) async throws -> NodeStatus {
    try #require(try await fleet.leader(within: Self.patience))
  }

  private func expect(_ value: String?, at key: String, _ client: StoreClient) {
    #expect(reply(to: .get(key: key), client) == .answered(.value(value)))
  }

  func put(_ value: String, at key: String, _ client: StoreClient) {
    #expect(reply(to: .put(key: key, value: value), client) == .answered(.done))
  }

  /// On a busy machine a leader may lose its leadership for no other reason, and does not know what
  /// became of the operation. To ask for these again does no harm.
  private func reply(
    to operation: KeyValue.Operation, _ client: StoreClient
  ) -> StoreClient.Reply {
    let deadline = ContinuousClock.now + Self.patience
    var reply = client.run(operation, limit: Self.patience)
    while case .unknown = reply, ContinuousClock.now < deadline {
      reply = client.run(operation, limit: Self.patience)
    }
    return reply
  }

  @Test func `what was acknowledged outlives its leader, and all servers at once`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(3) { fleet, client in
      put("1", at: "a", client)
      let old = try await leader(of: fleet)
      try await fleet.kill(old.server)
      #expect(fleet.view(of: old.server) == ServerView(server: old.server, state: "killed"))
      let new = try await leader(of: fleet)
      #expect(new.term > old.term)
      expect("1", at: "a", client)
      put("2", at: "a", client)
      try await fleet.restart(old.server)
      try fleet.kill(Array(fleet.servers))
      for server in fleet.servers { try await fleet.restart(server) }
      expect("2", at: "a", client)
    }
    try await run(3, keeps: true) { _, client in expect("2", at: "a", client) }
    try await run(3) { _, client in expect(nil, at: "a", client) }
  }

  @Test func `a leader that is cut off or paused is replaced, and comes back as a follower`()
    async throws
  {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(3) { fleet, _ in
      // Who is cut off or paused does not know: whoever asks there waits for nothing.
      func client(of leader: NodeStatus) -> StoreClient {
        StoreClient(ports: fleet.clientPorts, askingFirst: leader.server - 1)
      }
      let first = try await leader(of: fleet)
      try fleet.cut([[first.server]])
      let second = try await leader(of: fleet)
      #expect(second.server != first.server)
      put("1", at: "a", client(of: second))
      try fleet.heal()
      try await fleet.expect(first.server, toFollow: second.term)
      try fleet.pause(second.server)
      let third = try await leader(of: fleet)
      #expect(third.server != second.server)
      expect("1", at: "a", client(of: third))
      try fleet.resume(second.server)
      try await fleet.expect(second.server, toFollow: third.term)
    }
  }

  @Test func `a cut outlives the restart of a server`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(3) { fleet, client in
      try fleet.cut([[3]])
      try await fleet.kill(3)
      put("1", at: "a", client)
      try await fleet.restart(3)
      put("2", at: "a", client)
      #expect(try #require(fleet.status(of: 3)).lastIndex == 0)
      try fleet.heal()
      expect("2", at: "a", client)
    }
  }

  @Test func `a leader that is slow loses its followers, and any of them can be made to stand`()
    async throws
  {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(3) { fleet, client in
      let first = try await leader(of: fleet)
      // Longer than any election timeout; it comes to all of them at once.
      try fleet.slow(first.server, by: 5_000)
      #expect(fleet.look(at: first.server, by: NodeClient()).0.slow == 5_000)
      let second = try await fleet.leader(after: first)
      #expect(second.server != first.server)
      try fleet.heal()
      #expect(fleet.look(at: first.server, by: NodeClient()).0.slow == 0)
      try await fleet.expect(first.server, toFollow: second.term)
      // Nobody waits for a leader but those who follow one.
      let third = try await leader(of: fleet)
      let other = try #require(fleet.servers.first { $0 != third.server })
      try fleet.elect(other)
      _ = try await fleet.leader(after: third)
      put("1", at: "a", client)
      expect("1", at: "a", client)
    }
  }

  @Test func `what can't be done to a server is told`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(1) { fleet, _ in
      #expect(throws: Trouble("S1 is not paused.")) { try fleet.resume(1) }
      _ = try await leader(of: fleet)
      let leads =
        "No election timer runs on S1. A leader has none: it is the others that wait to hear from "
        + "it (§5.2)."
      #expect(throws: Trouble(leads)) { try fleet.elect(1) }
      try fleet.pause(1)
      let isPaused = Trouble("S1 is paused. `resume 1` lets it go on.")
      #expect(throws: isPaused) { try fleet.slow(1, by: 100) }
      #expect(throws: isPaused) { try fleet.elect(1) }
      try fleet.resume(1)
      await #expect(throws: Trouble("S1 is running. `kill 1` comes first.")) {
        try await fleet.restart(1)
      }
      try await fleet.kill(1)
      #expect(throws: Trouble("S1 is not running.")) { try fleet.pause(1) }
      let isDown = Trouble("S1 is not running. `restart 1` starts it.")
      #expect(throws: isDown) { try fleet.slow(1, by: 100) }
      #expect(throws: isDown) { try fleet.elect(1) }
      await #expect(throws: Trouble("S1 is not running. `restart 1` starts it.")) {
        try await fleet.kill(1)
      }
      #expect(throws: Trouble.self) { try Fleet(plan(1)) }
    }
    #expect(throws: Trouble.self) { try Fleet(plan(2), keeps: true) }
  }

  @Test func `a server that can't start says why`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run(1) { _, client in
      for number in 1...20 { put("\(number)", at: "a", client) }
    }
    let log = folder.appendingPathComponent("S1/log")
    var bytes = try Data(contentsOf: log)
    bytes[bytes.count / 2] ^= 0xFF
    try bytes.write(to: log)
    let error = await #expect(throws: Trouble.self) {
      try await run(1, keeps: true) { _, _ in }
    }
    #expect(error?.description.hasPrefix("S1 ended: ") == true)
  }
}

/// Where the products of the build are.
private final class Anchor {
  static let runner = Examiner.forTests(anchor: Anchor.self).runner
}

extension Fleet {
  /// Waits for the leader of a later term.
  fileprivate func leader(after old: NodeStatus) async throws -> NodeStatus {
    let deadline = ContinuousClock.now + FleetTests.patience
    while ContinuousClock.now < deadline {
      if let new = leader, new.term > old.term { return new }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Trouble("Nobody leads a later term than \(old.term).")
  }

  /// Waits until a server follows in a term, or a later one.
  fileprivate func expect(_ server: Int, toFollow term: Int) async throws {
    let deadline = ContinuousClock.now + FleetTests.patience
    while ContinuousClock.now < deadline {
      if let status = status(of: server), status.term >= term, !status.isLeader { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("S\(server) does not follow in term \(term)")
  }
}
