import Contracts
import Foundation
import Platform
import Raft
import Sketches
import Testing

@testable import Node

/// Something that a test has waited for long enough.
struct TooLate: Error, CustomStringConvertible {
  let description: String
}

/// Waits until `condition` gives a value; five minutes are longer than any busy machine needs.
@discardableResult
func eventually<Value>(
  _ what: String, _ condition: () async throws -> Value?
) async throws -> Value {
  let end = ContinuousClock.now + .seconds(300)
  while ContinuousClock.now < end {
    if let value = try await condition() { return value }
    try await Task.sleep(for: .milliseconds(5))
  }
  throw TooLate(description: "\(what): not within five minutes")
}

extension Limits {
  /// For a machine that is busy with other tests: what is not tried is never in the way.
  static let patient: Limits = {
    var limits = Limits()
    limits.greeting = 300_000_000_000
    limits.stall = 300_000_000_000
    limits.request = 300_000_000_000
    return limits
  }()
}

/// Servers on loopback in this process, each with an event loop and a folder of its own.
final class TestCluster {
  let scratch: Scratch
  var limits: Limits
  let ids: [ServerID]
  private(set) var settings: [ServerID: NodeSettings] = [:]
  /// What the nodes have said.
  let notices = Shared<[String]>([])
  private var running: [ServerID: (node: RaftNode, loop: EventLoop)] = [:]
  private let begin: (NodeSettings, Limits, EventLoop, RaftNode.Listeners) throws -> RaftNode

  /// Servers of chapter 4.
  static func replication(_ servers: Int, _ limits: Limits = .patient) throws -> TestCluster {
    try TestCluster(servers, limits) {
      try RaftNode(
        ReplicationSketch.self, 4, Commands(), $0, $1, $2, Chance(UInt64($0.id.number)), $3)
    }
  }

  /// Servers of chapter 4 that run, led by S1 as long as the test may take: nobody's timer runs out
  /// by itself, however busy the machine is.
  static func led(
    _ servers: Int, _ limits: Limits = .patient, heartbeatInterval: Int = 30
  ) async throws -> TestCluster {
    let cluster = try replication(servers, limits)
    for id in cluster.ids {
      cluster.settings[id]?.electionTimeout = 600_000...900_000
      cluster.settings[id]?.heartbeatInterval = heartbeatInterval
    }
    try cluster.start()
    try await eventually("connections") {
      let peers = try await cluster.status(1)["peers"] as? [String: String]
      return peers?.values.allSatisfy { $0 == "connected" } == true ? true : nil
    }
    #expect(try await cluster.elect(1).status == 200)
    _ = try await cluster.leader()
    return cluster
  }

  /// Servers of chapter 3.
  static func elections(_ servers: Int) throws -> TestCluster {
    try TestCluster(servers, .patient) {
      try RaftNode(
        ElectionsSketch.self, 3, nil, $0, $1, $2, Chance(UInt64($0.id.number)), $3)
    }
  }

  private init(
    _ servers: Int, _ limits: Limits,
    _ begin: @escaping (NodeSettings, Limits, EventLoop, RaftNode.Listeners) throws -> RaftNode
  ) throws {
    scratch = try Scratch()
    self.limits = limits
    self.begin = begin
    ids = (1...servers).map { ServerID($0) }
    let ports = try Self.freePorts(2 * servers)
    let addresses = Dictionary(
      uniqueKeysWithValues: ids.map { id in
        let place = id.number - 1
        let client = ports[servers + place]
        return (id, NodeSettings.Addresses(peer: ports[place], client: client))
      })
    for id in ids {
      var own = NodeSettings(
        id: id, servers: addresses, client: addresses[id]!.client!,
        folder: scratch.folder.appendingPathComponent("\(id)"))
      own.heartbeatInterval = 30
      own.takesFaults = true
      settings[id] = own
    }
  }

  deinit { for id in ids { stop(id) } }

  /// The port that the next cluster looks at first: no two clusters get the same.
  private static let nextPort = Shared(Int.random(in: 10_000..<18_000))

