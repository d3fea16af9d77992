import Simulator
import Testing

/// The same schedule gives the same run; another seed gives another.
@Suite struct ReplayTests {
  @Test func `one seed gives one trace, however often`() throws {
    var traces: Set<[TraceEvent]> = []
    for _ in 0..<200 {
      let simulation = Simulation(schedule: .seeded(42))
      try simulation.run(everything)
      traces.insert(simulation.trace)
    }
    #expect(traces.count == 1)
  }

  @Test func `different seeds give different runs`() throws {
    var decisions: Set<[Decision]> = []
    for seed in 0..<100 as Range<UInt64> {
      let simulation = Simulation(schedule: .seeded(seed))
      try simulation.run(everything)
      decisions.insert(simulation.decisions)
    }
    #expect(decisions.count == 100)
  }

  @Test func `recorded decisions replay the run`() throws {
    let first = Simulation(schedule: .seeded(7))
    try first.run(everything)
    let again = Simulation(schedule: .replay(first.decisions.map(\.pick)))
    try again.run(everything)
    #expect(again.trace == first.trace)
    #expect(again.decisions == first.decisions)
  }

  @Test func `runs on several threads at once do not disturb each other`() async throws {
    let alone = Simulation(schedule: .seeded(9))
    try alone.run(everything)
    let trace = alone.trace
    await withTaskGroup(of: [TraceEvent].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let simulation = Simulation(schedule: .seeded(9))
          try? simulation.run(everything)
          return simulation.trace
        }
      }
      for await other in group { #expect(other == trace) }
    }
  }

  @Test func `what a seed draws does not depend on the schedule`() throws {
    func draws(_ schedule: Schedule) throws -> [UInt64] {
      let simulation = Simulation(schedule: schedule, seed: 5)
      return try simulation.run { simulation in
        await Task.yield()
        return (0..<5).map { _ in simulation.random.next() }
      }
    }
    #expect(try draws(.inOrder) == draws(.seeded(8)))
  }
}
