internal import Contracts
internal import Simulator

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
      // It may throw a CancellationError by itself: nobody was cancelled, and no limit passed.
      for error in [NoSuchFile(name: "a") as any Error, CancellationError()] {
        try underSeeds(5) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let outcome = await simulation.outcome {
            try await state.withDeadline(.seconds(3)) { () -> Int in
              try await simulation.clock.sleep(for: .seconds(1))
              throw error
            }
          }
          guard let thrown = outcome.error, "\(thrown)" == "\(error)" else {
            throw rule.broken(
              "The operation failed at 1 s, with \(error); the limit was 3 s.", [outcome.fact],
              reference: "\(error) at 1 s")
          }
        }
      }
    }
  }

  private static var deadlineExceeded: Check {
    Check(
      "1.8.exceeded", "If the value is not there at the limit, DeadlineExceeded is thrown.",
      section: "chapter 1, a deadline", calling: "withDeadline(.seconds(1)) { 7, after 3 s }"
    ) { rule in
      for manner in SimulatedOperation.Manner.allCases {
        try underSeeds(5) { simulation in
          let operation = SimulatedOperation(simulation, takes: .seconds(3), ifCancelled: manner)
          let outcome = await exceed(.seconds(1), operation, in: simulation)
          let happened =
            switch manner {
            case .throwsCancellationError: "The operation needs 3 s, and the limit was 1 s."
            case .takesNoNotice:
              "The operation took no notice of being cancelled, and had its value at 3 s. "
                + "The limit was 1 s."
            case .throwsAnotherError:
              "The operation needs 3 s, and the limit was 1 s. Cancelled then, it threw an error "
                + "of its own."
            }
          guard outcome.error is DeadlineExceeded else {
            throw rule.broken(happened, [outcome.fact], reference: "DeadlineExceeded()")
          }
        }
      }
      try underSeeds(5) { simulation in
        let operation = SimulatedOperation(simulation, takes: .seconds(3))
        let outcome = await exceed(.zero, operation, in: simulation)
        guard outcome.error is DeadlineExceeded else {
          throw rule.broken(
            "The operation needs 3 s, and the limit was 0 s: no time at all.", [outcome.fact],
            reference: "DeadlineExceeded() at 0 s")
        }
      }
    }
  }

  private static func exceed(
    _ limit: Duration, _ operation: SimulatedOperation, in simulation: Simulation
  ) async -> CallOutcome<Int> {
    let state = TasksWorld(simulation).makeState(State.self)
    return await simulation.outcome {
      try await state.withDeadline(limit) { try await operation.run() }
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
      for limit in [1, 3] {
        try underSeeds(5) { try await judgeCleaningUp(limit: limit, $0, rule) }
      }
    }
  }

  /// The operation is cancelled at 1 s: by a limit of 1 s, or with its caller.
  private static func judgeCleaningUp(
    limit: Int, _ simulation: Simulation, _ rule: Rule
  ) async throws {
    let state = TasksWorld(simulation).makeState(State.self)
    let operation = SimulatedOperation(
      simulation, takes: .seconds(9), cleansUpFor: .milliseconds(500))
    let caller = Task {
      let outcome = await simulation.outcome {
        try await state.withDeadline(.seconds(limit)) { try await operation.run() }
      }
      simulation.record("caller", "gets on")
      return (outcome, operation.ended != nil)
    }
    if limit > 1 {
      try await simulation.clock.sleep(for: .seconds(1))
      simulation.record("caller", "is cancelled")
      caller.cancel()
    }
    let (outcome, hadEnded) = await caller.value
    await simulation.sleepThrough(.seconds(1))
    guard hadEnded else {
      throw rule.broken(
        "Cancelled at 1 s\(limit > 1 ? ", with its caller" : ""), the operation takes 500 ms to "
          + "clean up. The caller got on at \(at(outcome.time)), in the middle of that.",
        [outcome.fact],
        reference: "\(limit > 1 ? "CancellationError()" : "DeadlineExceeded()") at 1.5 s")
    }
  }

  private static var deadlineLeavesNothing: Check {
    Check(
      "1.8.leaves-nothing", "Once it has returned or thrown, nobody waits for the limit.",
      section: "chapter 1, a deadline", calling: "withDeadline(.seconds(60)) { 7, after 1 s }"
    ) { rule in
      try underSeeds(5) { simulation in
        let operation = SimulatedOperation(simulation, takes: .seconds(1))
        _ = await exceed(.seconds(60), operation, in: simulation)
        simulation.record("caller", "has 7")
        try await judgeAlarm("The value was there at 1 s.", simulation, rule)
      }
      try underSeeds(5) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        _ = await simulation.outcome {
          try await state.withDeadline(.seconds(60)) { () -> Int in
            try await simulation.clock.sleep(for: .seconds(1))
            throw NoSuchFile(name: "a")
          }
        }
        simulation.record("caller", "has the error")
        try await judgeAlarm("The operation failed at 1 s.", simulation, rule)
      }
      try underSeeds(5) { simulation in
        let operation = SimulatedOperation(simulation, takes: .seconds(9))
        let caller = Task { await exceed(.seconds(60), operation, in: simulation) }
        try await simulation.clock.sleep(for: .seconds(1))
        simulation.record("caller", "is cancelled")
        caller.cancel()
        _ = await caller.value
        try await judgeAlarm("The caller was cancelled at 1 s.", simulation, rule)
      }
    }
  }

  private static func judgeAlarm(
    _ happened: String, _ simulation: Simulation, _ rule: Rule
  ) async throws {
    await simulation.settle()
    guard simulation.sleepingTasks == 0 else {
      throw rule.broken(
        "\(happened) After that a task still slept towards the limit, at 60 s.",
        [Fact("asleep", "\(simulation.sleepingTasks)")], reference: "0")
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
        await simulation.settle()
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
