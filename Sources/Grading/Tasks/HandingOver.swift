internal import Contracts
internal import Simulator

/// 1.6: a value that is set once and waited for by many.
extension TasksChecks {
  static var handingOver: [Check] {
    [handedBefore, handedAfter, handedToAll, handedOnce, handedToTheCancelled, handedInAnyOrder]
  }

  private static var handedBefore: Check {
    Check(
      "1.6.set-before", "Whoever asks for the value after it was set gets it at once.",
      section: "chapter 1, a value handed over", calling: "value(), after the value was set,"
    ) { rule in
      // 0 is a value, as good as any other.
      for number in [7, 0] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          simulation.record("setter", "fulfill(with: \(number))")
          _ = await state.fulfill(with: number)
          for asking in ["asked for", "asked for a second time"] {
            simulation.record("waiter", "value()")
            let value = await state.value()
            guard value == number, simulation.now == .zero else {
              throw rule.broken(
                "The value was set to \(number), and after that \(asking).",
                [Fact("it returned", "\(value) at \(at(simulation.now))")],
                reference: "\(number) at 0 s")
            }
          }
        }
      }
    }
  }

  private static var handedAfter: Check {
    Check(
      "1.6.set-after", "Whoever waits for the value is woken at the moment when it is set.",
      section: "SE-0300", calling: "value()"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let woken = Arrivals<Int>(simulation)
        startWaiters(1, on: state, in: simulation, woken)
        // Not a round number: polling every millisecond must not hit it by chance.
        try await simulation.clock.sleep(for: .microseconds(1_234_567))
        let set = simulation.now
        simulation.record("setter", "fulfill(with: 7)")
        _ = await state.fulfill(with: 7)
        try await simulation.clock.sleep(for: .seconds(1))
        guard let first = woken.all.first else {
          throw rule.broken(
            "A task waited for the value. It was set to 7 and the task was not woken.")
        }
        guard first.value == 7, first.time == set else {
          throw rule.broken(
            "A task waited for the value, which was set to 7 at \(at(set)).",
            [Fact("it got", "\(first.value) at \(at(first.time))")],
            reference: "7 at \(at(set))")
        }
      }
    }
  }

  private static var handedToAll: Check {
    Check(
      "1.6.everybody", "All who wait for the value are woken, each once.",
      section: "SE-0300", calling: "value(), by three tasks,"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let woken = Arrivals<Int>(simulation)
        startWaiters(3, on: state, in: simulation, woken)
        try await simulation.clock.sleep(for: .seconds(1))
        simulation.record("setter", "fulfill(with: 7)")
        _ = await state.fulfill(with: 7)
        try await simulation.clock.sleep(for: .seconds(1))
        guard woken.values == [7, 7, 7] else {
          throw rule.broken(
            "Three tasks waited for the value, which was then set to 7.",
            [Fact("they got", "\(woken.values)")], reference: "[7, 7, 7]")
        }
      }
    }
  }

  private static var handedOnce: Check {
    Check(
      "1.6.once", "Only the first call sets the value and returns true. Later ones change nothing.",
      section: "SE-0300", calling: "fulfill(with: 7), and again,"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let woken = Arrivals<Int>(simulation)
        startWaiters(1, on: state, in: simulation, woken)
        try await simulation.clock.sleep(for: .seconds(1))
        for (number, isFirst) in [(7, true), (7, false), (8, false)] {
          simulation.record("setter", "fulfill(with: \(number))")
          let said = await state.fulfill(with: number)
          guard said == isFirst else {
            throw rule.broken(
              isFirst
                ? "fulfill(with: \(number)) was the first call, and it returned false."
                : "The value was already set, and fulfill(with: \(number)) returned true.",
              [Fact("it returned", "\(said)")], reference: "\(isFirst)")
          }
        }
        let value = await state.value()
        guard value == 7 else {
          throw rule.broken(
            "The value was set to 7, and a later call changed it.",
            [Fact("it is", "\(value)")], reference: "7")
        }
      }
    }
  }

  private static var handedToTheCancelled: Check {
    Check(
      "1.6.not-cancelled", "Waiting for the value cannot be cancelled: it goes on until it is set.",
      section: "chapter 1, a value handed over", calling: "value(), cancelled at 1 s,"
    ) { rule in
      // Cancelled while it waits, and asking when it has been cancelled already.
      for asked in [Duration.zero, .milliseconds(1500)] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let woken = Arrivals<Int>(simulation)
          let waiter = Task {
            await simulation.sleepThrough(asked)
            simulation.record("waiter", "value()")
            woken.add(await state.value())
          }
          try await simulation.clock.sleep(for: .seconds(1))
          simulation.record("waiter", "is cancelled")
          waiter.cancel()
          try await simulation.clock.sleep(for: .seconds(1))
          simulation.record("setter", "fulfill(with: 7)")
          _ = await state.fulfill(with: 7)
          try await simulation.clock.sleep(for: .seconds(1))
          guard woken.values == [7], woken.times == [.seconds(2)] else {
            let told = woken.all.first.map { "\($0.value) at \(at($0.time))" } ?? "nothing"
            throw rule.broken(
              "A task was cancelled at 1 s and asked for the value at \(at(asked)). "
                + "The value was set to 7 at 2 s.",
              [Fact("it got", told)], reference: "7 at 2 s")
          }
        }
      }
    }
  }

  private static var handedInAnyOrder: Check {
    Check(
      "1.6.any-order",
      "Whatever the order in which they come, everybody gets the value of the one who was first.",
      section: "chapter 1, a value handed over", calling: "value() and fulfill(with:), at one time,"
    ) { rule in
      for (waiters, setters) in [(2, [7]), (1, [7, 8])] {
        try underEverySchedule { simulation in
          try await handOver(to: waiters, by: setters, in: simulation, rule)
        }
      }
    }
  }

  /// Waiters and setters set off together; afterwards all must agree.
  private static func handOver(
    to waiters: Int, by setters: [Int], in simulation: Simulation, _ rule: Rule
  ) async throws {
    let state = TasksWorld(simulation).makeState(State.self)
    let woken = Arrivals<Int>(simulation)
    let firsts = Arrivals<Int>(simulation)
    startWaiters(waiters, on: state, in: simulation, woken)
    for number in setters {
      Task {
        let isFirst = await state.fulfill(with: number)
        if isFirst { firsts.add(number) }
        simulation.record("setter \(number)", isFirst ? "was first" : "came late")
      }
    }
    try await simulation.clock.sleep(for: .seconds(1))
    guard let first = firsts.values.first, firsts.values.count == 1 else {
      throw rule.broken(
        "Of \(setters.count) setters, \(firsts.values.count) were told that they were the first.")
    }
    let facts = [Fact("they got", "\(woken.values)")]
    let expected = "\(Array(repeating: first, count: waiters))"
    guard woken.values.count == waiters else {
      throw rule.broken(
        "Somebody asked for the value while it was being set, and waits for ever.", facts,
        reference: expected)
    }
    guard woken.values.allSatisfy({ $0 == first }) else {
      throw rule.broken(
        "The setter of \(first) was the first, and not everybody got that value.", facts,
        reference: expected)
    }
  }

  private static func startWaiters(
    _ count: Int, on state: State, in simulation: Simulation, _ woken: Arrivals<Int>
  ) {
    for number in 1...count {
      Task {
        simulation.record("waiter \(number)", "value()")
        let value = await state.value()
        simulation.record("waiter \(number)", "got \(value)")
        woken.add(value)
      }
    }
  }
}
