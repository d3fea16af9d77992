internal import Contracts
internal import Simulator

/// 1.1: one file after another.
extension TasksChecks {
  static var inTurn: [Check] {
    [inTurnOneAtATime, inTurnOrder, inTurnContents, inTurnFailure, inTurnNone]
  }

  private static var inTurnOneAtATime: Check {
    Check(
      "1.1.one-at-a-time", "Each reading begins when the one before it has ended.",
      section: "chapter 1, in turn", calling: #"readInTurn(["a", "b", "c"])"#
    ) { rule in
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation, durations: ["b": .seconds(2)])
        _ = try await world.makeState(State.self).readInTurn(["a", "b", "c"])
        let total = simulation.now
        let readings = world.files.readings
        for (before, next) in zip(readings, readings.dropFirst())
        where before.end.map({ next.start < $0 }) ?? true {
          throw rule.broken(
            "\(next.name) was asked for at \(at(next.start)), "
              + "while \(before.name) was still being read.",
            [Fact("in all", "it took \(at(total))")], reference: at(.seconds(4)))
        }
        guard total == .seconds(4) || readings.count != 3 else {
          throw rule.broken(
            "The three files take 1 s, 2 s and 1 s, and reading them took \(at(total)).",
            [Fact("in all", "it took \(at(total))")], reference: at(.seconds(4)))
        }
      }
    }
  }

  private static var inTurnOrder: Check {
    Check(
      "1.1.order", "The files are read in the order asked.",
      section: "chapter 1, in turn", calling: #"readInTurn(["c", "a", "b"])"#
    ) { rule in
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation)
        let asked = ["c", "a", "b"]
        _ = try await world.makeState(State.self).readInTurn(asked)
        let read = world.files.readings.map(\.name)
        guard read.sorted() != asked.sorted() || read == asked else {
          throw rule.broken(
            "It was asked for \(list(asked)), and read \(list(read)).",
            [Fact("it read", list(read))], reference: list(asked))
        }
      }
    }
  }

  private static var inTurnContents: Check {
    Check(
      "1.1.contents", "Every file asked for is read once, and its contents are returned.",
      section: "chapter 1, in turn", calling: #"readInTurn(["c", "a", "b"])"#
    ) { rule in
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation)
        let asked = ["c", "a", "b"]
        let said = try await world.makeState(State.self).readInTurn(asked)
        let read = world.files.readings.map(\.name)
        guard read == asked else {
          throw rule.broken(
            "It was asked for \(list(asked)), and read \(list(read)).",
            [Fact("it read", list(read))], reference: list(asked))
        }
        guard said == contents(of: asked) else {
          throw rule.broken(
            "What it returned is not what is in the three files.",
            [Fact("it returned", "\(said)")], reference: "\(contents(of: asked))")
        }
      }
      try underSeeds(1) { simulation in
        let asked = ["a", "b", "a"]
        let said = try await TasksWorld(simulation).makeState(State.self).readInTurn(asked)
        guard said == contents(of: asked) else {
          throw rule.broken(
            "It was asked for a, b and a again.", [Fact("it returned", "\(said)")],
            reference: "\(contents(of: asked))")
        }
      }
    }
  }

  private static var inTurnFailure: Check {
    Check(
      "1.1.failure", "A failure is thrown on, and nothing after it is read.",
      section: "chapter 1, in turn", calling: #"readInTurn(["a", "b", "c"])"#
    ) { rule in
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation, missing: ["b"])
        let state = world.makeState(State.self)
        let outcome = await simulation.outcome { try await state.readInTurn(["a", "b", "c"]) }
        let read = world.files.readings.map(\.name)
        guard let error = outcome.error else {
          throw rule.broken(
            "b is missing, and the call returned as if nothing had happened.", [outcome.fact],
            reference: "NoSuchFile(\"b\")")
        }
        guard error as? NoSuchFile == NoSuchFile(name: "b") else {
          throw rule.broken(
            "b is missing, and the call threw another error than the one it got.",
            [outcome.fact], reference: "NoSuchFile(\"b\")")
        }
        guard read == ["a", "b"] else {
          throw rule.broken(
            "b is missing, and after that it went on reading.", [Fact("it read", list(read))],
            reference: "a and b")
        }
      }
      try underSeeds(3) { try await inTurnCancelled($0, rule) }
    }
  }

  /// A reading that was cancelled has failed, too. Whether a cancelled caller gets through to its
  /// readings is not asked here.
  private static func inTurnCancelled(_ simulation: Simulation, _ rule: Rule) async throws {
    let world = TasksWorld(simulation)
    let state = world.makeState(State.self)
    let caller = Task {
      await simulation.outcome { try await state.readInTurn(["a", "b", "c"]) }
    }
    try await simulation.clock.sleep(for: .milliseconds(1500))
    simulation.record("caller", "cancelled")
    caller.cancel()
    let outcome = await caller.value
    guard let failed = world.files.readings.first(where: \.wasCancelled) else { return }
    guard outcome.error is CancellationError else {
      throw rule.broken(
        "The caller was cancelled at 1.5 s, and the reading of \(failed.name) failed with a "
          + "CancellationError. The call did not throw it.",
        [outcome.fact], reference: "CancellationError()")
    }
    guard let last = world.files.readings.last, last.wasCancelled else {
      throw rule.broken(
        "The reading of \(failed.name) was cancelled, and after that it went on reading.",
        [Fact("it read", list(world.files.readings.map(\.name)))], reference: "a and b")
    }
  }

  private static var inTurnNone: Check {
    Check(
      "1.1.none", "Asked for nothing, it reads nothing and returns an empty list.",
      section: "chapter 1, in turn", calling: "readInTurn([])"
    ) { rule in
      try underSeeds(1) { simulation in
        let world = TasksWorld(simulation)
        let said = try await world.makeState(State.self).readInTurn([])
        guard said.isEmpty, world.files.readings.isEmpty else {
          throw rule.broken(
            "It was asked for nothing, and returned \(said).", [Fact("it returned", "\(said)")],
            reference: "[]")
        }
      }
    }
  }
}
