internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// 3.1 to 3.5: the rules, in lockstep with the reference.
extension ElectionsChecks {
  typealias Comparison = Lockstep<State, Reference>

  /// The checks of the rules of one step.
  ///
  /// First come the situations that the steps up to this one lead to. The others need a rule that
  /// a learner writes later (a leader is nobody before 3.5); they are judged once it is there.
  static func rules(of step: Int, calling call: String) -> [Check] {
    let topics = ElectionRule.allCases.filter { $0.step == step }
    let cases = CaseList(of: step, Reference.self)
    return (step...5).flatMap { needed -> [Check] in
      // Whoever has become somebody by a later step is what its situations are about.
      var checks = (needed == step ? topics : topics.reversed()).map { topic in
        check(topic, needed, call) {
          let cases = try cases.list(topic, needed)
          try inOrder { await go(cases, step) }
        } judging: {
          let cases = try cases.list(topic, needed)
          try inOrder { try await compare(step, cases) }
        }
      }
      if needed == step || needed == 5 {
        checks.append(
          check(topics[0], needed, call) {
            try inOrder { _ = await walk(upTo: needed) }
          } judging: {
            try inOrder {
              for found in await walk(upTo: needed) where found.mistake.rule.step == step {
                throw await Comparison().shrink(found).finding
              }
            }
          })
      }
      return checks
    }
  }

  private static func check(
    _ topic: ElectionRule, _ needed: Int, _ call: String,
    going preparation: @escaping @Sendable () throws -> Void,
    judging body: @escaping @Sendable () throws -> Void
  ) -> Check {
    Check(
      topic.rawValue, topic.rule.sentence, section: topic.rule.section, calling: call,
      preparing: needed > topic.step ? preparation : nil
    ) { _ in try body() }
  }

  private static func inOrder(_ body: @escaping @Sendable () async throws -> Void) throws {
    let simulation = Simulation(schedule: .inOrder, limits: Limits(steps: .max, watchdog: 1))
    try simulation.run { _ in try await body() }
    if let leak = simulation.leaks.first { throw LeakFound(leak: leak) }
  }

  /// Goes the ways alone, so that what is unwritten or crashes there is not laid at this step.
  ///
  /// Each way ends where the step's own rule would be called after a later step's: what happens
  /// in that call is for this step to answer.
  private static func go(_ cases: [Situations.Case], _ step: Int) async {
    var paths: Set<RulePath> = []
    for one in cases {
      var path = one.path
      if let first = path.calls.firstIndex(where: { $0.step > step }),
        let own = path.calls[first...].firstIndex(where: { $0.step == step })
      {
        path.calls.removeSubrange(own...)
      }
      if paths.insert(path).inserted { _ = await Comparison().run(path) }
    }
  }

  private static func compare(_ step: Int, _ cases: [Situations.Case]) async throws {
    var right: Set<RulePath> = []
    for one in cases {
      let known = right.contains(one.path) ? one.path.calls.count : 0
      let found = await Comparison().run(one.path + one.call, known: known)
      if let found {
        // Where another step's rule went wrong on the way, that step says so.
        if found.mistake.rule.step == step { throw found.finding }
      } else {
        right.insert(one.path)
      }
    }
  }

  /// Long ways drawn from seeds, for what a server keeps that its report does not show.
  private static func walk(upTo step: Int) async -> [Comparison.Divergence] {
    var found: [Comparison.Divergence] = []
    for servers in 1...5 {
      for (index, start) in Situations.starts(servers: servers).enumerated() {
        for round in 0..<UInt64(3) {
          let seed = UInt64(servers * 100 + index) &* 100 &+ round
          let one = await Comparison().walk(from: start, 24, seed: seed, steps: 1...step)
          if let one { found.append(one) }
        }
      }
    }
    return found
  }
}

/// The cases of a step, searched for once, when the first check asks.
private final class CaseList: Sendable {
  /// What a check judges together: the rule at stake, and the latest rule on the way.
  private struct Kind: Hashable {
    let topic: ElectionRule
    let needed: Int
  }

  private let known = Mutex<[Kind: [Situations.Case]]?>(nil)
  private let search: @Sendable () throws -> [Kind: [Situations.Case]]

  init<Reference: ReferenceServer & ElectionsChapter>(of step: Int, _: Reference.Type) {
    search = {
      let simulation = Simulation(schedule: .inOrder, limits: Limits(steps: .max))
      let cases = try simulation.run { _ in await Situations.cases(of: step, Reference.self) }
      return Dictionary(grouping: cases) {
        Kind(topic: $0.topic, needed: max($0.path.needs, step))
      }
    }
  }

  /// The cases with this topic whose way needs the rules up to `needed`, shortest ways first.
  func list(_ topic: ElectionRule, _ needed: Int) throws -> [Situations.Case] {
    try known.withLock { known in
      let cases = try known ?? search()
      known = cases
      return cases[Kind(topic: topic, needed: needed)] ?? []
    }
  }
}
