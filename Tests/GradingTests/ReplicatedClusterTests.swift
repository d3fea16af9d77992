import Contracts
import Foundation
import Raft
import Simulator
import Sketches
import Synchronization
import Testing
import Traces

@testable import Grading

/// The scenarios of chapter 4, on servers that differ from the reference: they send at heartbeats
/// alone, and step back one entry at a time.
@Suite struct ReplicatedClusterTests {
  private func run(
    _ scenario: ReplicationScenario, servers: Int, seed: UInt64
  ) -> ScenarioRun<ReplicationScenario> {
    let members = Array(repeating: ClusterMember.server(ReplicationSketch.self), count: servers)
    return ScenarioRun(scenario, members: members, seed: seed)
  }

  @Test(arguments: ReplicationScenario.allCases)
  func `a right server passes every scenario, at every size`(
    _ scenario: ReplicationScenario
  ) throws {
    for servers in scenario.sizes {
      for seed in 1...2 as ClosedRange<UInt64> {
        try run(scenario, servers: servers, seed: seed).judge()
      }
    }
  }

  @Test func `a run is the same, told or not`() throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let random = run(.random, servers: 3, seed: seed)
      let (told, silent) = (try random.play(tracing: true), try random.play(tracing: false))
      #expect(told.outcome.steps == silent.outcome.steps)
      #expect(told.outcome.logs == silent.outcome.logs)
      #expect(told.end.remarks == silent.end.remarks)
    }
  }

  @Test func `a story ends with the logs, and what the clients did`() throws {
    let lines = try run(.none, servers: 3, seed: 1).told().story(width: 80)
    #expect(lines.first == "3 servers, faults: none, seed 1")
    #expect(lines.contains { $0.hasPrefix("index ") })
    #expect(
      lines.contains { $0.contains("commands answered") && $0.contains("per virtual second") })
    #expect(lines.last?.hasPrefix("In the end S") == true)
  }

  @Test func `the command that shows a run again`() {
    #expect(
      run(.random, servers: 4, seed: 7).command
        == "swift run workbook simulate 4 --servers 4 --seed 7 --faults random")
    #expect(
      run(.none, servers: 1, seed: 2).command
        == "swift run workbook simulate 4 --servers 1 --seed 2")
  }

  @Test func `a cluster without a majority never agrees, and is told`() throws {
    let problem = try #require(
      try runWithoutMajority().end.problem, "two of three servers were down")
    #expect(problem.promise == .elects)
    #expect(problem.happened.hasSuffix("the servers had not agreed on a leader."))
    #expect(problem.facts.map(\.label) == ["S1", "S2", "S3"])
  }

  private func runWithoutMajority() throws -> ScenarioRun<Lonely>.Result {
    let members = Array(repeating: ClusterMember.server(ReplicationSketch.self), count: 3)
    return try ScenarioRun(Lonely.none, members: members, seed: 1).play(tracing: false)
  }

  @Test func `a term that nobody is in any more keeps no cluster from agreeing`() throws {
    let members = Array(repeating: ClusterMember.server(ReplicationSketch.self), count: 3)
    let result = try ScenarioRun(Forgotten.none, members: members, seed: 1).play(tracing: false)
    #expect(result.problem == nil)
  }

  @Test func `more runs go through every scenario and every size, each with its own seed`() throws {
    let played = Mutex<[String]>([])
    let checks: [Check] = .runs(5, of: ReplicationSketch.self, [(Forgotten.none, servers: 3...4)])
    #expect([Check].runs(0, of: ReplicationSketch.self, [(Forgotten.none, servers: 3...4)]).isEmpty)
    #expect(checks.count == 1)
    let note: @Sendable (String) -> Void = { text in played.withLock { $0.append(text) } }
    try Forgotten.$tell.withValue(note) {
      for check in checks { try check.run() }
    }
    #expect(played.withLock { $0 } == ["4, 1", "3, 2", "4, 3", "3, 4", "4, 5"])
  }

  @Test func `a finding has the end of its diagram, and the whole run`() throws {
    let members = Array(repeating: ClusterMember.server(ReplicationSketch.self), count: 3)
    let found = #expect(throws: ClusterFinding.self) {
      try ScenarioRun(Lonely.none, members: members, seed: 1).judge()
    }
    let finding = try #require(found?.finding)
    let last = try #require(finding.recording?.events.last)
    #expect(last.kind == .failed && last.word == "4.10.elects")
    #expect(last.sentence == finding.happened)
    let lines = try #require(finding.diagram).lines(width: 80)
    #expect(lines.count == 12)
    #expect(lines[0].hasSuffix(" earlier rows") && lines[1].hasSuffix("S3"))
    #expect(lines.contains { $0.contains("RequestVote") && $0.contains("✗") })
    // The run itself stays where it was found: a report has no room for it.
    let told = try JSONDecoder().decode(Finding.self, from: JSONEncoder().encode(finding))
    #expect(told.recording == nil && told.diagram == finding.diagram)
  }

  @Test(arguments: [
    (ClientOperation.Outcome.ok(.value("")), #"get key1 → value "", 2 ms to 3 ms"#),
    (.ok(.value(nil)), "get key1 → no value, 2 ms to 3 ms"),
    (.failed, "get key1 → taken by nobody, 2 ms to 3 ms"),
    (.unknown, "get key1 → nobody knows, 2 ms to 3 ms"),
  ])
  func `a client's operation is told in words`(_ outcome: ClientOperation.Outcome, _ text: String) {
    let operation = ClientOperation(
      client: 1, .get(key: "key1"), called: 2_000_000, returned: 3_000_000, outcome: outcome)
    #expect(ReplicationScene.fact(operation) == Fact("client 1", text))
  }

  @Test func `faults have names by chapter`() {
    #expect(ClusterFaults.names(chapter: 2).isEmpty)
    #expect(ClusterFaults.names(chapter: 3).contains("leader-killed"))
    #expect(ClusterFaults.names(chapter: 4).contains("figure-8"))
    #expect(ClusterFaults.sizes(of: "figure-8", chapter: 4) == 5...5)
    #expect(ClusterFaults.sizes(of: "random", chapter: 3) == 1...5)
    #expect(ClusterFaults.sizes(of: "figure-8", chapter: 3) == nil)
  }
}

