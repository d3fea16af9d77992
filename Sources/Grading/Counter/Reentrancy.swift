internal import Contracts
internal import Simulator

extension CounterChapter {
  /// Asks and increments once, told from inside.
  func tellIncrement(
    task number: Int, upTo limit: Int, asking permission: SimulatedPermission,
    to answers: Answers<Bool>
  ) async {
    permission.simulation.record(permission.lane, "calls increment")
    let counted = await increment(upTo: limit, asking: permission)
    permission.simulation.record(
      permission.lane, "returns \(counted), value is \(value)")
    answers[number] = counted
  }
}

/// Several tasks that ask and increment one counter up to a limit, and what came of it.
struct LimitedRun: Sendable {
  let limit: Int
  let answers: [Bool]
  let counted: [Bool]
  let asked: [Int]
  let value: Int
  let duration: Duration

  init<State: CounterChapter>(
    of state: State, in simulation: Simulation, limit: Int, answers: [Bool],
    asking duration: Duration = .zero
  ) async {
    let permissions = answers.enumerated().map {
      SimulatedPermission(
        simulation, lane: "task \($0 + 1)", answer: $1, duration: duration)
    }
    let start = simulation.now
    let results = Answers<Bool>()
    await atOnce(answers.count) { number in
      {
        await state.tellIncrement(
          task: number, upTo: limit, asking: permissions[number - 1], to: results)
      }
    }
    counted = results.inOrder
    value = await state.value
    self.duration = simulation.now - start
    self.limit = limit
    self.answers = answers
    asked = permissions.map(\.count)
  }

  /// How many may, of those who asked.
  var allowed: Int { answers.count { $0 } }
  var trues: Int { counted.count { $0 } }
}

/// 2.3: the answer may be old when it comes; what it is about is decided now.
extension CounterChecks {
  static var reentrancy: [Check] { [asks, refused, limit, counts, room, askTogether] }

  private static var call: String { "increment(upTo: limit, asking: permission)" }

  /// Runs `judge` for each number of tasks, limit and set of answers worth telling apart.
  private static func limited(
    _ runs: CheckRuns, _ judge: @escaping @Sendable (LimitedRun) throws -> Void
  ) throws {
    let cases: [(limit: Int, answers: [Bool])] = [
      (1, [true, true]), (2, [true, true]), (1, [false, true]), (0, [true, true]),
    ]
    for (limit, answers) in cases {
      try runs.everySchedule { simulation in
        try judge(
          await LimitedRun(of: makeState(), in: simulation, limit: limit, answers: answers))
      }
    }
    try runs.seeds(50) { simulation in
      let answers = (1...10).map { $0 % 3 != 0 }
      try judge(await LimitedRun(of: makeState(), in: simulation, limit: 4, answers: answers))
    }
  }

  private static var asks: Check {
    check(
      "2.3.asks", "Each increment asks once before it counts.", section: "chapter 2, Reentrancy",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let run = await LimitedRun(
          of: makeState(), in: simulation, limit: 3, answers: [true])
        if run.asked != [1] {
          throw runs.broken(
            run.asked == [0]
              ? "There was room for one more, and nobody was asked."
              : "One increment asked \(run.asked[0]) times.",
            [Fact("it asked", "\(run.asked[0]) times")], reference: "once")
        }
        if run.counted != [true] || run.value != 1 {
          throw runs.broken(
            "There was room, the answer was yes, and the increment did not count.",
            [Fact("it said", "\(run.counted[0]), value \(run.value)")], reference: "true, value 1")
        }
      }
      try limited(runs) { run in
        if let task = run.asked.firstIndex(where: { $0 > 1 }) {
          throw runs.broken(
            "\(run.answers.count) tasks incremented at once, and task \(task + 1) asked "
              + "\(run.asked[task]) times.",
            [Fact("each asked", list(run.asked))], reference: "once at the most")
        }
      }
    }
  }

  private static var refused: Check {
    check(
      "2.3.refused", "Without permission nothing is counted.", section: "chapter 2, Reentrancy",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let run = await LimitedRun(
          of: makeState(), in: simulation, limit: 3, answers: [false])
        if run.value != 0 || run.counted != [false] {
          throw runs.broken(
            "The answer was no, and the increment counted all the same.",
            [Fact("it said", "\(run.counted[0]), value \(run.value)")],
            reference: "false, value 0")
        }
      }
    }
  }

  private static var limit: Check {
    check(
      "2.3.limit", "The limit holds when the counter rises, not when the question was asked.",
      section: "SE-0306, actor reentrancy", calling: call
    ) { runs in
      @Sendable func judge(_ run: LimitedRun) throws {
        if run.value > run.limit {
          throw runs.broken(
            "\(run.answers.count) tasks asked, and the counter rose past its limit, "
              + "\(run.limit).",
            [Fact("value", "\(run.value)")], reference: "\(run.limit) at the most")
        }
      }
      try limited(runs, judge)
      try runs.everySchedule { simulation in
        try judge(
          await LimitedRun(
            of: makeState(), in: simulation, limit: 2, answers: [true, true, true]))
      }
    }
  }

  private static var counts: Check {
    check(
      "2.3.counts", "It says true exactly when it has counted.",
      section: "SE-0306, actor reentrancy", calling: call
    ) { runs in
      try limited(runs) { run in
        if run.value != run.trues {
          throw runs.broken(
            "\(run.trues) of \(run.answers.count) increments said true, "
              + "and the value is \(run.value).",
            [Fact("it said", run.counted.map { "\($0)" }.joined(separator: ", "))],
            reference: "as often true as it counted")
        }
      }
    }
  }

  private static var room: Check {
    check(
      "2.3.room", "Whoever has permission counts as long as there is room.",
      section: "SE-0306, actor reentrancy", calling: call
    ) { runs in
      try limited(runs) { run in
        let due = min(run.limit, run.allowed)
        if run.value < due {
          throw runs.broken(
            "\(run.allowed) of \(run.answers.count) tasks may count, there is room for"
              + " \(run.limit), and yet somebody was turned away.",
            [Fact("value", "\(run.value)")], reference: "\(due)")
        }
      }
    }
  }

  private static var askTogether: Check {
    check(
      "2.3.together", "Nobody waits for another one's answer.", section: "Amdahl 1967",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let run = await LimitedRun(
          of: makeState(), in: simulation, limit: 10, answers: Array(repeating: true, count: 10),
          asking: .seconds(1))
        if run.duration > .seconds(1) {
          throw runs.broken(
            "Ten tasks asked, each answer took 1 s, and they asked one after the other.",
            [Fact("it took", Messages.describe(run.duration))], reference: "1 s")
        }
      }
    }
  }
}
