internal import Contracts
internal import Simulator

/// 1.7: numbers that come one after another.
extension TasksChecks {
  static var stream: [Check] {
    [
      streamValues, streamTimes, streamFinishes, streamSlowConsumer, streamStops,
      streamIndependent, streamNegative,
    ]
  }

  private static var streamValues: Check {
    Check(
      "1.7.values", "The numbers are start, start - 1, and so on down to 0.",
      section: "chapter 1, a stream of values", calling: "countdown(from: 3, every: .seconds(1))"
    ) { rule in
      for start in [3, 0] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let numbers = Arrivals<Int>(simulation)
          let consumer = follow(
            await state.countdown(from: start, every: .seconds(1)), in: simulation, numbers)
          try await simulation.clock.sleep(for: .seconds(20))
          consumer.cancel()
          let expected = Array((0...start).reversed())
          guard numbers.values == expected else {
            throw rule.broken(
              "Asked to count from \(start), it gave other numbers.",
              [Fact("it gave", "\(numbers.values)")], reference: "\(expected)")
          }
        }
      }
    }
  }

  private static var streamTimes: Check {
    Check(
      "1.7.times", "The first number comes at once, and then one each interval.",
      section: "SE-0329", calling: "countdown(from: 3, every: .milliseconds(250))"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let numbers = Arrivals<Int>(simulation)
        let consumer = follow(
          await state.countdown(from: 3, every: .milliseconds(250)), in: simulation, numbers)
        try await simulation.clock.sleep(for: .seconds(20))
        consumer.cancel()
        let expected = (0...3).map { Duration.milliseconds($0 * 250) }
        guard numbers.times == expected else {
          throw rule.broken(
            "The numbers did not come when they were due.",
            [Fact("they came", "at " + list(numbers.times.map(at)))],
            reference: "at " + list(expected.map(at)))
        }
      }
    }
  }

  private static var streamFinishes: Check {
    Check(
      "1.7.finishes", "After 0 the stream ends, and so does a loop over it.",
      section: "SE-0314", calling: "countdown(from: 2, every: .seconds(1))"
    ) { rule in
      for start in [2, 0] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let numbers = Arrivals<Int>(simulation)
          let ends = Arrivals<Bool>(simulation)
          let stream = await state.countdown(from: start, every: .seconds(1))
          let consumer = Task {
            await follow(stream, in: simulation, numbers).value
            ends.add(true)
          }
          try await simulation.clock.sleep(for: .seconds(20))
          consumer.cancel()
          guard ends.values.count == 1 else {
            throw rule.broken(
              "After 0 the loop over the stream waited on: for \(20 - start) s, and for ever.",
              [Fact("it gave", "\(numbers.values)")],
              reference: "\(Array((0...start).reversed())), and the end")
          }
        }
      }
    }
  }

  private static var streamSlowConsumer: Check {
    Check(
      "1.7.slow-consumer", "A consumer that is slower than the countdown loses nothing.",
      section: "SE-0314", calling: "countdown(from: 5, every: .milliseconds(100))"
    ) { rule in
      // Six make a trace that can be read. A thousand are more than a buffer with a bound holds.
      for start in [5, 1000] {
        try underSeeds(start < 10 ? 3 : 1) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let numbers = Arrivals<Int>(simulation)
          for await number in await state.countdown(from: start, every: .milliseconds(100)) {
            numbers.add(number)
            simulation.record("consumer", "works on \(number)")
            try await simulation.clock.sleep(for: .seconds(1))
          }
          let expected = Array((0...start).reversed())
          guard numbers.values == expected else {
            func told(_ values: [Int]) -> String {
              values.count < 10 ? "\(values)" : "\(values.count) numbers"
            }
            throw rule.broken(
              "The consumer took 1 s for each number from \(start) down, and missed some.",
              [Fact("it got", told(numbers.values))], reference: told(expected))
          }
        }
      }
    }
  }

  private static var streamStops: Check {
    Check(
      "1.7.stops",
      "When the consumer stops, so does the countdown, with its next number at latest.",
      section: "SE-0314", calling: "countdown(from: 100, every: .seconds(1))"
    ) { rule in
      for isCancelled in [true, false] {
        try underSeeds(3) { simulation in
          let clock = ListeningClock(simulation)
          let state = TasksWorld(simulation).makeState(State.self, clock: clock)
          if isCancelled {
            let numbers = Arrivals<Int>(simulation)
            let consumer = follow(
              await state.countdown(from: 100, every: .seconds(1)), in: simulation, numbers)
            try await simulation.clock.sleep(for: .milliseconds(2500))
            simulation.record("consumer", "is cancelled")
            consumer.cancel()
          } else {
            await leaveAfterThree(state, simulation)
          }
          let before = clock.sleeps.all.count
          try await simulation.clock.sleep(for: .milliseconds(2500))
          let left = "The consumer \(isCancelled ? "was cancelled" : "left its loop") after 98."
          guard simulation.sleepingTasks == 0 else {
            throw rule.broken(
              "\(left) At \(at(simulation.now)) the countdown still goes on, for nobody.",
              [Fact("asleep", "a task, until the next number")], reference: "nobody")
          }
          // Who is cancelled does not sleep any more: a loop that goes on then goes on at once.
          let more = clock.sleeps.all.count - before
          guard more <= 1 else {
            throw rule.broken(
              "\(left) The countdown went on for nobody, and did not even wait.",
              [Fact("it asked", "the clock for \(more) more sleeps")], reference: "none")
          }
        }
      }
    }
  }

  private static var streamIndependent: Check {
    Check(
      "1.7.independent", "Each call counts for itself.",
      section: "chapter 1, a stream of values",
      calling: "countdown(from: 3, every: .seconds(1)), twice,"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let first = Arrivals<Int>(simulation)
        let second = Arrivals<Int>(simulation)
        let tasks = [
          follow(
            await state.countdown(from: 3, every: .seconds(1)), in: simulation, first,
            as: "first"),
          follow(
            await state.countdown(from: 3, every: .seconds(1)), in: simulation, second,
            as: "second"),
        ]
        try await simulation.clock.sleep(for: .seconds(20))
        for task in tasks { task.cancel() }
        guard first.values == [3, 2, 1, 0], second.values == [3, 2, 1, 0] else {
          throw rule.broken(
            "Two countdowns from 3 ran side by side.",
            [Fact("they gave", "\(first.values) and \(second.values)")],
            reference: "[3, 2, 1, 0], both")
        }
      }
    }
  }

  private static var streamNegative: Check {
    Check(
      "1.7.negative", "From below 0 there is nothing to count: the stream is empty, and ends.",
      section: "chapter 1, a stream of values", calling: "countdown(from: -1, every: .seconds(1))"
    ) { rule in
      for start in [-1, -5] {
        try underSeeds(1) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          for await number in await state.countdown(from: start, every: .seconds(1)) {
            throw rule.broken(
              "Asked to count from \(start), it gave \(number).",
              [Fact("it gave", "\(number)")], reference: "nothing, and the end")
          }
        }
      }
    }
  }

  /// Takes every number of the stream as soon as it comes, in a task of its own.
  private static func follow(
    _ stream: AsyncStream<Int>, in simulation: Simulation, _ numbers: Arrivals<Int>,
    as name: String = "consumer"
  ) -> Task<Void, Never> {
    Task {
      for await number in stream {
        numbers.add(number)
        simulation.record(name, "\(number)")
      }
      simulation.record(name, "the end")
    }
  }

  /// A loop that is left at the third number; nothing of the stream is kept.
  private static func leaveAfterThree(_ state: State, _ simulation: Simulation) async {
    for await number in await state.countdown(from: 100, every: .seconds(1)) {
      simulation.record("consumer", "\(number)")
      if number == 98 { break }
    }
    simulation.record("consumer", "leaves")
  }
}
