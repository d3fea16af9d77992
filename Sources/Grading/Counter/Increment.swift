internal import Contracts
internal import Simulator

extension CounterChapter {
  /// Increments once, told from inside: on the actor, the events stand in their real order.
  func tellIncrement(
    task number: Int, pausing pause: SimulatedPause, to answers: Answers<Int>
  ) async {
    pause.simulation.record(pause.lane, "calls increment")
    let result = await increment(pausing: pause)
    pause.simulation.record(pause.lane, "returns \(result)")
    answers[number] = result
  }
}

/// Several tasks that increment one counter, and what came of it.
struct IncrementRun: Sendable {
  let value: Int
  let returned: [Int]
  let pauses: [Int]
  let duration: Duration

  init<State: CounterChapter>(
    of state: State, in simulation: Simulation, tasks: Int, pause duration: Duration = .zero
  ) async {
    let pauses = (1...tasks).map {
      SimulatedPause(simulation, lane: "task \($0)", duration: duration)
    }
    let start = simulation.now
    let answers = Answers<Int>()
    await atOnce(tasks) { number in
      { await state.tellIncrement(task: number, pausing: pauses[number - 1], to: answers) }
    }
    returned = answers.inOrder
    value = await state.value
    self.duration = simulation.now - start
    self.pauses = pauses.map(\.count)
  }

  /// The run that `workbook explore 2.2` shows, and that a finding names.
  static func command(_ seed: UInt64) -> String { "swift run workbook explore 2.2 --seed \(seed)" }
}

/// 2.2: what is read is written before anybody else can come in between.
extension CounterChecks {
  static var increment: [Check] { [pausesOnce, nothingLost, ownValue, together] }

  private static var call: String { "increment(pausing: pause)" }

  private static var pausesOnce: Check {
    check(
      "2.2.pauses", "Each increment waits out its pause once.",
      section: "chapter 2, No suspension inside",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let run = await IncrementRun(of: makeState(), in: simulation, tasks: 1)
        if run.pauses != [1] {
          throw runs.broken(
            run.pauses == [0]
              ? "One increment, and its pause was never called."
              : "One increment, and its pause was called \(run.pauses[0]) times.",
            [Fact("it called", "pause() \(run.pauses[0]) times")], reference: "once")
        }
      }
      try runs.once { simulation in
        let run = await IncrementRun(of: makeState(), in: simulation, tasks: 3, pause: .seconds(1))
        if let task = run.pauses.firstIndex(where: { $0 != 1 }) {
          throw runs.broken(
            "Three increments at once, and the pause of task \(task + 1) was called "
              + "\(run.pauses[task]) times.",
            [Fact("calls of each", list(run.pauses))], reference: "1, 1, 1")
        }
        if run.duration < .seconds(1) {
          throw runs.broken(
            "The pause lasts 1 s, and the increment did not wait until it was over.",
            [Fact("it took", Messages.describe(run.duration))], reference: "1 s")
        }
      }
    }
  }

  private static var nothingLost: Check {
    check(
      "2.2.nothing-lost", "Every increment counts, in whatever order the tasks take turns.",
      section: "SE-0306, actor reentrancy", calling: call
    ) { runs in
      @Sendable func judge(_ simulation: Simulation, _ tasks: Int) async throws {
        let run = await IncrementRun(of: makeState(), in: simulation, tasks: tasks)
        if run.value != tasks {
          throw runs.broken(
            "\(tasks) tasks incremented the counter once each, and it stands at \(run.value).",
            [Fact("it returned", list(run.returned)), Fact("value", "\(run.value)")],
            reference: "\(tasks)")
        }
      }
      try runs.seeds(20, replay: IncrementRun.command) { try await judge($0, 2) }
      for tasks in 2...3 { try runs.everySchedule { try await judge($0, tasks) } }
      try runs.seeds(100) { try await judge($0, 10) }
    }
  }

  private static var ownValue: Check {
    check(
      "2.2.own-value", "Each increment returns the value that it made itself.",
      section: "SE-0306, actor reentrancy", calling: call
    ) { runs in
      @Sendable func judge(_ simulation: Simulation, _ tasks: Int) async throws {
        let run = await IncrementRun(of: makeState(), in: simulation, tasks: tasks)
        if run.returned.sorted() != Array(1...tasks) {
          throw runs.broken(
            "\(tasks) tasks made the values 1 to \(tasks), and were told others.",
            [Fact("it returned", list(run.returned))],
            reference: "\(list(Array(1...tasks))), each to one task")
        }
      }
      try runs.seeds(20, replay: IncrementRun.command) { try await judge($0, 2) }
      try runs.everySchedule { try await judge($0, 2) }
      try runs.seeds(50) { try await judge($0, 10) }
    }
  }

  private static var together: Check {
    check(
      "2.2.together", "Nobody waits for another one's pause.", section: "Amdahl 1967",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let run = await IncrementRun(
          of: makeState(), in: simulation, tasks: 10, pause: .seconds(1))
        if run.duration > .seconds(1) {
          throw runs.broken(
            "Ten increments that each pause for 1 s were done one after the other.",
            [Fact("it took", Messages.describe(run.duration))], reference: "1 s")
        }
      }
    }
  }

  static func list(_ numbers: [Int]) -> String {
    numbers.map(\.description).joined(separator: ", ")
  }
}
