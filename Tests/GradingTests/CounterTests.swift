import Contracts
import Simulator
import Testing

@testable import Grading

/// The racy counter, and the orders that chapter 2's predictions are derived from.
@Suite struct CounterTests {
  @Test(arguments: [(0, 1), (1, 1), (2, 6), (3, 90)])
  func `every order of reads and writes is tried`(tasks: Int, count: Int) {
    let orders = ReadWaitWrite.orders(tasks: tasks)
    #expect(orders.count == count)
    #expect(Set(orders).count == count)
  }

  @Test func `a replayed order reads and writes as it says`() throws {
    let outcome = try ReadWaitWrite.replay([.read(2), .read(1), .write(1), .write(2)])
    #expect(outcome.value == 1)
    #expect(
      outcome.trace.map { "\($0.time) \($0.lane) \($0.text)" } == [
        "1.0 seconds task 2 reads 0", "2.0 seconds task 1 reads 0",
        "3.0 seconds task 1 writes 1", "4.0 seconds task 2 writes 1",
      ])
  }

  @Test func `only the orders without overlap lose nothing`() throws {
    for tasks in 1...3 {
      let whole = try ReadWaitWrite.orders(tasks: tasks)
        .count { try ReadWaitWrite.replay($0).value == tasks }
      #expect(whole == (1...tasks).reduce(1, *))
    }
  }

  @Test func `without a seed, a lost update is found and shown`() throws {
    let lines = try RacyCounter.lines(seed: nil, tasks: 2, width: 80)
    #expect(lines.contains("  time   task 1     task 2"))
    #expect(
      lines.contains { $0.hasPrefix("2 increments, and the counter ends at 1: 1 update lost.") })
    #expect(lines.contains("6 orders of these reads and writes are possible; 4 lose an update."))
  }

  @Test func `a seed that loses nothing says so, and the same seed says the same`() throws {
    let pictures = try (1...20).map { (seed: UInt64) in
      let lines = try RacyCounter.lines(seed: seed, tasks: 2, width: 80)
      #expect(try RacyCounter.lines(seed: seed, tasks: 2, width: 80) == lines)
      return lines.joined(separator: "\n")
    }
    #expect(pictures.contains { $0.contains("Nothing is lost in this run.") })
    #expect(pictures.contains { $0.contains("1 update lost.") })
  }

  @Test func `a table has the width that it was given`() throws {
    for width in [60, 80, 100] {
      let lines = try RacyCounter.lines(seed: 7, tasks: 10, width: width)
      // A command stays in one piece, to be copied.
      #expect(lines.allSatisfy { $0.count <= width || $0.contains("swift run workbook") })
    }
  }

  @Test func `a ring of waiting tasks is told with who holds and waits for what`() throws {
    let simulation = Simulation(schedule: .inOrder)
    let ledger = Ledger(simulation, balances: [1: 0, 2: 0])
    try simulation.run { _ in
      await withDiscardingTaskGroup { group in
        for (task, first, second) in [(1, 1, 2), (2, 2, 1)] {
          group.addTask {
            try? await ledger.account(first, for: task).acquire()
            try? await ledger.account(second, for: task).acquire()
          }
        }
      }
    }
    #expect(
      ledger.deadlock.sorted { $0.label < $1.label } == [
        Fact("task 1", "holds account 1, waits for account 2"),
        Fact("task 2", "holds account 2, waits for account 1"),
      ])
  }
}
