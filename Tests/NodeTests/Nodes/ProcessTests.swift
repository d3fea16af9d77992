import Foundation
import Platform
import Raft
import Testing

@testable import Node

/// Servers as processes, which can be killed.
@Suite struct ProcessTests {
  private func words(_ cluster: TestCluster, _ id: ServerID) -> [String] {
    let peers = cluster.ids.map { id in
      let addresses = cluster.settings[id]!.servers[id]!
      return "\(id.number)=\(addresses.peer)/\(addresses.client!)"
    }
    return [
      "node", "4", "--subject", "solution", "--id", "\(id.number)",
      "--data", cluster.settings[id]!.folder.path, "--peers", peers.joined(separator: ","),
      "--client", "\(cluster.address(id))",
    ]
  }

  @Test func `whatever was acknowledged outlives kill -9 of every server`() async throws {
    let cluster = try TestCluster.replication(3)
    var nodes: [ServerID: NodeProcess] = [:]
    func start(_ id: ServerID) async throws {
      let node = NodeProcess(words(cluster, id))
      try await node.ready()
      nodes[id] = node
    }
    for id in cluster.ids { try await start(id) }
    var number = 0
    func write(_ count: Int) async throws {
      for _ in 0..<count {
        number += 1
        try await cluster.put("key\(number)", "value \(number)")
      }
    }
    for _ in 0..<3 {
      try await write(10)
      let leader = try await cluster.leader()
      try await nodes[leader]!.kill()
      try await write(10)
      try await start(leader)
    }
    for node in nodes.values { try await node.kill() }
    for id in cluster.ids { try await start(id) }
    for key in 1...number {
      #expect(try await cluster.get("key\(key)") == "value \(key)")
    }
    for node in nodes.values {
      #expect(try await node.terminate() == .exited(0))
      #expect(node.text.count == 1, "\(node.text)")
    }
  }

  @Test func `what a node cannot go on with is told in a sentence`() async throws {
    let cluster = try TestCluster.replication(1)
    let first = NodeProcess(words(cluster, 1))
    try await first.ready()
    // The same folder, and the same ports.
    let second = NodeProcess(words(cluster, 1))
    #expect(try await second.end == .exited(74))
    let folder = cluster.settings[1]!.folder.path
    #expect(
      second.text == [
        "Another server is running in \(folder). A folder belongs to one process at a time."
      ])
    let third = NodeProcess(words(cluster, 1).map { $0 == folder ? folder + "-other" : $0 })
    #expect(try await third.end == .exited(73))
    let port = cluster.settings[1]!.servers[1]!.peer
    #expect(third.text == ["Another program uses this port (listening at \(port))."])
    #expect(try await first.terminate() == .exited(0))
    let fourth = NodeProcess(["node", "4", "--id", "1"])
    #expect(try await fourth.end == .exited(64))
    #expect(fourth.text.first == "--peers is missing.")
    let fifth = NodeProcess(["node", "2"] + words(cluster, 1).dropFirst(2))
    #expect(try await fifth.end == .exited(69))
  }

  @Test func `a log that is damaged is refused, one that is torn is put right`() async throws {
    let cluster = try TestCluster.replication(1)
    let first = NodeProcess(words(cluster, 1))
    try await first.ready()
    for number in 1...5 { try await cluster.put("k\(number)", "value") }
    try await first.kill()
    let log = cluster.settings[1]!.folder.appendingPathComponent("log")
    let bytes = try Data(contentsOf: log)
    try (bytes + [9, 9, 9]).write(to: log)
    let torn = NodeProcess(words(cluster, 1))
    try await torn.ready()
    #expect(torn.text.contains { $0.hasPrefix("The last write to ") })
    #expect(try await cluster.get("k5") == "value")
    try await torn.kill()
    var damaged = bytes
    damaged[bytes.count / 2] ^= 1
    try damaged.write(to: log)
    let last = NodeProcess(words(cluster, 1))
    #expect(try await last.end == .exited(74))
    #expect(last.text.first?.contains("is damaged at byte") == true)
  }

  @Test func `a log that can grow no more ends the server, and what it confirmed is there`()
    async throws
  {
    let cluster = try TestCluster.replication(1)
    let node = NodeProcess(words(cluster, 1), fileSize: 40)
    try await node.ready()
    try await cluster.put("k0", "value")
    var acknowledged = 0
    let value = String(repeating: "x", count: 1_000)
    while let answer = try? await cluster.ask(1, "PUT /kv/k\(acknowledged + 1)", value) {
      guard answer.status == 200 else { continue }
      acknowledged += 1
    }
    #expect(try await node.end == .exited(74))
    #expect(node.text.last?.hasPrefix("A file has grown as large as it may") == true)
    #expect(acknowledged > 5)
    let again = NodeProcess(words(cluster, 1))
    try await again.ready()
    for number in 1...acknowledged { #expect(try await cluster.get("k\(number)") == value) }
  }

  #if os(Linux)
    @Test func `a server whose disk is full confirms nothing, and ends with a sentence`()
      async throws
    {
      let cluster = try TestCluster.replication(1)
      let folder = cluster.settings[1]!.folder
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder.appendingPathComponent("log.new").path,
        withDestinationPath: "/dev/full")
      let node = NodeProcess(words(cluster, 1))
      #expect(try await node.end == .exited(74))
      #expect(node.text.first?.hasPrefix("There is no room left on the disk") == true)
    }
  #endif
}
