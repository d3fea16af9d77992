internal import Contracts
internal import Simulator
internal import Synchronization

/// A measurement that takes its time, and knows whether its task holds the total meanwhile.
struct SimulatedSample: Sample {
  /// What went wrong with a measurement.
  struct Unreadable: Error {}

  let task: Int
  let ledger: Ledger
  let value: Int
  var duration: Duration = .zero
  var fails = false
  let evaluations = Tally()
  let evaluationsUnderLock = Tally()

  func evaluate() async throws -> Int {
    evaluations.add()
    if ledger.held[1] == task { evaluationsUnderLock.add() }
    ledger.tell(task, "evaluates")
    try await ledger.simulation.clock.sleep(for: duration)
    if fails { throw Unreadable() }
    ledger.tell(task, "has \(value)")
    return value
  }
}

/// What was thrown, in the order in which it was.
private final class Failures: Sendable {
  private let errors = Mutex<[String]>([])

  var all: [String] { errors.withLock { $0 } }

  func add(_ error: String) { errors.withLock { $0.append(error) } }
}

/// 2.8: what can be done side by side is done before the lock is taken.
extension CounterChecks {
  static var amdahl: [Check] {
    [
      adds, evaluatesOnce, holdsTotal, letsTotalGo, everySampleCounts, outsideOfLock,
      cancelledAddition,
    ]
  }

  private static var call: String { "add(sample, to: total)" }

  /// Adds a sample for each task, all at once: task 1 the value 1, task 2 the value 2, and so on.
  private static func addAll(
    _ tasks: Int, to ledger: Ledger, slow: [Int: Duration] = [:], taking duration: Duration = .zero,
    fails: Bool = false,
    listing failures: Failures = Failures()
  ) async -> [SimulatedSample] {
    let state = makeState()
    let samples = (1...tasks).map {
      SimulatedSample(
        task: $0, ledger: ledger, value: $0, duration: slow[$0] ?? duration, fails: fails)
    }
    await atOnce(tasks) { number in
      {
        do { try await state.add(samples[number - 1], to: ledger.account(1, for: number)) } catch {
          failures.add("\(error)")
        }
      }
    }
    return samples
  }

  private static func judgeTotal(
    _ runs: CheckRuns, _ ledger: Ledger, _ expected: Int, _ happened: String
  ) throws {
    let total = ledger.balances[1] ?? 0
    if total != expected {
      throw runs.broken(happened, [Fact("total", "\(total)")], reference: "\(expected)")
    }
  }

  private static var adds: Check {
    check(
      "2.8.adds", "The result of the sample is added to the total.",
      section: "chapter 2, Amdahl again", calling: call
    ) { runs in
      try runs.once { simulation in
        let ledger = Ledger(simulation, balances: [1: 10])
        _ = await addAll(1, to: ledger)
        try judgeTotal(runs, ledger, 11, "The total was 10, and a sample of 1 was added.")
      }
    }
  }

  private static var evaluatesOnce: Check {
    check(
      "2.8.once", "A sample is evaluated once.", section: "chapter 2, Amdahl again", calling: call
    ) { runs in
      try runs.once { simulation in
        let samples = await addAll(1, to: Ledger(simulation, balances: [1: 10]))
        let count = samples[0].evaluations.count
        if count != 1 {
          throw runs.broken(
            "One sample was evaluated \(count) times.", [Fact("evaluated", "\(count) times")],
            reference: "once")
        }
      }
    }
  }

  private static var holdsTotal: Check {
    check(
      "2.8.holds", "The total is read and written only by whoever holds its lock.",
      section: "chapter 2, Amdahl again", calling: call
    ) { runs in
      try runs.once { simulation in
        let ledger = Ledger(simulation, balances: [1: 10])
        _ = await addAll(1, to: ledger)
        try judgeMisuse(runs, ledger)
      }
    }
  }

