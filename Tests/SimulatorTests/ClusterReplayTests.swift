import Contracts
import Raft
import Sketches
import Testing

@testable import Simulator

/// The same seed gives the same run, and a run costs no more than what it keeps.
@Suite struct ClusterReplayTests {
  private func run(
    _ members: [ClusterMember] = sketches(5), seed: UInt64, keeping: TraceKeeping = .all,
    seconds: Int = 5
  ) throws -> ClusterOutcome {
    var options = ClusterOptions()
    options.conditions = .rough
    options.trace = keeping
    return try ClusterRun(
      members, seed: seed,
      plan: .seeded(seed, servers: members.count, until: .seconds(seconds - 1)),
      duration: .seconds(seconds), options: options
    ).outcome()
  }

  @Test func `one seed gives one trace, however often`() throws {
    let first = try run(seed: 42)
    for _ in 0..<20 { #expect(try run(seed: 42) == first) }
  }

  @Test func `one seed gives one trace, with commands too`() throws {
    func play() throws -> ClusterOutcome {
      var options = ClusterOptions()
      options.conditions = .rough
      options.trace = .all
      let end = Duration.seconds(3)
      return try ClusterRun(
        replicas(5), seed: 6, plan: .seeded(6, servers: 5, until: end), duration: end,
        options: options
      ).outcome { await load($0, until: end) }
    }
    let first = try play()
    let applied = first.events.count { if case .applied = $0.kind { true } else { false } }
    #expect(applied > 100)
    for _ in 0..<5 { #expect(try play() == first) }
  }

  @Test func `a message that is lost leaves chance as it was for all others`() throws {
    func events(losing lost: Set<Int>) throws -> [ClusterEvent] {
      var options = ClusterOptions()
      options.conditions = .rough
      options.trace = .all
      options.lostMessages = lost
      return try ClusterRun(sketches(5), seed: 3, duration: .seconds(1), options: options)
        .outcome().events
    }
    let plain = try events(losing: [])
    for number in [1, 6, 20] {
      let other = try events(losing: [number])
      #expect(other.filter { $0.isLost(number) }.count == 1)
      #expect(!other.contains { $0.arrival == number })
      let arrival = try #require(plain.first { $0.arrival == number }).time
      let before = other.filter { $0.time < arrival && !$0.isLost(number) }
      #expect(before == plain.filter { $0.time < arrival })
    }
  }

  @Test func `different seeds give different runs`() throws {
    let traces = Set(try (0..<30 as Range<UInt64>).map { try run(seed: $0).events })
    #expect(traces.count == 30)
  }

  @Test func `a run that keeps no trace takes the same course`() throws {
    for seed in 0..<10 as Range<UInt64> {
      let told = try run(seed: seed)
      let silent = try run(seed: seed, keeping: .off)
      #expect(silent.events.isEmpty)
      #expect(silent.liveness == told.liveness)
      #expect(silent.steps == told.steps)
    }
  }

  @Test func `the last events are kept, and not many more`() throws {
    let all = try run(seed: 8).events
    let last = try run(seed: 8, keeping: .last(100)).events
    #expect((100..<200).contains(last.count))
    #expect(Array(all.suffix(last.count)) == last)
  }

  @Test func `servers of several kinds elect together`() throws {
    let mixed: [ClusterMember] = [
      .server(ElectionsSketch.self), .server(ReplicationSketch.self),
      .server(ElectionsSketch.self), .server(ReplicationSketch.self),
    ]
    for seed in 0..<20 as Range<UInt64> {
      let outcome = try run(mixed, seed: seed)
      #expect(outcome.broken == [])
      #expect(!outcome.liveness.agreements.isEmpty)
    }
  }

  @Test func `what waits for later does not pile up`() throws {
    let simulation = Simulation(schedule: .seeded(1), limits: Limits(steps: .max))
    try simulation.run { simulation in
      let cluster = Cluster(sketches(5), in: simulation, seed: 1)
      defer { cluster.end() }
      await cluster.run(for: .seconds(10))
      let early = simulation.sleepers.count
      await cluster.run(for: .seconds(100))
      #expect(simulation.sleepers.count < early + 50)
    }
  }

  @Test(arguments: [sketches(3), replicas(3)])
  func `a cluster that has ended is let go`(_ members: [ClusterMember]) throws {
    let simulation = Simulation(schedule: .seeded(1), limits: Limits(steps: .max))
    let weakly = try simulation.run { simulation in
      let cluster = Cluster(members, in: simulation, seed: 1)
      cluster.schedule(.seeded(1, servers: 3, until: .seconds(3)))
      for _ in 0..<20 {
        await cluster.run(for: .milliseconds(100))
        for id in cluster.servers { await cluster.propose("x", at: id) }
      }
      cluster.end()
      return Weakly(cluster)
    }
    #expect(weakly.cluster == nil)
  }
}

private final class Weakly: @unchecked Sendable {
  weak var cluster: Cluster?
  init(_ cluster: Cluster) { self.cluster = cluster }
}

extension ClusterEvent {
  /// The number of the message that arrives.
  fileprivate var arrival: Int? {
    if case .delivered(let envelope) = kind { envelope.number } else { nil }
  }

  fileprivate func isLost(_ number: Int) -> Bool {
    if case .lost(let envelope, .dropped) = kind { envelope.number == number } else { false }
  }
}
