internal import Contracts
internal import Simulator

/// 2.1: what can happen, before anything is repaired.
///
/// The truth is not written down here. It is found by running a counter of the mistaken kind in
/// every order of its reads and writes, and it is the same for every `State`.
extension CounterChecks {
  static var predict: [Check] { bounds + [noTask] + schedule }

  private static func range(of tasks: Int) throws -> ClosedRange<Int> {
    let simulation = Simulation(schedule: .inOrder, limits: .grading)
    return try simulation.run { _ in await makeState().finalValues(tasks: tasks) }
  }

  /// The orders to try: all of them for few tasks, and the two extremes for many.
  private static func orders(tasks: Int) -> [[CounterEvent]] {
    guard tasks > 3 else { return ReadWaitWrite.orders(tasks: tasks) }
    let numbers = 1...tasks
    return [
      numbers.map { .read($0) } + numbers.map { .write($0) },
      numbers.flatMap { [CounterEvent.read($0), .write($0)] },
    ]
  }

  private static var bounds: [Check] {
    [
      check(
        "2.1.least", "The least value is the one that the worst order of reads and writes leaves.",
        section: "chapter 2, Predict", calling: "finalValues(tasks: n)"
      ) { runs in
        for tasks in [1, 2, 3, 10] {
          let said = try range(of: tasks)
          let seen = try outcomes(tasks)
          guard let least = seen.min(by: { $0.value < $1.value }) else { continue }
          if least.value < said.lowerBound {
            throw misjudged(runs, tasks, said, least, "is left with \(least.value)")
          }
          if said.lowerBound < least.value {
            throw runs.broken(
              "No order of \(count(tasks)) leaves the counter at \(said.lowerBound).",
              [
                Fact("tried", orders(tried: tasks, seen.count)),
                Fact("least seen", "\(least.value)"), Fact("it said", "\(said)"),
              ], reference: "\(least.value)...")
          }
        }
      },
      check(
        "2.1.greatest",
        "The greatest value is the one that the best order of reads and writes leaves.",
        section: "chapter 2, Predict", calling: "finalValues(tasks: n)"
      ) { runs in
        for tasks in [1, 2, 3, 10] {
          let said = try range(of: tasks)
          let seen = try outcomes(tasks)
          guard let most = seen.max(by: { $0.value < $1.value }) else { continue }
          if most.value > said.upperBound {
            throw misjudged(runs, tasks, said, most, "gets to \(most.value)")
          }
          if said.upperBound > most.value {
            throw runs.broken(
              "No order of \(count(tasks)) brings the counter to \(said.upperBound).",
              [
                Fact("tried", orders(tried: tasks, seen.count)),
                Fact("greatest seen", "\(most.value)"), Fact("it said", "\(said)"),
              ], reference: "...\(most.value)")
          }
        }
      },
    ]
  }

  private static var noTask: Check {
    check(
      "2.1.no-task", "A counter that nobody increments stays where it was.",
      section: "chapter 2, Predict", calling: "finalValues(tasks: 0)"
    ) { runs in
      let said = try range(of: 0)
      if said != 0...0 {
        throw runs.broken(
          "Without a single task the counter would have to move.", [Fact("it said", "\(said)")],
          reference: "0...0")
      }
    }
  }

  private typealias Outcome = (value: Int, trace: [TraceEvent])

  private static func outcomes(_ tasks: Int) throws -> [Outcome] {
    try orders(tasks: tasks).map(ReadWaitWrite.replay)
  }

  private static func misjudged(
    _ runs: CheckRuns, _ tasks: Int, _ said: ClosedRange<Int>, _ outcome: Outcome, _ end: String
  ) -> Finding {
    var finding = runs.broken(
      "A counter that \(count(tasks)) increment \(end), in the order below.",
      [Fact("it said", "\(said)")])
    finding.trace = outcome.trace
    return finding
  }

  private static func count(_ tasks: Int) -> String { tasks == 1 ? "1 task" : "\(tasks) tasks" }

  private static func orders(tried tasks: Int, _ count: Int) -> String {
    if tasks > 3 { return "the order that loses most and the one that loses nothing" }
    return count == 1 ? "the one order there is" : "all \(count) orders"
  }
}

// MARK: - The schedule that loses an update

extension CounterChecks {
  private static func losingSchedule() throws -> [CounterEvent] {
    let simulation = Simulation(schedule: .inOrder, limits: .grading)
    return try simulation.run { _ in await makeState().losingSchedule() }
  }

  private static var schedule: [Check] {
    [
      check(
        "2.1.legal", "Each task reads once, and then writes once.",
        section: "chapter 2, Predict", calling: "losingSchedule()"
      ) { runs in
        let order = try losingSchedule()
        if let problem = problem(in: order) {
          throw runs.broken(problem, [Fact("it said", describe(order))])
        }
      },
      check(
        "2.1.loses", "An update is lost when two tasks read the same value and both write.",
        section: "chapter 2, Predict", calling: "losingSchedule()"
      ) { runs in
        let order = try losingSchedule()
        let outcome = try ReadWaitWrite.replay(order)
        if outcome.value == order.count / 2 {
          var finding = runs.broken(
            "In this order nothing is lost: the counter ends at \(outcome.value), as it should.",
            [Fact("it said", describe(order))])
          finding.trace = outcome.trace
          throw finding
        }
      },
    ]
  }

  private static func describe(_ order: [CounterEvent]) -> String {
    order.isEmpty ? "nothing at all" : order.map(\.description).joined(separator: ", ")
  }

  /// What is wrong with an order before it is even run.
  private static func problem(in order: [CounterEvent]) -> String? {
    var hasWritten: [Int: Bool] = [:]
    for event in order {
      switch event {
      case .read(let number):
        if hasWritten[number] != nil { return "Task \(number) reads a second time." }
        hasWritten[number] = false
      case .write(let number):
        guard let done = hasWritten[number] else {
          return "Task \(number) writes before it has read."
        }
        if done { return "Task \(number) writes a second time." }
        hasWritten[number] = true
      }
    }
    if let unfinished = hasWritten.filter({ !$0.value }).keys.min() {
      return "Task \(unfinished) reads and never writes."
    }
    if hasWritten.count < 2 { return "It takes at least two tasks to lose an update." }
    return nil
  }
}
