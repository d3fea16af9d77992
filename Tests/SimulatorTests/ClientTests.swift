import Contracts
import Raft
import Simulator
import Sketches
import Synchronization
import Testing

/// Clients of a simulated cluster: what they do, and what they say of it.
@Suite struct ClientTests {
  private func history(
    _ count: Int, seed: UInt64, plan: FaultPlan = .none, load: ClientLoad = ClientLoad(),
    seconds: Int = 4
  ) throws -> ClientHistory {
    let history = Mutex(ClientHistory())
    let run = ClusterRun(replicas(count), seed: seed, plan: plan, duration: .zero)
    let outcome = try run.outcome { cluster in
      let clients = Clients(of: cluster, load, seed: seed)
      await cluster.run(for: .seconds(seconds))
      await clients.stop()
      await clients.readEverything()
      history.withLock { $0 = clients.history }
    }
    #expect(outcome.broken == [])
    #expect(outcome.misuses == [])
    return history.withLock { $0 }
  }

  @Test(arguments: 1...5)
  func `with nothing in their way, every operation is answered`(_ count: Int) throws {
    let history = try history(count, seed: 5)
    #expect(history.counts.ok > 40)
    #expect(history.counts.unknown == 0)
    #expect(Linearizability.verdict(on: history) == .linearizable)
    let kinds = Set(history.operations.map { String("\($0.operation)".prefix(3)) })
    #expect(kinds == ["get", "put", "del", "com"])
    #expect(Set(history.operations.map(\.client)) == [1, 2, 3])
  }

  @Test func `faults leave operations unknown, and the rest linearizable`() throws {
    var counts = (ok: 0, failed: 0, unknown: 0)
    for seed in 1...30 as ClosedRange<UInt64> {
      let history = try history(
        5, seed: seed, plan: .seeded(seed, servers: 5, until: .seconds(3)))
      #expect(Linearizability.verdict(on: history) == .linearizable)
      counts.ok += history.counts.ok
      counts.unknown += history.counts.unknown
    }
    #expect(counts.ok > 1_000)
    #expect(counts.unknown > 20)
  }

  @Test func `an operation that no server takes has failed, and is asked once at a time`() throws {
    let plan = FaultPlan([(.zero, .crash(2)), (.zero, .crash(3))])
    let history = try history(3, seed: 2, plan: plan)
    #expect(history.operations.allSatisfy { $0.outcome == .failed })
    for client in 1...3 {
      let own = history.operations.filter { $0.client == client }
      #expect(zip(own, own.dropFirst()).allSatisfy { $0.returned <= $1.called })
    }
  }

  @Test func `each value is written once`() throws {
    let history = try history(5, seed: 9, plan: .seeded(9, servers: 5, until: .seconds(3)))
    let values = history.operations.compactMap { operation -> String? in
      switch operation.operation {
      case .put(_, let value), .compareAndSet(_, _, let value): value
      default: nil
      }
    }
    #expect(Set(values).count == values.count)
  }

  @Test func `one seed gives one history`() throws {
    let plan = FaultPlan.seeded(4, servers: 5, until: .seconds(3))
    let first = try history(5, seed: 4, plan: plan)
    for _ in 0..<5 { #expect(try history(5, seed: 4, plan: plan) == first) }
    #expect(try history(5, seed: 6, plan: plan) != first)
  }
}
