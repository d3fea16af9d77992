import Foundation
import Simulator
import Testing

/// What leaves the simulation is held in virtual time where it can be, and always told.
@Suite struct LeakTests {
  private func leaks(_ body: @escaping @Sendable (Simulation) async throws -> Void) throws -> [Leak]
  {
    let simulation = Simulation(schedule: .inOrder)
    try simulation.run(body)
    return simulation.leaks
  }

  @Test func `ordinary code leaks nothing`() throws {
    #expect(try leaks(everything).isEmpty)
  }

  #if os(Linux) && compiler(>=6.3)
    @Test func `a sleep on a real clock is virtual, and told`() throws {
      let simulation = Simulation(schedule: .inOrder)
      try simulation.run { _ in try await Task.sleep(for: .seconds(100)) }
      #expect(simulation.leaks == [.realSleep])
      #expect(simulation.now >= .seconds(99) && simulation.now <= .seconds(100))
    }

    @Test func `a sleep counted in nanoseconds is told as well`() throws {
      #expect(try leaks { _ in try await Task.sleep(nanoseconds: 5_000_000) } == [.realSleep])
    }

    @Test func `yielding in an actor called from an unstructured task stays inside`() throws {
      #expect(
        try leaks { _ in
          let counter = RacyCounter()
          let tasks = (0..<2).map { _ in Task { await counter.increment() } }
          for task in tasks { await task.value }
        }.isEmpty)
    }
  #endif

  @Test func `a wake-up by a real thread is told`() throws {
    let leaks = try leaks { simulation in
      // The body stays runnable, so that the simulation is there when the thread comes back.
      let gate = Gate()
      Thread { gate.open() }.start()
      await gate.wait(yieldingOn: simulation)
    }
    #expect(leaks == [.realThread])
  }

  @Test func `outside of a simulation tasks run as they always do`() async throws {
    try Simulation(schedule: .inOrder).run(everything)
    await Task.yield()
    try await Task.sleep(for: .milliseconds(1))
    #expect(await Task { 1 }.value + Task.detached { 2 }.value == 3)
    await MainActor.run { MainActor.assertIsolated() }
  }
}

/// Opened by a real thread, waited for by a task of the simulation.
private final class Gate: @unchecked Sendable {
  private let lock = NSLock()
  private var waiter: CheckedContinuation<Void, Never>?
  private var isOpen = false
  private var isThrough = false

  func open() {
    let waiter = lock.withLock {
      isOpen = true
      return self.waiter
    }
    waiter?.resume()
  }

  func wait(yieldingOn simulation: Simulation) async {
    async let waiting: Void = {
      await withCheckedContinuation { continuation in
        let isOpen = lock.withLock {
          waiter = continuation
          return self.isOpen
        }
        // Too early for the thread to have found us: let another one come.
        if isOpen { Thread { continuation.resume() }.start() }
      }
      lock.withLock { isThrough = true }
    }()
    while !lock.withLock({ isThrough }) { await Task.yield() }
    await waiting
  }
}
