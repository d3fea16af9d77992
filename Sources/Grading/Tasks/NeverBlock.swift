internal import Contracts
internal import Simulator

/// 1.4: a call that blocks, on a thread that may be blocked.
extension TasksChecks {
  static var neverBlock: [Check] {
    [neverBlockPool, neverBlockContents, neverBlockFailure, neverBlockSideBySide]
  }

  private static var neverBlockPool: Check {
    Check(
      "1.4.pool", "No thread of the pool is blocked: whoever else has work gets on with it.",
      section: "chapter 1, never block", calling: #"load("a")"#
    ) { rule in
      try underSeeds(5) { simulation in
        let world = TasksWorld(simulation)
        let beats = Arrivals<Int>(simulation)
        let period = Duration.milliseconds(100)
        let heartbeat = Task {
          for beat in 1... {
            beats.add(beat)
            simulation.record("heartbeat", "beats")
            try await simulation.clock.sleep(for: period)
          }
        }
        try await simulation.clock.sleep(for: .milliseconds(50))
        _ = await simulation.outcome { try await world.makeState(State.self).load("a") }
        await simulation.settle()
        heartbeat.cancel()
        for (before, next) in zip(beats.times, beats.times.dropFirst()) where next - before > period
        {
          throw rule.broken(
            "The disk held a thread of the pool. A heartbeat that should come every 100 ms "
              + "came at \(at(before)), and then not before \(at(next)).")
        }
      }
    }
  }

  private static var neverBlockContents: Check {
    Check(
      "1.4.contents", "What comes back is what the disk has under that name.",
      section: "chapter 1, never block", calling: #"load("a")"#
    ) { rule in
      try underSeeds(3) { simulation in
        let said = try await TasksWorld(simulation).makeState(State.self).load("a")
        guard said == SimulatedDisk.contents(of: "a") else {
          throw rule.broken(
            "The call returned something else than the disk has.", [Fact("it returned", said)],
            reference: SimulatedDisk.contents(of: "a"))
        }
      }
      // Not what the disk had: the file may have come since.
      try underSeeds(3) { simulation in
        let world = TasksWorld(simulation, missing: ["a"])
        let state = world.makeState(State.self)
        _ = await simulation.outcome { try await state.load("a") }
        world.disk.put("a")
        let outcome = await simulation.outcome { try await state.load("a") }
        guard case .success(SimulatedDisk.contents(of: "a")) = outcome.result else {
          throw rule.broken(
            "a was missing from the disk, was put there, and was loaded again.", [outcome.fact],
            reference: SimulatedDisk.contents(of: "a"))
        }
      }
    }
  }

  private static var neverBlockFailure: Check {
    Check(
      "1.4.failure", "If the disk fails, its error is thrown on.",
      section: "chapter 1, never block", calling: #"load("a")"#
    ) { rule in
      try underSeeds(3) { simulation in
        let state = TasksWorld(simulation, missing: ["a"]).makeState(State.self)
        let outcome = await simulation.outcome { try await state.load("a") }
        guard outcome.error as? NoSuchFile == NoSuchFile(name: "a") else {
          throw rule.broken(
            "a is missing from the disk, and the caller does not get to know it.",
            [outcome.fact], reference: "NoSuchFile(\"a\")")
        }
      }
    }
  }

  private static var neverBlockSideBySide: Check {
    Check(
      "1.4.side-by-side", "Loads do not wait for one another: each has a thread of its own.",
      section: "chapter 1, never block", calling: "load(name), many times at once,"
    ) { rule in
      // Three make a trace that can be read. Forty leave no room for a bound.
      for names in [["a", "b", "c"], (1...40).map { "\($0)" }] {
        try underSeeds(5) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { _ = try await state.load(name) } }
            try await group.waitForAll()
          }
          guard simulation.now == .seconds(1) else {
            throw rule.broken(
              "Each of the \(names.count) loads takes 1 s, and they were asked for together. "
                + "The last was there after \(at(simulation.now)).",
              [Fact("in all", at(simulation.now))], reference: at(.seconds(1)))
          }
        }
      }
    }
  }
}
