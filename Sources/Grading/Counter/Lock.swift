internal import Contracts
internal import Simulator

/// 2.4: one task at a time, in the order of arrival, and nobody is forgotten.
extension CounterChecks {
  static var lock: [Check] {
    [free, wakes, exclusive, fair, cancelled, leavesQueue, neverLost]
  }

  static var lockCall: String { "acquire()" }

  /// Tasks 1 to `tasks`, which all want the lock at once.
  private static func crowd(
    _ simulation: Simulation, tasks: Int, each duration: Duration = .zero
  ) async -> LockWatch {
    let state = makeState()
    let watch = LockWatch(simulation)
    await atOnce(tasks) { number in
      { await state.holdLock(task: number, for: duration, watch: watch) }
    }
    return watch
  }

  /// Nobody here is cancelled, so nobody may be turned away.
  private static func judgeRefusals(_ runs: CheckRuns, _ watch: LockWatch) throws {
    if let (number, refusal) = watch.refusals.min(by: { $0.key < $1.key }) {
      throw runs.broken(
        "Task \(number) asked for the lock, was not cancelled, and was turned away.",
        [Fact("it threw", refusal.error)])
    }
  }

  private static var free: Check {
    check(
      "2.4.free", "A lock that nobody holds is had at once.",
      section: "chapter 2, A lock that suspends", calling: lockCall
    ) { runs in
      let meaning = "acquire() of a free lock never came back, and nobody held it."
      try runs.once(hang: .means(meaning)) { simulation in
        let state = makeState()
        let watch = LockWatch(simulation)
        for _ in 1...3 { await state.holdLock(task: 1, watch: watch) }
        try judgeRefusals(runs, watch)
      }
    }
  }

  private static var wakes: Check {
    check(
      "2.4.wakes", "A release gives the lock to somebody who waits for it.",
      section: "chapter 2, A lock that suspends", calling: lockCall
    ) { runs in
      let meaning = "The lock was released, and a task that waits for it was not woken."
      let hang = CheckRuns.Hang.means(meaning)
      try runs.once(hang: hang) {
        try judgeRefusals(runs, await crowd($0, tasks: 3, each: .seconds(1)))
      }
      try runs.everySchedule(hang: hang) { try judgeRefusals(runs, await crowd($0, tasks: 2)) }
      try runs.seeds(50, hang: hang) { try judgeRefusals(runs, await crowd($0, tasks: 10)) }
    }
  }

  private static var exclusive: Check {
    check(
      "2.4.exclusive", "One task at a time holds the lock.", section: "Dijkstra 1965",
      calling: lockCall
    ) { runs in
      for tasks in 2...3 {
        try runs.everySchedule(hang: .isJudgedElsewhere) {
          try judgeClash(runs, await crowd($0, tasks: tasks))
        }
      }
      try runs.seeds(50, hang: .isJudgedElsewhere) {
        try judgeClash(runs, await crowd($0, tasks: 10))
      }
    }
  }

  static func judgeClash(_ runs: CheckRuns, _ watch: LockWatch) throws {
    if let clash = watch.clash {
      throw runs.broken(
        "Task \(clash.second) got the lock while task \(clash.first) still held it.")
    }
  }

  private static var fair: Check {
    check(
      "2.4.fair", "First come, first served: whoever has waited longest gets the lock.",
      section: "chapter 2, A lock that suspends", calling: lockCall
    ) { runs in
      try runs.once { simulation in
        let state = makeState()
        let watch = LockWatch(simulation)
        await simulation.play(
          (1...4).map { number in
            Entrance(number - 1) {
              await state.holdLock(task: number, for: .seconds(5), watch: watch)
            }
          })
        if watch.order != [1, 2, 3, 4] { throw unfair(runs, watch, reference: "1, 2, 3, 4") }
      }
      // Task 1 wants the lock again, and task 3 comes, at the moment when task 2 is due.
      try runs.everySchedule { simulation in
        let state = makeState()
        let watch = LockWatch(simulation)
        await simulation.play([
          Entrance(0) { await state.holdLockAgain(task: 1, for: .seconds(5), watch: watch) },
          Entrance(1) { await state.holdLock(task: 2, watch: watch) },
          Entrance(5) { await state.holdLock(task: 3, watch: watch) },
        ])
        if watch.order.prefix(2) != [1, 2] {
          throw unfair(runs, watch, reference: "task 2 after task 1")
        }
      }
    }
  }

  private static func unfair(
    _ runs: CheckRuns, _ watch: LockWatch, reference: String
  ) -> Finding {
    let order = watch.order
    let place = order.indices.first { order[$0] != $0 + 1 } ?? 0
    return runs.broken(
      "Task \(order[place]) got the lock before task \(place + 1), which had waited longer.",
      [Fact("order", list(order))], reference: reference)
  }
}
