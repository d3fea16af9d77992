internal import Contracts
internal import Simulator

/// 2.4, the difficult half: a task that waits for the lock is cancelled.
extension CounterChecks {
  static var cancelled: Check {
    check(
      "2.4.cancelled", "A task that is cancelled while it waits throws CancellationError at once.",
      section: "SE-0304, cancellation", calling: lockCall
    ) { runs in
      for arrival in [1, 3] {
        let who =
          arrival < 2
          ? "Task 2 was cancelled while it waited for the lock,"
          : "Task 2 asked for the lock when it had been cancelled already,"
        try runs.once(hang: .means("\(who) and it waits on.")) { simulation in
          let state = makeState()
          let watch = LockWatch(simulation)
          await simulation.play([
            Entrance(0) { await state.takeLock(task: 1, watch: watch) },
            Entrance(0) {
              await simulation.cancel(atSecond: 2, saying: { watch.isCancelled(2) }) {
                await simulation.sleep(untilSecond: arrival)
                await state.holdLock(task: 2, watch: watch)
              }
            },
          ])
          try judge(runs, watch, who)
        }
      }
    }
  }

  private static func judge(_ runs: CheckRuns, _ watch: LockWatch, _ who: String) throws {
    let cancellation = Fact("cancelled", "at 2 s")
    guard let refusal = watch.refusals[2] else {
      throw runs.broken(
        "\(who) and went on as if it had the lock.", [cancellation],
        reference: "throws CancellationError at 2 s")
    }
    if refusal.error != "\(CancellationError())" || refusal.time != .seconds(2) {
      let time = Messages.describe(refusal.time)
      throw runs.broken(
        "\(who) and was not told so in time, or not in the right words.",
        [cancellation, Fact("it threw", "\(refusal.error) at \(time)")],
        reference: "CancellationError() at 2 s")
    }
  }

  static var leavesQueue: Check {
    check(
      "2.4.leaves", "A task that was cancelled is no longer in the queue: the next one is served.",
      section: "SE-0304, cancellation", calling: lockCall
    ) { runs in
      let hang = CheckRuns.Hang.means(
        "The lock went to a task that had left the queue; those behind it wait for ever.")
      try runs.once(hang: hang) { simulation in
        let state = makeState()
        let watch = LockWatch(simulation)
        await simulation.play([
          Entrance(0) { await state.holdLock(task: 1, for: .seconds(10), watch: watch) },
          Entrance(1) { await state.holdLock(task: 2, watch: watch) },
          Entrance(2) {
            await simulation.cancel(atSecond: 5, saying: { watch.isCancelled(3) }) {
              await state.holdLock(task: 3, watch: watch)
            }
          },
          Entrance(3) { await state.holdLock(task: 4, watch: watch) },
          Entrance(4) { await state.holdLock(task: 5, watch: watch) },
          Entrance(20) { await state.holdLock(task: 6, watch: watch) },
        ])
        try judgeClash(runs, watch)
        if watch.order != [1, 2, 4, 5, 6] {
          throw runs.broken(
            "Tasks 2, 4 and 5 waited; task 3 waited between them and was cancelled.",
            [Fact("order", list(watch.order))], reference: "1, 2, 4, 5, 6")
        }
      }
      // Task 5 comes when task 2 has been served: the queue is as long as it was for task 4.
      try runs.once(hang: hang) { simulation in
        let state = makeState()
        let watch = LockWatch(simulation)
        await simulation.play([
          Entrance(0) { await state.holdLock(task: 1, for: .seconds(4), watch: watch) },
          Entrance(1) { await state.holdLock(task: 2, for: .seconds(10), watch: watch) },
          Entrance(2) { await state.holdLock(task: 3, watch: watch) },
          Entrance(3) { await state.holdLock(task: 4, watch: watch) },
          Entrance(6) {
            await simulation.cancel(atSecond: 8, saying: { watch.isCancelled(5) }) {
              await state.holdLock(task: 5, watch: watch)
            }
          },
        ])
        if watch.order != [1, 2, 3, 4] {
          throw runs.broken(
            "Tasks 3, 4 and 5 waited, and task 5 was cancelled.",
            [Fact("order", list(watch.order))], reference: "1, 2, 3, 4")
        }
      }
    }
  }

  static var neverLost: Check {
    check(
      "2.4.never-lost",
      "Cancelled at the moment of the hand-over, a task has the lock or it threw; never neither.",
      section: "SE-0304, cancellation", calling: lockCall
    ) { runs in
      let hang = CheckRuns.Hang.means(
        "The lock is lost: nobody holds it, and whoever asks for it waits for ever.")
      // The cancellation meets the hand-over, with nobody and with somebody next in the queue;
      // and it meets the arrival as well.
      for (arrival, next) in [(1, false), (1, true), (5, false)] {
        try runs.everySchedule(hang: hang) { simulation in
          let state = makeState()
          let watch = LockWatch(simulation)
          var entrances = [
            Entrance(0) { await state.holdLock(task: 1, for: .seconds(5), watch: watch) },
            Entrance(1) {
              await simulation.cancel(atSecond: 5, saying: { watch.isCancelled(2) }) {
                await simulation.sleep(untilSecond: arrival)
                await state.holdLock(task: 2, watch: watch)
              }
            },
          ]
          if next {
            entrances.append(Entrance(3) { await state.holdLock(task: 3, watch: watch) })
          }
          await simulation.play(entrances)
          await state.holdLock(task: 4, watch: watch)
          try judgeClash(runs, watch)
        }
      }
    }
  }
}