  /// Ports below those that the system gives to connections on their way out, and those that
  /// `cluster` takes: a server that was down must find its port free, whatever a thousand other
  /// connections and servers do meanwhile.
  private static func freePorts(_ count: Int) throws -> [SocketAddress] {
    let loop = try EventLoop()
    return nextPort.withLock { next in
      var found: [SocketAddress] = []
      while found.count < count {
        let address = SocketAddress("127.0.0.1:\(next)")!
        if (try? Listener(at: address, on: loop)) != nil { found.append(address) }
        next = next < 19_999 ? next + 1 : 10_000
      }
      return found
    }
  }

  func start(_ ids: [ServerID]? = nil) throws {
    for id in ids ?? self.ids where running[id] == nil {
      let loop = try EventLoop()
      let listeners = RaftNode.Listeners { [notices] sentence in
        notices.withLock { $0.append(sentence) }
      } fail: { [notices] problem in
        notices.withLock { $0.append("\(problem)") }
      }
      let node = try begin(settings[id]!, limits, loop, listeners)
      running[id] = (node, loop)
      loop.start("\(id)")
    }
  }

  /// Ends a server, as far as that goes within a process: nothing of it moves any more.
  func stop(_ id: ServerID) {
    guard let (node, loop) = running.removeValue(forKey: id) else { return }
    node.stop()
    loop.stop()
  }

  /// Starts a server again on what it has saved; its ports and its folder have to be let go first.
  func restart(_ id: ServerID) async throws {
    stop(id)
    try await eventually("a new start of \(id)") { try? start([id]) }
  }

  func address(_ id: ServerID) -> SocketAddress { settings[id]!.client }

  func ask(_ id: ServerID, _ head: String, _ body: String = "") async throws -> HTTPAnswer {
    let client = try await RawClient(address(id))
    defer { client.close() }
    return try await client.ask(head, body)
  }

  func status(_ id: ServerID) async throws -> [String: Any] {
    try await ask(id, "GET /status").object
  }

  /// The leader that these servers agree on.
  func leader(among ids: [ServerID]? = nil) async throws -> ServerID {
    try await eventually("a leader") {
      var roles: [(ServerID, role: String?, leader: Int?, term: Int?)] = []
      for id in ids ?? self.ids {
        let status = try await self.status(id)
        roles.append(
          (id, status["role"] as? String, status["leader"] as? Int, status["term"] as? Int))
      }
      guard let leader = roles.first(where: { $0.role == "leader" }),
        roles.allSatisfy({ $0.term == leader.term && $0.leader == leader.0.number })
      else { return nil }
      return leader.0
    }
  }

  /// Writes, at whichever of these servers leads, until it is acknowledged.
  func put(_ key: String, _ value: String, among ids: [ServerID]? = nil) async throws {
    try await eventually("a write of \(key)") {
      for id in ids ?? self.ids {
        let answer = try? await ask(id, "PUT /kv/\(key)", value)
        if answer?.status == 200 { return true }
      }
      return nil
    }
  }

  func get(_ key: String, among ids: [ServerID]? = nil) async throws -> String? {
    let answer = try await eventually("a read of \(key)") {
      for id in ids ?? self.ids {
        let answer = try? await ask(id, "GET /kv/\(key)")
        if let answer, [200, 404].contains(answer.status) { return answer }
      }
      return nil as HTTPAnswer?
    }
    return answer.object["value"] as? String
  }

  /// Lets the election timer of a server run out.
  func elect(_ id: ServerID) async throws -> HTTPAnswer {
    try await ask(id, "POST /faults/elect\r\nX-Workbook: cut")
  }

  /// Cuts the connections of `id` to `peers`, in both directions; heals them for no peers.
  func cut(_ id: ServerID, from peers: [ServerID]) async throws {
    let body = peers.isEmpty ? "" : #"{"peers":\#(peers.map(\.number))}"#
    let path = peers.isEmpty ? "heal" : "cut"
    let answer = try await ask(id, "POST /faults/\(path)\r\nX-Workbook: cut", body)
    #expect(answer.status == 200)
  }
}

extension HTTPAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }

  var object: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  var error: String? { object["error"] as? String }
}
