/// How much of what could happen a search has seen.
public struct Coverage: Hashable, Codable, Sendable, CustomStringConvertible {
  public let schedules: Int
  /// Whether those were all the schedules there are.
  public let isComplete: Bool

  public init(schedules: Int, isComplete: Bool) {
    self.schedules = schedules
    self.isComplete = isComplete
  }

  public var description: String {
    isComplete ? "all \(schedules) schedules" : "\(schedules) schedules (there are more)"
  }
}

/// Systematic search over every order in which ready jobs can run.
public enum Exploration {
  /// Runs `body` under one schedule after the other, depth first over every decision.
  ///
  /// - Parameters:
  ///   - most: how many schedules to try at the most.
  ///   - delays: how many ready jobs may be passed over in one run, in all; nil for any number.
  ///     A small bound keeps large cases affordable: most bugs need few delays.
  ///   - judge: gets each finished run and its result; false ends the search.
  /// - Returns: how many schedules were run, and whether that was all of them.
  /// - Throws: `SimulationError.notReproducible` where the same decisions led elsewhere.
  public static func run<Value: Sendable>(
    most: Int = .max, delays: Int? = nil, limits: Limits = Limits(steps: 100_000),
    _ body: @escaping @Sendable (Simulation) async throws -> Value,
    judge: (Simulation, Result<Value, any Error>) throws -> Bool
  ) throws -> Coverage {
    var prefix: [Int] = []
    var expected: [Decision] = []
    var schedules = 0
    while schedules < most {
      let simulation = Simulation(schedule: .replay(prefix), limits: limits)
      let result = Result { try simulation.run(body) }
      schedules += 1
      let decisions = simulation.decisions
      guard decisions.count >= prefix.count,
        zip(expected, decisions).allSatisfy({ $0.count == $1.count })
      else { throw SimulationError.notReproducible }
      guard try judge(simulation, result) else {
        return Coverage(schedules: schedules, isComplete: false)
      }
      guard let next = following(decisions, delays: delays ?? .max) else {
        return Coverage(schedules: schedules, isComplete: delays == nil)
      }
      expected = Array(decisions.prefix(next.count))
      prefix = next
    }
    return Coverage(schedules: schedules, isComplete: false)
  }

  /// The decisions that lead to the next branch not seen yet; nil when all were.
  private static func following(_ decisions: [Decision], delays bound: Int) -> [Int]? {
    var delays = decisions.reduce(0) { $0 + $1.pick }
    for index in decisions.indices.reversed() {
      let decision = decisions[index]
      delays -= decision.pick
      if decision.pick + 1 < decision.count, delays + decision.pick + 1 <= bound {
        return decisions[..<index].map(\.pick) + [decision.pick + 1]
      }
    }
    return nil
  }
}
