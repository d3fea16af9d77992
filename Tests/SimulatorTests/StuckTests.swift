import Simulator
import Testing

/// Code that does not come to its end is told apart: it waits for nobody, or goes on for ever.
@Suite struct StuckTests {
  @Test func `a continuation that nobody resumes is a deadlock`() throws {
    let simulation = Simulation(schedule: .inOrder)
    let error = #expect(throws: SimulationError.self) {
      try simulation.run { simulation in
        try await simulation.clock.sleep(for: .seconds(2))
        let (stream, _) = AsyncStream<Int>.makeStream()
        let held = stream
        for await _ in held {}
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
      }
    }
    #expect(error == .stuck(after: .seconds(2)))
  }

  @Test func `two tasks that wait for each other are a deadlock`() throws {
    actor Pair {
      var first: Task<Void, Never>?
      func set(_ task: Task<Void, Never>) { first = task }
      func wait() async { await first?.value }
    }
    #expect(throws: SimulationError.stuck(after: .zero)) {
      try Simulation(schedule: .inOrder).run { _ in
        let pair = Pair()
        let task = Task {
          await Task.yield()
          await pair.wait()
        }
        await pair.set(task)
        await task.value
      }
    }
  }

  @Test func `yielding for ever ends at the limit of steps`() throws {
    let simulation = Simulation(schedule: .inOrder, limits: Limits(steps: 1000))
    #expect(throws: SimulationError.endless(after: 1000)) {
      try simulation.run { _ in while !Task.isCancelled { await Task.yield() } }
    }
  }

  @Test func `an error of the body is thrown on`() throws {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try Simulation(schedule: .inOrder).run { _ in throw Refused() }
    }
  }

  @Test func `what is said of each is a sentence`() {
    #expect(
      SimulationError.stuck(after: .zero).description
        == "Everything waits, and nothing is left that could wake anybody.")
    #expect(
      SimulationError.endless(after: 7).description
        == "Still not finished after 7 steps: it suspends again and again and never ends.")
    #expect(
      Leak.realSleep.description
        == "It sleeps on the machine's own clock. Sleep on the clock that was handed in.")
  }
}
