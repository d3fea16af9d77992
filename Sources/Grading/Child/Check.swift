internal import Simulator

/// One rule of a step, and the runs that tell whether the learner's code keeps it.
public struct Check: Sendable {
  public let rule: Rule
  /// The call that is judged, as a learner would write it: told when there is no answer to it.
  let call: String
  /// What needs rules of later steps, to see whether they are there and come back.
  let preparation: (@Sendable () throws -> Void)?
  private let body: @Sendable (Rule) throws -> Void

  /// `body` throws a `Finding` when the rule is broken. Any other error is the learner's code's.
  ///
  /// - Parameter preparation: goes the way to what is judged, where that leads over later steps.
  ///   If it ends the process there, the step is taken as far as it could be judged. Checks with
  ///   a preparation come last in their step.
  init(
    _ id: String, _ sentence: String, section: String, calling call: String,
    preparing preparation: (@Sendable () throws -> Void)? = nil,
    _ body: @escaping @Sendable (Rule) throws -> Void
  ) {
    rule = Rule(id, sentence, section: section)
    self.call = call
    self.preparation = preparation
    self.body = body
  }

  func run() throws { try body(rule) }
}

extension Rule {
  /// A finding about this rule.
  func broken(
    _ happened: String, _ facts: [Fact] = [], reference: String? = nil
  ) -> Finding {
    Finding(self, happened, facts: facts, reference: reference)
  }
}

/// The limits for runs in a process that judges one step and ends.
extension Limits {
  static var grading: Limits { Limits(steps: 200_000, trapsWhenEndless: true, watchdog: 1) }
}

/// Runs `body` under `count` seeds, beginning with the plain order of arrival.
///
/// A finding gets the trace of its run, unless it brought one.
func underSeeds<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Simulation) async throws -> Value
) throws {
  for seed in 0..<UInt64(count) {
    let simulation = Simulation(
      schedule: seed == 0 ? .inOrder : .seeded(seed), seed: seed, limits: .grading)
    do {
      _ = try simulation.run(body)
    } catch var finding as Finding {
      if finding.trace.isEmpty { finding.trace = simulation.trace }
      throw finding
    }
    if let leak = simulation.leaks.first { throw LeakFound(leak: leak) }
  }
}

/// Runs `body` under every schedule, or `most` of them.
@discardableResult
func underEverySchedule<Value: Sendable>(
  most: Int = 200_000, delays: Int? = nil,
  _ body: @escaping @Sendable (Simulation) async throws -> Value
) throws -> Coverage {
  try Exploration.run(most: most, delays: delays, limits: .grading, body) { simulation, result in
    if case .failure(let error) = result {
      guard var finding = error as? Finding else { throw error }
      if finding.trace.isEmpty { finding.trace = simulation.trace }
      throw finding
    }
    if let leak = simulation.leaks.first { throw LeakFound(leak: leak) }
    return true
  }
}

/// The learner's code left the simulation.
struct LeakFound: Error {
  let leak: Leak
}
