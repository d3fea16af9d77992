import Simulator
import Testing

/// Systematic search: it sees every outcome, and says whether it saw every schedule.
@Suite struct ExplorationTests {
  /// The final values over every schedule, and how many schedules there were.
  private func outcomes(
    most: Int = .max, delays: Int? = nil, _ body: @escaping @Sendable (Simulation) async -> Int
  ) throws -> (values: Set<Int>, coverage: Coverage) {
    var values: Set<Int> = []
    let coverage = try Exploration.run(most: most, delays: delays, body) { _, result in
      values.insert(try result.get())
      return true
    }
    return (values, coverage)
  }

  @Test(arguments: [1, 2, 3])
  func `a racy counter can end with anything from one to the number of tasks`(_ tasks: Int)
    throws
  {
    let (values, coverage) = try outcomes { _ in await race(tasks) }
    #expect(values == Set(1...tasks))
    #expect(coverage.isComplete)
  }

  @Test(arguments: [1, 2, 3])
  func `a counter without a suspension inside ends right on every schedule`(_ tasks: Int) throws {
    let (values, coverage) = try outcomes { _ in await count(tasks) }
    #expect(values == [tasks])
    #expect(coverage.isComplete)
  }

  @Test func `no schedule is run twice`() throws {
    var seen: Set<[Int]> = []
    let coverage = try Exploration.run(
      { _ in await race(2) },
      judge: { simulation, _ in seen.insert(simulation.decisions.map(\.pick)).inserted })
    #expect(coverage.isComplete)
    #expect(seen.count == coverage.schedules)
  }

  @Test func `a search that was cut short says so`() throws {
    let (_, coverage) = try outcomes(most: 5) { _ in await race(2) }
    #expect(coverage == Coverage(schedules: 5, isComplete: false))
    #expect(coverage.description == "5 schedules (there are more)")
  }

  @Test func `a bound on delays is kept, and is no complete search`() throws {
    var most = 0
    let coverage = try Exploration.run(
      delays: 2, { _ in await race(2) },
      judge: { simulation, _ in
        most = max(most, simulation.decisions.reduce(0) { $0 + $1.pick })
        return true
      })
    #expect(most == 2)
    #expect(!coverage.isComplete)
  }

  @Test func `the schedule that fails replays`() throws {
    var failing: [Int]?
    _ = try Exploration.run(
      { _ in await race(2) },
      judge: { simulation, result in
        guard try result.get() == 1 else { return true }
        failing = simulation.decisions.map(\.pick)
        return false
      })
    let replayed = Simulation(schedule: .replay(try #require(failing)))
    #expect(try replayed.run { _ in await race(2) } == 1)
  }

  @Test func `code that draws on chance of its own is found out`() throws {
    var runs = 0
    #expect(throws: SimulationError.notReproducible) {
      try Exploration.run(
        { _ in
          let tasks = coin.flip()
          await withDiscardingTaskGroup { group in
            for _ in 0..<tasks { group.addTask { await Task.yield() } }
          }
        },
        judge: { _, _ in
          runs += 1
          return runs < 1000
        })
    }
  }
}

/// Chance that no seed holds: each flip differs from the last.
private let coin = Coin()
private final class Coin: @unchecked Sendable {
  private var flips = 0
  func flip() -> Int {
    flips += 1
    return 2 + flips % 3
  }
}