  private static var letsTotalGo: Check {
    check(
      "2.8.lets-go", "The lock is always given back; a failure is thrown on, and adds nothing.",
      section: "chapter 2, Amdahl again", calling: call
    ) { runs in
      for fails in [false, true] {
        try runs.once { simulation in
          let ledger = Ledger(simulation, balances: [1: 10])
          let failures = Failures()
          _ = await addAll(1, to: ledger, fails: fails, listing: failures)
          let outcome = fails ? "The sample could not be evaluated" : "A sample was added"
          try judgeHeld(runs, ledger, "\(outcome), and afterwards the lock was still held.")
          try judgeTotal(runs, ledger, fails ? 10 : 11, "\(outcome), and the total is wrong.")
          let expected = fails ? ["\(SimulatedSample.Unreadable())"] : []
          if failures.all != expected {
            let silence = failures.all.isEmpty ? "said nothing of it" : "threw another error"
            let happened = fails ? silence : "threw an error"
            throw runs.broken(
              "\(outcome), and add \(happened).",
              [Fact("it threw", failures.all.first ?? "nothing")],
              reference: expected.first ?? "nothing")
          }
        }
      }
    }
  }

  private static var everySampleCounts: Check {
    check(
      "2.8.every-sample", "Every sample counts, in whatever order the tasks take turns.",
      section: "chapter 2, Amdahl again", calling: call
    ) { runs in
      @Sendable func judge(_ simulation: Simulation, _ tasks: Int) async throws {
        let ledger = Ledger(simulation, balances: [1: 10])
        _ = await addAll(tasks, to: ledger)
        try judgeMisuse(runs, ledger)
        try judgeTotal(
          runs, ledger, 10 + tasks * (tasks + 1) / 2,
          "\(tasks) tasks added a sample each, and not all of them are in the total.")
      }
      for tasks in 2...3 { try runs.everySchedule { try await judge($0, tasks) } }
      try runs.seeds(50) { try await judge($0, 10) }
    }
  }

  private static var cancelledAddition: Check {
    check(
      "2.8.cancelled", "Cancelled while it waits for the lock, it throws, and adds nothing.",
      section: "SE-0304, cancellation", calling: call
    ) { runs in
      try runs.once { simulation in
        let ledger = Ledger(simulation, balances: [1: 10])
        let failures = Failures()
        await simulation.play([
          Entrance(0) {
            let total = ledger.account(1, for: 2)
            try? await total.acquire()
            await simulation.sleep(untilSecond: 10)
            total.release()
          },
          Entrance(1) {
            await simulation.cancel(atSecond: 2, saying: { ledger.tell(1, "is cancelled") }) {
              _ = await addAll(1, to: ledger, listing: failures)
            }
          },
        ])
        try judgeMisuse(runs, ledger)
        let happened = "Task 1 was cancelled while it waited for the total's lock"
        try judgeHeld(runs, ledger, "\(happened), and the lock is still held.")
        try judgeTotal(runs, ledger, 10, "\(happened), and the total changed.")
        if failures.all.isEmpty {
          throw runs.broken(
            "\(happened), and its caller does not get to know it.",
            [Fact("it threw", "nothing")], reference: "CancellationError()")
        }
      }
    }
  }

  private static var outsideOfLock: Check {
    check(
      "2.8.outside", "The lock is held only for what must be done one at a time.",
      section: "Amdahl 1967", calling: call
    ) { runs in
      try runs.once { simulation in
        let ledger = Ledger(simulation, balances: [1: 0], access: .milliseconds(5))
        let early = Answers<Int>()
        let samples = Answers<SimulatedSample>()
        await withDiscardingTaskGroup { group in
          group.addTask {
            for sample in await addAll(3, to: ledger, slow: [1: .seconds(3)], taking: .seconds(1)) {
              samples[sample.task] = sample
            }
          }
          try? await simulation.clock.sleep(for: .milliseconds(1500))
          early[1] = ledger.balances[1]
        }
        // Two samples of 1 s, side by side, and twice 10 ms with the lock: there by 1.02 s.
        if early[1] != 2 + 3 {
          let isUnderLock = samples.inOrder.contains { $0.evaluationsUnderLock.count > 0 }
          var finding = runs.broken(
            isUnderLock
              ? "A sample was evaluated while its task held the lock, and the others had to wait."
              : "One sample takes 3 s, two take 1 s, and the two had to wait for the one.",
            [Fact("total after 1.5 s", "\(early[1] ?? 0)")], reference: "5")
          finding.trace = simulation.trace.filter { $0.time <= .milliseconds(1500) }
          throw finding
        }
      }
    }
  }
}
