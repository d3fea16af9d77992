internal import Contracts
internal import Simulator
internal import Synchronization

/// 1.8: a value, or the end of patience.
extension TasksChecks {
  static var deadline: [Check] {
    [
      deadlineInTime, deadlineOwnError, deadlineExceeded, deadlineCancelsLoser,
      deadlineAwaitsLoser, deadlineLeavesNothing, deadlineCallerCancelled, deadlineIndependent,
    ]
  }

  private static var deadlineInTime: Check {
    Check(
      "1.8.in-time", "A value that is there before the limit is returned as soon as it is there.",
      section: "chapter 1, a deadline", calling: "withDeadline(.seconds(3)) { 7, after 1 s }"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let operation = SimulatedOperation(simulation, takes: .seconds(1))
        let outcome = await simulation.outcome {
          try await state.withDeadline(.seconds(3)) { try await operation.run() }
        }
        guard case .success(7) = outcome.result, outcome.time == .seconds(1) else {
          throw rule.broken(
            "The operation had its value, 7, at 1 s; the limit was 3 s.", [outcome.fact],
            reference: "7 at 1 s")
        }
      }
    }
  }

  private static var deadlineOwnError: Check {
    Check(
      "1.8.own-error", "If the operation fails before the limit, its own error is thrown on.",
      section: "chapter 1, a deadline",
      calling: "withDeadline(.seconds(3)) { throws NoSuchFile, after 1 s }"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let outcome = await simulation.outcome {
          try await state.withDeadline(.seconds(3)) { () -> Int in
            try await simulation.clock.sleep(for: .seconds(1))
            throw NoSuchFile(name: "a")
          }
        }
        guard outcome.error is NoSuchFile else {
          throw rule.broken(
            "The operation failed at 1 s; the limit was 3 s.", [outcome.fact],
            reference: "NoSuchFile(\"a\") at 1 s")
        }
      }
    }
  }

  private static var deadlineExceeded: Check {
    Check(
      "1.8.exceeded", "If the value is not there at the limit, DeadlineExceeded is thrown.",
      section: "chapter 1, a deadline", calling: "withDeadline(.seconds(1)) { 7, after 3 s }"
    ) { rule in
      for heedsCancellation in [true, false] {
        try underSeeds(5) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let operation = SimulatedOperation(
            simulation, takes: .seconds(3), heedsCancellation: heedsCancellation)
          let outcome = await simulation.outcome {
            try await state.withDeadline(.seconds(1)) { try await operation.run() }
          }
          guard outcome.error is DeadlineExceeded else {
            throw rule.broken(
              heedsCancellation
                ? "The operation needs 3 s, and the limit was 1 s."
                : "The operation took no notice of being cancelled, and had its value at 3 s. "
                  + "The limit was 1 s.",
              [outcome.fact], reference: "DeadlineExceeded()")
          }
        }
      }
    }
  }

  private static var deadlineCancelsLoser: Check {
    Check(
      "1.8.cancels-loser", "At the limit the operation is cancelled, and the caller gets on.",
      section: "SE-0304", calling: "withDeadline(.seconds(1)) { 7, after 9 s }"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let operation = SimulatedOperation(simulation, takes: .seconds(9))
        let outcome = await simulation.outcome {
          try await state.withDeadline(.seconds(1)) { try await operation.run() }
        }
        simulation.record("caller", "gets on")
        await simulation.settle()
        guard operation.cancelled == .seconds(1) else {
          throw rule.broken(
            "The limit passed at 1 s, and the operation was not cancelled then.",
            [outcome.fact], reference: "DeadlineExceeded() at 1 s")
        }
        guard outcome.time == .seconds(1) else {
          throw rule.broken(
            "The limit passed at 1 s, and the caller had to wait until \(at(outcome.time)).",
            [outcome.fact], reference: "DeadlineExceeded() at 1 s")
        }
      }
    }
  }

  private static var deadlineAwaitsLoser: Check {
    Check(
      "1.8.awaits-loser", "The operation has ended before withDeadline returns or throws.",
      section: "SE-0304",
      calling: "withDeadline(.seconds(1)) { 7, after 9 s; 500 ms to clean up if cancelled }"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let operation = SimulatedOperation(
          simulation, takes: .seconds(9), cleansUpFor: .milliseconds(500))
        let outcome = await simulation.outcome {
          try await state.withDeadline(.seconds(1)) { try await operation.run() }
        }
        let hadEnded = operation.ended != nil
        simulation.record("caller", "gets on")
        await simulation.sleepThrough(.seconds(1))
        guard hadEnded else {
          throw rule.broken(
            "Cancelled at 1 s, the operation takes 500 ms to clean up. "
              + "The caller got on at \(at(outcome.time)), in the middle of that.",
            [outcome.fact], reference: "DeadlineExceeded() at 1.5 s")
        }
      }
    }
  }

  private static var deadlineLeavesNothing: Check {
    Check(
      "1.8.leaves-nothing", "When the value is there, nobody waits for the deadline any longer.",
      section: "chapter 1, a deadline", calling: "withDeadline(.seconds(60)) { 7, after 1 s }"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let operation = SimulatedOperation(simulation, takes: .seconds(1))
        _ = try await state.withDeadline(.seconds(60)) { try await operation.run() }
        simulation.record("caller", "has 7")
        await simulation.settle()
        guard simulation.sleepingTasks == 0 else {
          throw rule.broken(
            "The value was there at 1 s. After that a task still slept towards the limit, at 60 s.",
            [Fact("asleep", "\(simulation.sleepingTasks)")], reference: "0")
        }
      }
    }
  }

  private static var deadlineCallerCancelled: Check {
    Check(
      "1.8.cancelled", "Cancelling the caller cancels the operation; that is not a deadline.",
      section: "SE-0304", calling: "withDeadline(.seconds(3)) { 7, after 2 s }, cancelled at 1 s,"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let operation = SimulatedOperation(simulation, takes: .seconds(2))
        let caller = Task {
          await simulation.outcome {
            try await state.withDeadline(.seconds(3)) { try await operation.run() }
          }
        }
        try await simulation.clock.sleep(for: .seconds(1))
        simulation.record("caller", "is cancelled")
        caller.cancel()
        let outcome = await caller.value
        guard operation.cancelled == .seconds(1) else {
          throw rule.broken(
            "The caller was cancelled at 1 s, and the operation went on.", [outcome.fact],
            reference: "CancellationError() at 1 s")
        }
        guard !(outcome.error is DeadlineExceeded) else {
          throw rule.broken(
            "The caller was cancelled at 1 s, and told that the limit of 3 s had passed.",
            [outcome.fact], reference: "CancellationError() at 1 s")
        }
      }
    }
  }

  private static var deadlineIndependent: Check {
    Check(
      "1.8.independent", "Each call has a deadline of its own.",
      section: "chapter 1, a deadline",
      calling: "withDeadline(_:_:), three times side by side,"
    ) { rule in
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let calls = [1, 2, 3].map { limit in
          Task {
            await simulation.outcome {
              try await state.withDeadline(.seconds(limit)) {
                try await simulation.clock.sleep(for: .seconds(9))
              }
            }
          }
        }
        var times: [Duration] = []
        for call in calls { times.append(await call.value.time) }
        guard times == [.seconds(1), .seconds(2), .seconds(3)] else {
          throw rule.broken(
            "Three operations of 9 s ran side by side, with limits of 1 s, 2 s and 3 s.",
            [Fact("they ended", "at " + list(times.map(at)))], reference: "at 1 s, 2 s and 3 s")
        }
      }
    }
  }
}

