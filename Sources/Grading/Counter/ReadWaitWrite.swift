internal import Contracts
internal import Simulator

/// The counter of the workshop's slides: it reads, waits and writes. An actor, and it loses counts.
actor ReadWaitWrite {
  private(set) var value = 0
  private let simulation: Simulation

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// Increments with a wait in the middle, during which others are served.
  func increment(task number: Int, waiting wait: @Sendable () async -> Void) async {
    let read = value
    simulation.record("task \(number)", "reads \(read)")
    await wait()
    value = read + 1
    simulation.record("task \(number)", "writes \(read + 1)")
  }

  /// What the counter ends with when its tasks read and write in this order, and how it came about.
  ///
  /// The first event happens at 1 s, the second at 2 s: each waits for its own second.
  static func replay(_ order: [CounterEvent]) throws -> (value: Int, trace: [TraceEvent]) {
    let simulation = Simulation(schedule: .inOrder, limits: .grading)
    let value = try simulation.run { simulation in
      let counter = ReadWaitWrite(simulation)
      let start = simulation.clock.now
      @Sendable func sleep(until event: CounterEvent) async {
        guard let place = order.firstIndex(of: event) else { return }
        try? await simulation.clock.sleep(until: start.advanced(by: .seconds(place + 1)))
      }
      await withDiscardingTaskGroup { group in
        for case .read(let number) in order {
          group.addTask {
            await sleep(until: .read(number))
            await counter.increment(task: number) { await sleep(until: .write(number)) }
          }
        }
      }
      return await counter.value
    }
    return (value, simulation.trace)
  }

  /// Every order in which `tasks` tasks can read and then write.
  static func orders(tasks: Int) -> [[CounterEvent]] {
    guard tasks > 0 else { return [[]] }
    var orders: [[CounterEvent]] = []
    var order: [CounterEvent] = []
    func extend() {
      if order.count == 2 * tasks { return orders.append(order) }
      for number in 1...tasks {
        let event: CounterEvent
        if !order.contains(.read(number)) {
          event = .read(number)
        } else if !order.contains(.write(number)) {
          event = .write(number)
        } else {
          continue
        }
        order.append(event)
        extend()
        order.removeLast()
      }
    }
    extend()
    return orders
  }
}
