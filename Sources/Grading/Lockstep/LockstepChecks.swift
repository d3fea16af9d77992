internal import Contracts
internal import Simulator
internal import Synchronization

/// The checks of a chapter's rules, in lockstep with the reference.
enum LockstepChecks<Chapter: LockstepChapter> {
  /// The checks of the rules of one step.
  ///
  /// First come the situations that the steps up to this one lead to. The others need a rule that
  /// a learner writes later; they are judged once it is there.
  static func rules(of step: Int, calling call: String) -> [Check] {
    let topics = Chapter.Topic.allCases.filter { $0.step == step }
    let cases = CaseList<Chapter>(of: step)
    let last = Chapter.steps.upperBound
    return (step...last).flatMap { needed -> [Check] in
      // Whoever has become somebody by a later step is what its situations are about.
      var checks = (needed == step ? topics : topics.reversed()).map { topic in
        check(topic, needed, call) {
          let cases = try cases.list(topic, needed)
          try inOrder { await go(cases, topic) }
        } judging: {
          let cases = try cases.list(topic, needed)
          try inOrder { try await compare(topic, cases) }
        }
      }
      if needed == step || needed == last {
        checks.append(
          check(topics[0], needed, call) {
            try inOrder { await walk(topics[0], upTo: needed) { _ in } }
          } judging: {
            try inOrder {
              let lockstep = Lockstep<Chapter>(topic: topics[0])
              try await walk(topics[0], upTo: needed) { played in
                let found = await lockstep.judge(played)
                guard let found, found.mistake.rule.step == step else { return }
                throw await lockstep.shrink(found).finding
              }
            }
          })
      }
      return checks
    }
  }

  private static func check(
    _ topic: Chapter.Topic, _ needed: Int, _ call: String,
    going preparation: @escaping @Sendable () throws -> Void,
    judging body: @escaping @Sendable () throws -> Void
  ) -> Check {
    Check(
      topic.rule.id, topic.rule.sentence, section: topic.rule.section, calling: call,
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
  private static func go(_ cases: [Chapter.Case], _ topic: Chapter.Topic) async {
    var paths: Set<Chapter.Path> = []
    for one in cases {
      var path = one.path
      path.events.removeLast()
      let steps = one.steps.dropLast()
      if let first = steps.firstIndex(where: { $0 > topic.step }),
        let own = steps[first...].firstIndex(where: { $0 == topic.step })
      {
        path.events.removeSubrange(own...)
      }
      if paths.insert(path).inserted { _ = await Lockstep<Chapter>(topic: topic).go(path) }
    }
  }

  private static func compare(_ topic: Chapter.Topic, _ cases: [Chapter.Case]) async throws {
    // Much is tried where a way ends; whether it is right is seen once.
    let lockstep = Lockstep<Chapter>(topic: topic)
    var ways: [Chapter.Path: Lockstep<Chapter>.Arrival?] = [:]
    for one in cases {
      var path = one.path
      let event = path.events.removeLast()
      do {
        if ways[path] == nil {
          ways[path] = .some(nil)
          ways[path] = try await lockstep.arrive(at: path)
        }
        guard let way = ways[path] ?? nil else { continue }
        if let found = await lockstep.run(event, after: way) { throw found }
      } catch let found as Lockstep<Chapter>.Divergence {
        // Where another step's rule went wrong on the way, that step says so.
        if found.mistake.rule.step == topic.step { throw found.finding }
      }
    }
  }

  /// Long ways drawn from seeds, for what a server keeps that its report does not show.
  private static func walk(
    _ topic: Chapter.Topic, upTo step: Int,
    _ body: (Lockstep<Chapter>.Played) async throws -> Void
  ) async rethrows {
    let steps = Chapter.steps.lowerBound...step
    for (path, seed) in Chapter.beginnings(upTo: step) {
      for round in 0..<UInt64(3) {
        let lockstep = Lockstep<Chapter>(topic: topic)
        // One seat after the other: a walk is the same on each, for whoever goes by no number.
        let seat = Seat(number: Int(seed &+ round) % path.start.servers + 1)
        try await body(
          lockstep.walk(from: path.at(seat), 24, seed: seed &* 100 &+ round, steps: steps))
      }
    }
  }
}

/// The cases of a step, searched for once, when the first check asks.
private final class CaseList<Chapter: LockstepChapter>: Sendable {
  /// What a check judges together: the rule at stake, and the latest rule on the way.
  private struct Kind: Hashable {
    let topic: Chapter.Topic
    let needed: Int
  }

  private let step: Int
  private let known = Mutex<[Kind: [Chapter.Case]]?>(nil)

  init(of step: Int) { self.step = step }

  /// The cases with this topic whose way needs the rules up to `needed`, shortest ways first.
  func list(_ topic: Chapter.Topic, _ needed: Int) throws -> [Chapter.Case] {
    try known.withLock { known in
      let cases = try known ?? search()
      known = cases
      return cases[Kind(topic: topic, needed: needed)] ?? []
    }
  }

  private func search() throws -> [Kind: [Chapter.Case]] {
    let step = step
    let simulation = Simulation(schedule: .inOrder, limits: Limits(steps: .max))
    let cases = try simulation.run { _ in await Chapter.cases(of: step) }
    return Dictionary(grouping: cases) { Kind(topic: $0.topic, needed: max($0.needs, step)) }
      .mapValues { $0 + elsewhere($0) }
  }

  /// The shortest of these cases on the other seats of their clusters: there, the server's own
  /// number is not the lowest, nor 1.
  private func elsewhere(_ cases: [Chapter.Case]) -> [Chapter.Case] {
    (2...5).flatMap { servers in
      let few = cases.lazy.filter { $0.path.start.servers == servers }.prefix(12)
      return (2...servers).flatMap { number in few.map { $0.at(Seat(number: number)) } }
    }
  }
}
