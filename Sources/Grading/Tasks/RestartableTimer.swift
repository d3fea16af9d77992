internal import Contracts
internal import Simulator

/// 1.9: a timer that can be stopped and started anew.
extension TasksChecks {
  static var timer: [Check] {
    [
      timerFires, timerReset, timerStop, timerStartAnew, timerStopAtTheInstant,
      timerResetAtTheInstant, timerStartAtTheInstant, timerOnTheActor, timerFromTheAction,
    ]
  }

  private static var section: String { "chapter 1, a restartable timer" }

  private static var timerFires: Check {
    Check(
      "1.9.fires-once", "The action runs once, a period after the start.",
      section: section, calling: "startTimer(.seconds(3)) { … }"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        simulation.record("you", "startTimer(3 s)")
        await state.startTimer(.seconds(3), bell.ring)
        try await simulation.clock.sleep(for: .seconds(10))
        try bell.mustHaveRung(
          at: [.seconds(3)], rule, "A timer of 3 s was started at 0 s and left alone.")
      }
      // Not a round number: who looks at a watch now and then must not hit it by chance.
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        let period = Duration.microseconds(1_234_567)
        await state.startTimer(period, bell.ring)
        try await simulation.clock.sleep(for: .seconds(10))
        try bell.mustHaveRung(
          at: [period], rule, "A timer of \(at(period)) was started at 0 s and left alone.")
      }
    }
  }

  private static var timerReset: Check {
    Check(
      "1.9.reset", "A reset begins the period anew: one firing, a period after the last reset.",
      section: section, calling: "resetTimer()"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        simulation.record("you", "startTimer(3 s)")
        await state.startTimer(.seconds(3), bell.ring)
        for _ in 1...3 {
          try await simulation.clock.sleep(for: .seconds(2))
          simulation.record("you", "resetTimer()")
          await state.resetTimer()
        }
        try await simulation.clock.sleep(for: .seconds(20))
        try bell.mustHaveRung(
          at: [.seconds(9)], rule,
          "A timer of 3 s was started at 0 s, and reset at 2 s, 4 s and 6 s.")
      }
    }
  }

  private static var timerStop: Check {
    Check(
      "1.9.stop", "Once stopTimer() has returned, the action does not run.",
      section: section, calling: "stopTimer()"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        simulation.record("you", "startTimer(3 s)")
        await state.startTimer(.seconds(3), bell.ring)
        try await simulation.clock.sleep(for: .seconds(2))
        simulation.record("you", "stopTimer()")
        await state.stopTimer()
        try await simulation.clock.sleep(for: .seconds(20))
        try bell.mustHaveRung(
          at: [], rule, "A timer of 3 s was started at 0 s and stopped at 2 s.")
        // Stopping what does not run is nothing special.
        await state.stopTimer()
        await TasksWorld(simulation).makeState(State.self).stopTimer()
      }
    }
  }

  private static var timerStartAnew: Check {
    Check(
      "1.9.start-anew",
      "A start counts, whatever was before: a timer running, stopped or fired is replaced.",
      section: section, calling: "startTimer(.seconds(3)) { … }, again,"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let old = Bell(simulation, called: "old bell")
        let new = Bell(simulation, called: "bell")
        simulation.record("you", "startTimer(5 s)")
        await state.startTimer(.seconds(5), old.ring)
        try await simulation.clock.sleep(for: .seconds(1))
        simulation.record("you", "startTimer(3 s)")
        await state.startTimer(.seconds(3), new.ring)
        try await simulation.clock.sleep(for: .seconds(9))
        try old.mustHaveRung(
          at: [], rule, "A timer was started at 0 s, and at 1 s started with another action.")
        try new.mustHaveRung(
          at: [.seconds(4)], rule, "While a timer ran, one of 3 s was started at 1 s.")
        simulation.record("you", "startTimer(3 s)")
        await state.startTimer(.seconds(3), new.ring)
        try await simulation.clock.sleep(for: .seconds(10))
        try new.mustHaveRung(
          at: [.seconds(4), .seconds(13)], rule,
          "A timer had fired at 4 s, and one of 3 s was started at 10 s.")
        await state.startTimer(.seconds(3), old.ring)
        await state.stopTimer()
        simulation.record("you", "stopTimer(), startTimer(3 s)")
        await state.startTimer(.seconds(3), new.ring)
        try await simulation.clock.sleep(for: .seconds(10))
        try new.mustHaveRung(
          at: [.seconds(4), .seconds(13), .seconds(23)], rule,
          "A timer was stopped at 20 s, and one of 3 s started after that.")
      }
    }
  }

  private static var timerStopAtTheInstant: Check {
    Check(
      "1.9.stop-wins",
      "Once stopTimer() has returned, the action does not run, even if the period is just over.",
      section: section, calling: "stopTimer(), just when the timer fires,"
    ) { rule in
      try underEverySchedule { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        await state.startTimer(.seconds(3), bell.ring)
        try await simulation.clock.sleep(for: .seconds(3))
        let before = await state.visit { state in
          state.stopTimer()
          simulation.record("you", "stopTimer() returned")
          return bell.times.count
        }
        try await simulation.clock.sleep(for: .seconds(10))
        guard bell.times.count == before else {
          throw rule.broken(
            "A timer of 3 s was stopped at 3 s, when it had woken but not fired yet. "
              + "The action ran after stopTimer() had returned.")
        }
      }
    }
  }

  private static var timerResetAtTheInstant: Check {
    Check(
      "1.9.reset-wins",
      "Once resetTimer() has returned, the action does not run before a whole period has passed.",
      section: section, calling: "resetTimer(), just when the timer fires,"
    ) { rule in
      try underEverySchedule { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let bell = Bell(simulation)
        await state.startTimer(.seconds(3), bell.ring)
        try await simulation.clock.sleep(for: .seconds(3))
        let before = await state.visit { state in
          state.resetTimer()
          simulation.record("you", "resetTimer() returned")
          return bell.times.count
        }
        try await simulation.clock.sleep(for: .seconds(10))
        let after = bell.times.dropFirst(before)
        guard after.allSatisfy({ $0 == .seconds(6) }), after.count <= 1, before + after.count > 0
        else {
          throw rule.broken(
            "A timer of 3 s was reset at 3 s, when it had woken but not fired yet.",
            [Fact("it fired", after.isEmpty ? "never" : "at " + list(after.map(at)))],
            reference: "at 6 s")
        }
      }
    }
  }

  private static var timerStartAtTheInstant: Check {
    Check(
      "1.9.start-wins",
      "Once startTimer() has returned, only its own action runs, when its own period has passed.",
      section: section, calling: "startTimer(.seconds(2)) { … }, just when another timer fires,"
    ) { rule in
      try underEverySchedule { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let old = Bell(simulation, called: "old bell")
        let new = Bell(simulation, called: "bell")
        await state.startTimer(.seconds(3), old.ring)
        try await simulation.clock.sleep(for: .seconds(3))
        let before = await state.visit { state in
          state.startTimer(.seconds(2), new.ring)
          simulation.record("you", "startTimer(2 s) returned")
          return old.times.count
        }
        try await simulation.clock.sleep(for: .seconds(10))
        let situation = "A timer of 3 s had woken but not fired yet when one of 2 s was started."
        guard old.times.count == before else {
          throw rule.broken("\(situation) The old action ran after startTimer() had returned.")
        }
        try new.mustHaveRung(at: [.seconds(5)], rule, situation)
      }
    }
  }

  private static var timerFromTheAction: Check {
    Check(
      "1.9.from-the-action",
      "The action may start the timer anew, and that timer is one like any other.",
      section: section, calling: "startTimer(.seconds(3)) { startTimer(.seconds(2)) { … } }"
    ) { rule in
      for stopped in [false, true] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let bell = Bell(simulation)
          await state.startTimer(.seconds(3)) {
            guard state.isRunningHere != false else { return }
            simulation.record("action", "startTimer(2 s)")
            state.assumeIsolated { $0.startTimer(.seconds(2), bell.ring) }
          }
          try await simulation.clock.sleep(for: .seconds(4))
          if stopped {
            simulation.record("you", "stopTimer()")
            await state.stopTimer()
          }
          try await simulation.clock.sleep(for: .seconds(10))
          let situation = "A timer fired at 3 s, and its action started one of 2 s"
          try bell.mustHaveRung(
            at: stopped ? [] : [.seconds(5)], rule,
            situation + (stopped ? ", which was stopped at 4 s." : "."))
        }
      }
    }
  }

  private static var timerOnTheActor: Check {
    Check(
      "1.9.on-the-actor",
      "The action runs on the actor: between looking whether to fire and firing, no stop can come.",
      section: "SE-0306", calling: "startTimer(.seconds(3)) { … }"
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let wasBeside = Arrivals<Bool>(simulation)
        await state.startTimer(.seconds(3)) { wasBeside.add(state.isRunningHere == false) }
        try await simulation.clock.sleep(for: .seconds(10))
        guard !wasBeside.values.contains(true) else {
          throw rule.broken(
            "The action ran beside the actor. On a machine with several threads a stop can come "
              + "between the last look and the action.",
            [Fact("it ran", "beside the actor")], reference: "on the actor")
        }
      }
    }
  }
}

/// What a timer sets going, and a record of when it did.
private final class Bell: Sendable {
  private let simulation: Simulation
  private let name: String
  private let rings: Arrivals<Void>

  init(_ simulation: Simulation, called name: String = "bell") {
    self.simulation = simulation
    self.name = name
    rings = Arrivals(simulation)
  }

  var times: [Duration] { rings.times }

  var ring: @Sendable () -> Void {
    { [self] in
      simulation.record(name, "rings")
      rings.add(())
    }
  }

  /// - Throws: a finding that begins with `situation`.
  func mustHaveRung(at expected: [Duration], _ rule: Rule, _ situation: String) throws {
    func told(_ times: [Duration]) -> String {
      times.isEmpty ? "never" : "at " + times.map(Messages.describe).joined(separator: ", ")
    }
    guard times != expected else { return }
    throw rule.broken(
      situation, [Fact("it fired", told(times))], reference: told(expected))
  }
}
