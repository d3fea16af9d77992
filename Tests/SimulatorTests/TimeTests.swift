import Simulator
import Synchronization
import Testing

/// Virtual time: it jumps, in order, and waits for nobody.
@Suite struct TimeTests {
  @Test func `an hour of sleep is exact, and moves the virtual clock only`() throws {
    let simulation = Simulation(schedule: .inOrder)
    let slept = try simulation.run { simulation in
      try await simulation.clock.measure { try await simulation.clock.sleep(for: .seconds(3600)) }
    }
    #expect(slept == .seconds(3600))
    #expect(simulation.now == .seconds(3600))
  }

  @Test func `sleepers wake in the order of their deadlines`() throws {
    let simulation = Simulation(schedule: .seeded(1))
    try simulation.run { simulation in
      await withDiscardingTaskGroup { group in
        for delay in [30, 10, 20, 40, 15] {
          group.addTask {
            try? await simulation.clock.sleep(for: .milliseconds(delay))
            simulation.record("sleeper", "\(delay)")
          }
        }
      }
    }
    #expect(simulation.trace.map(\.text) == ["10", "15", "20", "30", "40"])
    #expect(simulation.trace.map(\.time) == [10, 15, 20, 30, 40].map { .milliseconds($0) })
  }

  @Test func `a cancelled sleep throws at once and leaves no sleeper`() throws {
    let simulation = Simulation(schedule: .inOrder)
    let remaining = try simulation.run { simulation in
      let sleeper = Task { try await simulation.clock.sleep(for: .seconds(9)) }
      try await simulation.clock.sleep(for: .seconds(1))
      #expect(simulation.sleepingTasks == 1)
      sleeper.cancel()
      let result = await sleeper.result
      #expect(throws: CancellationError.self) { try result.get() }
      return simulation.sleepingTasks
    }
    #expect(remaining == 0)
    #expect(simulation.now == .seconds(1))
  }

  @Test func `blocking lets time pass with nobody else running`() throws {
    let simulation = Simulation(schedule: .inOrder)
    try simulation.run { simulation in
      async let ticks: Void = {
        for _ in 0..<3 {
          try? await simulation.clock.sleep(for: .milliseconds(100))
          simulation.record("tick", "")
        }
      }()
      try await simulation.clock.sleep(for: .milliseconds(150))
      simulation.block(for: .seconds(1))
      await ticks
    }
    #expect(simulation.trace.map(\.time) == [100, 1150, 1250].map { .milliseconds($0) })
  }

  @Test func `what still sleeps when the body returns is cancelled, and not told any more`() throws
  {
    let simulation = Simulation(schedule: .inOrder)
    let sleeper = Sleeper()
    try simulation.run { simulation in
      simulation.record("body", "begins")
      Task {
        do { try await simulation.clock.sleep(for: .seconds(100)) } catch {
          sleeper.wasCancelled.withLock { $0 = true }
          simulation.record("sleeper", "cancelled")
        }
      }
      try await simulation.clock.sleep(for: .seconds(1))
    }
    #expect(sleeper.wasCancelled.withLock { $0 })
    #expect(simulation.trace == [TraceEvent(time: .zero, lane: "body", text: "begins")])
  }
}

private final class Sleeper: Sendable {
  let wasCancelled = Mutex(false)
}