/// A server stands again and again where nobody hears it, and is gone before anybody does.
private enum Forgotten: String, ClusterScenario {
  typealias Promise = ReplicationPromise
  case none

  static let chapter = 4
  /// Told how many servers there are, and the seed.
  @TaskLocal static var tell: @Sendable (String) -> Void = { _ in }

  func setting(servers count: Int, seed: UInt64) -> ClusterSetting {
    Self.tell("\(count), \(seed)")
    return ClusterSetting()
  }

  func play(
    on cluster: Cluster, seed: UInt64, plan: FaultPlan
  ) async -> ClusterEnd<ReplicationPromise> {
    let scene = ReplicationScene(cluster: cluster, seed: seed)
    return await ClusterEnd {
      let leader = try await scene.leader("after the start")
      let lonely = scene.others(than: leader)[0]
      cluster.apply(.isolate(lonely))
      await cluster.run(for: .seconds(1))
      cluster.apply(.crash(lonely))
      try await scene.agreeInTheEnd("after \(lonely) crashed")
      return []
    }
  }
}

/// Two of three servers are down.
private enum Lonely: String, ClusterScenario {
  typealias Promise = ReplicationPromise
  case none

  static let chapter = 4

  func play(
    on cluster: Cluster, seed: UInt64, plan: FaultPlan
  ) async -> ClusterEnd<ReplicationPromise> {
    cluster.apply(.crash(2))
    cluster.apply(.crash(3))
    return await ClusterEnd {
      try await ReplicationScene(cluster: cluster, seed: seed).leader("with two of three down")
      return []
    }
  }
}
