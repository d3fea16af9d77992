internal import Contracts
internal import Simulator

/// 1.3: any number of files at once.
extension TasksChecks {
  static var many: [Check] {
    [
      manyTogether, manyOrder, manyDuplicates, manyFailure, manyCancels, manyAwaits,
      manyCallerCancelled, manyNone,
    ]
  }

  private static var manyTogether: Check {
    Check(
      "1.3.at-once", "All readings are under way together: it takes as long as the slowest.",
      section: "SE-0304", calling: #"readAll(["a", "b", "c", "d", "e"])"#
    ) { rule in
      // Five names make a trace that can be read. Forty leave no room for a bound.
      for names in [["a", "b", "c", "d", "e"], (1...40).map { "\($0)" }] {
        try underSeeds(3) { simulation in
          let world = TasksWorld(simulation, durations: ["b": .seconds(2), "2": .seconds(2)])
          _ = try await world.makeState(State.self).readAll(names)
          let total = simulation.now
          let facts = [Fact("in all", "it took \(at(total))")]
          if let late = world.files.readings.first(where: { $0.start > .zero }) {
            throw rule.broken(
              "Of \(names.count) files, \(late.name) was asked for only at \(at(late.start)).",
              facts, reference: at(.seconds(2)))
          }
          guard total == .seconds(2) else {
            throw rule.broken(
              "The slowest file takes 2 s, and the call took \(at(total)).", facts,
              reference: at(.seconds(2)))
          }
        }
      }
    }
  }

  private static var manyOrder: Check {
    Check(
      "1.3.order", "The contents are returned in the order asked, whichever arrives first.",
      section: "SE-0304", calling: #"readAll(["c", "a", "b"])"#
    ) { rule in
      let asked = ["c", "a", "b"]
      for order in [
        ["a", "b", "c"], ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"],
        ["c", "b", "a"],
      ] {
        try underSeeds(3) { simulation in
          let world = TasksWorld(simulation, durations: durations(arriving: order))
          let said = try await world.makeState(State.self).readAll(asked)
          guard said == contents(of: asked) else {
            throw rule.broken(
              "It was asked for \(list(asked)); the files arrived in the order \(list(order)).",
              [Fact("it returned", "\(said)")], reference: "\(contents(of: asked))")
          }
        }
      }
    }
  }

  private static var manyDuplicates: Check {
    Check(
      "1.3.every-place",
      "Every name asked for has its place in the list, even one that comes twice.",
      section: "chapter 1, many", calling: #"readAll(["a", "b", "a"])"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation)
        let said = try await world.makeState(State.self).readAll(["a", "b", "a"])
        guard said == contents(of: ["a", "b", "a"]) else {
          throw rule.broken(
            "a was asked for twice, and does not stand in both of its places.",
            [Fact("it returned", "\(said)")], reference: "\(contents(of: ["a", "b", "a"]))")
        }
      }
    }
  }

  private static var manyFailure: Check {
    Check(
      "1.3.first-failure", "The failure that comes first in time is the one that is thrown.",
      section: "SE-0304", calling: #"readAll(["a", "b", "c"])"#
    ) { rule in
      let orders = [["b", "c", "a"], ["c", "b", "a"], ["c", "a", "b"]]
      for order in orders {
        try underSeeds(5) { simulation in
          let world = TasksWorld(
            simulation, durations: durations(arriving: order), missing: ["a", "b"])
          try await judgeFirstFailure(order, world, rule)
        }
      }
      // Who was cancelled may say so in words of its own: it is still not the first.
      for order in orders {
        try underSeeds(5) { simulation in
          let world = TasksWorld(
            simulation, durations: durations(arriving: order), missing: ["a", "b"],
            saysInOwnWords: true)
          try await judgeFirstFailure(order, world, rule)
        }
      }
    }
  }

  /// The files arrive in this order, a second apart, and a and b are missing.
  private static func judgeFirstFailure(
    _ order: [String], _ world: TasksWorld, _ rule: Rule
  ) async throws {
    let state = world.makeState(State.self)
    let outcome = await world.simulation.outcome { try await state.readAll(["a", "b", "c"]) }
    guard let place = order.firstIndex(where: { $0 != "c" }) else { return }
    let first = NoSuchFile(name: order[place])
    guard let error = outcome.error else {
      throw rule.broken(
        "a and b are missing, and the call returned as if nothing had happened.",
        [outcome.fact], reference: "\(first)")
    }
    guard error as? NoSuchFile == first else {
      throw rule.broken(
        "\(first.name) was the first to fail, at \(place + 1) s. The caller got another error.",
        [outcome.fact], reference: "\(first)")
    }
  }

  private static var manyCancels: Check {
    Check(
      "1.3.cancels-rest", "The first failure cancels the readings that are still under way.",
      section: "SE-0304", calling: #"readAll(["a", "b", "c"])"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(
          simulation, durations: ["a": .seconds(5), "c": .seconds(9)], missing: ["b"])
        let state = world.makeState(State.self)
        let outcome = await simulation.outcome { try await state.readAll(["a", "b", "c"]) }
        await simulation.settle()
        for reading in world.files.readings where reading.name != "b" {
          guard reading.wasCancelled,
            reading.end.map({ $0 <= .seconds(1) + .nanoseconds(1) }) ?? false
          else {
            throw rule.broken(
              "b failed at 1 s, and \(reading.name) was not cancelled: it was read on, for nobody.",
              [outcome.fact], reference: "NoSuchFile(\"b\") at 1 s")
          }
        }
      }
    }
  }

  private static var manyAwaits: Check {
    Check(
      "1.3.awaits-rest", "It does not return before every reading that it began has ended.",
      section: "SE-0304", calling: #"readAll(["a", "b", "c"])"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(
          simulation, durations: ["a": .seconds(5), "c": .seconds(9)], missing: ["b"],
          windingDown: .milliseconds(500))
        let state = world.makeState(State.self)
        let outcome = await simulation.outcome { try await state.readAll(["a", "b", "c"]) }
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
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation, windingDown: .milliseconds(500))
        let state = world.makeState(State.self)
        let underWay = Task {
          let outcome = await simulation.outcome { try await state.readAll(["a", "b", "c"]) }
          return (outcome, world.files.underWay)
        }
        try await simulation.clock.sleep(for: .milliseconds(500))
        simulation.record("caller", "cancelled")
        underWay.cancel()
        let (outcome, names) = await underWay.value
        await simulation.sleepThrough(.seconds(1))
        guard names.isEmpty else {
          throw rule.broken(
            "The caller was cancelled at 500 ms, and a reading here takes 500 ms to close its "
              + "file then. The call was over while \(list(names)) had not closed.",
            [outcome.fact], reference: "CancellationError() at 1 s")
        }
      }
    }
  }

  private static var manyCallerCancelled: Check {
    Check(
      "1.3.cancelled", "Cancelling the caller cancels the readings.",
      section: "SE-0304", calling: #"readAll(["a", "b", "c"])"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation)
        let state = world.makeState(State.self)
        let caller = Task {
          await simulation.outcome { try await state.readAll(["a", "b", "c"]) }
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

  private static var manyNone: Check {
    Check(
      "1.3.none", "Asked for nothing, it reads nothing and returns an empty list.",
      section: "chapter 1, many", calling: "readAll([])"
    ) { rule in
      try underSeeds(1) { simulation in
        let world = TasksWorld(simulation)
        let said = try await world.makeState(State.self).readAll([])
        guard said.isEmpty else {
          throw rule.broken(
            "It was asked for nothing, and returned \(said).", [Fact("it returned", "\(said)")],
            reference: "[]")
        }
      }
    }
  }
}