/// Something that takes its time, and a record of what became of it.
private final class SimulatedOperation: Sendable {
  private struct Course {
    var cancelled: Duration?
    var ended: Duration?
  }

  private let simulation: Simulation
  private let duration: Duration
  private let cleanup: Duration
  private let heedsCancellation: Bool
  private let course = Mutex(Course())

  init(
    _ simulation: Simulation, takes duration: Duration, cleansUpFor cleanup: Duration = .zero,
    heedsCancellation: Bool = true
  ) {
    self.simulation = simulation
    self.duration = duration
    self.cleanup = cleanup
    self.heedsCancellation = heedsCancellation
  }

  /// When it noticed that it was cancelled; nil if it never did.
  var cancelled: Duration? { course.withLock { $0.cancelled } }
  /// When it was over, however it ended; nil while it is under way.
  var ended: Duration? { course.withLock { $0.ended } }

  func run() async throws -> Int {
    simulation.record("operation", "begins")
    defer { course.withLock { $0.ended = simulation.now } }
    guard heedsCancellation else {
      await simulation.sleepThrough(duration)
      simulation.record("operation", "has 7")
      return 7
    }
    do {
      try await simulation.clock.sleep(for: duration)
    } catch {
      course.withLock { $0.cancelled = simulation.now }
      simulation.record("operation", "is cancelled")
      if cleanup > .zero {
        await simulation.sleepThrough(cleanup)
        simulation.record("operation", "has cleaned up")
      }
      throw error
    }
    simulation.record("operation", "has 7")
    return 7
  }
}
