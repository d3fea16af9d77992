internal import Contracts
internal import Simulator

/// 1.2: three files at once.
extension TasksChecks {
  static var atOnce: [Check] {
    [
      atOnceContents, atOnceTogether, atOnceOrder, atOnceFailure, atOnceNothingLeft,
      atOnceCancelled,
    ]
  }

  private static var atOnceContents: Check {
    Check(
      "1.2.contents", "Each of the three files is read once, and its contents are returned.",
      section: "SE-0317", calling: #"readAtOnce("a", "b", "c"), or of a, b and a again,"#
    ) { rule in
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation)
        let said = try await world.makeState(State.self).readAtOnce("a", "b", "c")
        let read = world.files.readings.map(\.name).sorted()
        guard read == ["a", "b", "c"] else {
          throw rule.broken(
            "It was asked for a, b and c, and read \(list(read)).",
            [Fact("it read", list(read))], reference: "a, b and c")
        }
        guard said.sorted() == contents(of: ["a", "b", "c"]) else {
          throw rule.broken(
            "What it returned is not what is in the three files.",
            [Fact("it returned", "\(said)")], reference: "\(contents(of: ["a", "b", "c"]))")
        }
      }
      try underSeeds(1) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        let said = try await state.readAtOnce("a", "b", "a")
        guard said == contents(of: ["a", "b", "a"]) else {
          throw rule.broken(
            "It was asked for a, b and a again.", [Fact("it returned", "\(said)")],
            reference: "\(contents(of: ["a", "b", "a"]))")
        }
      }
    }
  }

  private static var atOnceTogether: Check {
    Check(
      "1.2.at-once", "All three readings are under way together: it takes as long as the slowest.",
      section: "SE-0317", calling: #"readAtOnce("a", "b", "c")"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(
          simulation, durations: ["a": .seconds(1), "b": .seconds(3), "c": .seconds(2)])
        _ = try await world.makeState(State.self).readAtOnce("a", "b", "c")
        let total = simulation.now
        let facts = [Fact("in all", "it took \(at(total))")]
        if let late = world.files.readings.first(where: { $0.start > .zero }) {
          throw rule.broken(
            "\(late.name) was asked for only at \(at(late.start)).", facts,
            reference: at(.seconds(3)))
        }
        guard total == .seconds(3) else {
          throw rule.broken(
            "The slowest file takes 3 s, and the call took \(at(total)).", facts,
            reference: at(.seconds(3)))
        }
      }
    }
  }

  private static var atOnceOrder: Check {
    Check(
      "1.2.order", "The contents are returned in the order asked, whichever arrives first.",
      section: "SE-0317", calling: #"readAtOnce("a", "b", "c")"#
    ) { rule in
      for order in [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"]] {
        try underSeeds(3) { simulation in
          let world = TasksWorld(
            simulation, durations: Self.durations(arriving: order))
          let said = try await world.makeState(State.self).readAtOnce("a", "b", "c")
          guard said == contents(of: ["a", "b", "c"]) else {
            throw rule.broken(
              "It was asked for a, b and c; the files arrived in the order \(list(order)).",
              [Fact("it returned", "\(said)")], reference: "\(contents(of: ["a", "b", "c"]))")
          }
        }
      }
    }
  }

  private static var atOnceFailure: Check {
    Check(
      "1.2.failure", "If one of the readings fails, its error is thrown on.",
      section: "SE-0317", calling: #"readAtOnce("a", "b", "c")"#
    ) { rule in
      for missing in ["a", "b", "c"] {
        try underSeeds(2) { simulation in
          let world = TasksWorld(simulation, missing: [missing])
          let state = world.makeState(State.self)
          let outcome = await simulation.outcome { try await state.readAtOnce("a", "b", "c") }
          guard outcome.error as? NoSuchFile == NoSuchFile(name: missing) else {
            throw rule.broken(
              "\(missing) is missing, and the caller does not get to know it.", [outcome.fact],
              reference: "NoSuchFile(\"\(missing)\")")
          }
        }
      }
    }
  }

  private static var atOnceNothingLeft: Check {
    Check(
      "1.2.nothing-left", "When it returns or throws, none of its readings is still under way.",
      section: "SE-0317", calling: #"readAtOnce("a", "b", "c")"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation, durations: ["c": .seconds(5)], missing: ["b"])
        let state = world.makeState(State.self)
        let outcome = await simulation.outcome { try await state.readAtOnce("a", "b", "c") }
        simulation.record("caller", "has the error")
        await simulation.settle()
        guard world.files.underWay.isEmpty else {
          throw rule.broken(
            "b failed, and the error was thrown at \(at(outcome.time)); "
              + "\(list(world.files.underWay)) was still being read, for nobody.",
            [Fact("under way", list(world.files.underWay))], reference: "nothing")
        }
      }
      try underSeeds(5) { simulation in
        let world = TasksWorld(
          simulation, durations: ["c": .seconds(5)], missing: ["b"],
          windingDown: .milliseconds(500))
        let state = world.makeState(State.self)
        let outcome = await simulation.outcome { try await state.readAtOnce("a", "b", "c") }
        let underWay = world.files.underWay
        simulation.record("caller", "has the error")
        await simulation.sleepThrough(.seconds(1))
        guard underWay.isEmpty else {
          throw rule.broken(
            "A reading here takes 500 ms to close its file once it is cancelled. "
              + "The call was over while \(list(underWay)) had not closed.",
            [outcome.fact], reference: "NoSuchFile(\"b\") at 1.5 s")
        }
      }
    }
  }

  private static var atOnceCancelled: Check {
    Check(
      "1.2.cancelled", "Cancelling the caller cancels the readings.",
      section: "SE-0304", calling: #"readAtOnce("a", "b", "c")"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation)
        let state = world.makeState(State.self)
        let caller = Task {
          await simulation.outcome { try await state.readAtOnce("a", "b", "c") }
        }
        try await simulation.clock.sleep(for: .milliseconds(500))
        simulation.record("caller", "cancelled")
        caller.cancel()
        let outcome = await caller.value
        await simulation.settle()
        try judgeCancelled(world.files.readings, outcome, rule)
      }
    }
  }

  /// The caller was cancelled at 500 ms: the readings know of it, and so does the caller.
  static func judgeCancelled(
    _ readings: [SimulatedFiles.Reading], _ outcome: CallOutcome<[String]>, _ rule: Rule
  ) throws {
    if let reading = readings.first(where: { !$0.wasCancelled }) {
      throw rule.broken(
        "The caller was cancelled at 500 ms, and \(reading.name) was read on to its end.")
    }
    guard outcome.error is CancellationError else {
      throw rule.broken(
        "The caller was cancelled at 500 ms, and with it the readings. The call did not say so.",
        [outcome.fact], reference: "CancellationError()")
    }
  }

  /// Durations that let the files arrive in this order, a second apart.
  static func durations(arriving order: [String]) -> [String: Duration] {
    Dictionary(
      uniqueKeysWithValues: order.enumerated().map { ($0.element, .seconds($0.offset + 1)) })
  }
}
