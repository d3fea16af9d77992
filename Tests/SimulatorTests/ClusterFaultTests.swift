import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// Faults do what they say, and a cluster gets over them.
@Suite struct ClusterFaultTests {
  private static let long = ClusterOptions().longestTimeout * 10

  private func run<Value: Sendable>(
    _ count: Int, seed: UInt64 = 11,
    _ body: @escaping @Sendable (Cluster) async throws -> Value
  ) throws -> ClusterOutcome {
    var options = ClusterOptions()
    options.trace = .all
    let outcome = try ClusterRun(
      sketches(count), seed: seed, duration: .zero, options: options
    ).outcome { _ = try await body($0) }
    #expect(outcome.broken == [])
    return outcome
  }

  /// Waits until the servers agree on a leader.
  @Sendable private static func leader(_ cluster: Cluster) async throws -> ServerID {
    let agrees = await cluster.wait(atMost: long) { $0.liveness.agreement != nil }
    #expect(agrees)
    return try #require(cluster.liveness.agreement?.leader)
  }

  @Test(arguments: 3...5)
  func `a crashed leader is replaced, and comes back as a follower`(_ count: Int) throws {
    _ = try run(count) { cluster in
      let first = try await Self.leader(cluster)
      cluster.apply(.crash(first))
      #expect(cluster.situation(of: first) == nil)
      let second = try await Self.leader(cluster)
      #expect(second != first)
      let saved = cluster.disk(of: first)
      cluster.apply(.restart(first))
      #expect(cluster.situation(of: first)?.persistent == saved)
      #expect(cluster.situation(of: first)?.role == .follower)
      await cluster.run(for: .seconds(1))
      #expect(cluster.liveness.agreement?.leader == second)
    }
  }

  @Test func `a paused leader is replaced, and learns of it when it goes on`() throws {
    _ = try run(3) { cluster in
      let first = try await Self.leader(cluster)
      cluster.apply(.pause(first))
      let before = cluster.situation(of: first)
      let second = try await Self.leader(cluster)
      #expect(second != first)
      #expect(cluster.situation(of: first) == before)
      cluster.apply(.resume(first))
      await cluster.run(for: .milliseconds(500))
      #expect(cluster.situation(of: first)?.role == .follower)
    }
  }

  @Test func `an isolated leader is replaced, and gives way when it is back`() throws {
    _ = try run(5) { cluster in
      let first = try await Self.leader(cluster)
      cluster.apply(.isolate(first))
      let second = try await Self.leader(cluster)
      #expect(second != first)
      #expect(cluster.situation(of: first)?.role == .leader)
      cluster.apply(.heal)
      #expect(cluster.liveness.agreement == nil)
      #expect(try await Self.leader(cluster) == second)
      #expect(cluster.situation(of: first)?.role == .follower)
    }
  }

  @Test func `without a majority nobody leads, and then somebody does`() throws {
    _ = try run(5) { cluster in
      let first = try await Self.leader(cluster)
      cluster.apply(.partition([[1, 2], [3, 4], [5]]))
      cluster.apply(.crash(first))
      await cluster.run(for: .seconds(3))
      #expect(cluster.liveness.agreement == nil)
      cluster.apply(.heal)
      _ = try await Self.leader(cluster)
    }
  }

  @Test func `a cut goes one way`() throws {
    let outcome = try run(2) { cluster in
      cluster.apply(.cut(from: 1, to: 2))
      await cluster.run(for: .seconds(2))
      #expect(cluster.liveness.agreement == nil)
    }
    let delivered = outcome.events.compactMap { event -> Envelope? in
      if case .delivered(let envelope) = event.kind { envelope } else { nil }
    }
    #expect(delivered.contains { $0.from == 2 })
    #expect(!delivered.contains { $0.from == 1 })
  }

  @Test(arguments: 1...12)
  func `a crash after any number of messages loses no promise`(_ messages: Int) throws {
    for seed in 0..<10 as Range<UInt64> {
      let outcome = try run(3, seed: seed) { cluster in
        for id in cluster.servers { cluster.apply(.crashAfterSending(id, messages: messages)) }
        for _ in 0..<5 {
          await cluster.run(for: .milliseconds(400))
          for id in cluster.servers where cluster.situation(of: id) == nil {
            cluster.apply(.restart(id))
            cluster.apply(.crashAfterSending(id, messages: messages))
          }
        }
      }
      let crashes = outcome.events.count { if case .crashed = $0.kind { true } else { false } }
      #expect(crashes > 0)
    }
  }

  @Test func `the whole cluster crashes, and remembers its terms`() throws {
    _ = try run(4) { cluster in
      _ = try await Self.leader(cluster)
      let term = cluster.liveness.highestTerm
      for id in cluster.servers { cluster.apply(.crash(id)) }
      await cluster.run(for: .seconds(1))
      for id in cluster.servers { cluster.apply(.restart(id)) }
      _ = try await Self.leader(cluster)
      #expect(cluster.liveness.highestTerm > term)
    }
  }

  @Test(arguments: 1...5)
  func `once faults stop, a leader appears within ten times the longest timeout`(
    _ count: Int
  ) throws {
    for seed in 0..<40 as Range<UInt64> {
      let end = Duration.seconds(5)
      let plan = FaultPlan.seeded(
        seed, servers: count, until: end, leavingDown: (count - 1) / 2)
      var options = ClusterOptions()
      options.conditions = .rough
      let outcome = try ClusterRun(
        sketches(count), seed: seed, plan: plan, duration: .zero, options: options
      ).outcome { cluster in
        await cluster.run(for: end)
        _ = try await Self.leader(cluster)
        await cluster.run(for: .seconds(1))
        let calm = cluster.now
        await cluster.run(for: .seconds(3))
        #expect(cluster.liveness.termChanges(since: calm) == 0)
      }
      #expect(!outcome.liveness.messagesPerSecond.contains { $0 > 100 * count })
    }
  }

  @Test func `a plan drawn from a seed is the same each time, and puts everything right`() {
    let plan = FaultPlan.seeded(4, servers: 5, until: .seconds(20))
    #expect(plan == .seeded(4, servers: 5, until: .seconds(20)))
    #expect(plan != .seeded(5, servers: 5, until: .seconds(20)))
    #expect(plan.end == .seconds(20))
    #expect(plan.entries.last?.fault == .restart(5))
    #expect(plan.entries.map(\.time) == plan.entries.map(\.time).sorted())
  }
}
