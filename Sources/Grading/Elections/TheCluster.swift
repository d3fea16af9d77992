public import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// 3.8: the rules and the conversations together, in clusters of one to five servers.
extension ElectionsChecks {
  static var cluster: [Check] {
    [
      check(.elects, [.none], servers: 1...5, seeds: 5),
      check(.stays, [.none], servers: 1...5, seeds: 2),
      check(.elects, [.minorityDown], servers: 3...5, seeds: 3),
      check(.reelects, [.leaderLost, .leaderKilled, .manyElections], servers: 3...5, seeds: 3),
      check(.waits, [.noMajority], servers: 2...5, seeds: 3),
      check(.returns, [.followerReturns, .allApart], servers: 3...5, seeds: 3),
      check(.safe, [.random], servers: 2...5, seeds: 25),
      mixed,
    ]
  }

  typealias Promise = ElectionsPromise

  private static func check(
    _ promise: Promise, _ scenarios: [ClusterScenario], servers: ClosedRange<Int>, seeds: UInt64
  ) -> Check {
    let names = scenarios.map(\.rawValue).joined(separator: ", ")
    let rule = promise.rule
    return Check(
      rule.id, rule.sentence, section: rule.section, calling: "a cluster (faults: \(names))"
    ) { _ in
      for scenario in scenarios {
        for count in servers {
          for seed in 1...seeds {
            let members = Array(repeating: ClusterMember.server(State.self), count: count)
            try judge(scenario, members, seed: seed, checking: promise)
          }
        }
      }
    }
  }

  /// The learner's server among servers of the reference, in every seat.
  private static var mixed: Check {
    let rule = Promise.mixes.rule
    return Check(
      rule.id, rule.sentence, section: rule.section, calling: "one server among the reference's"
    ) { _ in
      for scenario in [ClusterScenario.leaderLost, .random] {
        for count in 2...5 where scenario == .random || count > 2 {
          for seat in 0..<count {
            var members = Array(repeating: ClusterMember.server(Reference.self), count: count)
            members[seat] = .server(State.self)
            try judge(scenario, members, seed: UInt64(seat + 1), checking: .mixes)
          }
        }
      }
    }
  }

  /// Plays a scenario, and throws a finding with its story where something is wrong.
  private static func judge(
    _ scenario: ClusterScenario, _ members: [ClusterMember], seed: UInt64,
    checking promise: Promise
  ) throws {
    let run = ScenarioRun(scenario, members: members, seed: seed)
    let result = try run.play(tracing: false)
    if let leak = result.outcome.leaks.first { throw LeakFound(leak: leak) }
    guard let (broken, happened) = complaint(about: result) else { return }
    var finding = Finding(
      (promise == .mixes ? promise : broken).rule, happened,
      facts: [Fact("cluster", ScenarioRun.cast(members.count, scenario))])
    // The same run once more, this time told: it is the same to the last event.
    finding.trace = ClusterStory.trace(try run.play(tracing: true).outcome.events)
    if promise != .mixes { finding.replay = run.command }
    throw finding
  }

  private static func complaint(about result: ScenarioRun.Result) -> (Promise, String)? {
    if let misuse = result.outcome.misuses.first { return (.manners, misuse.sentence) }
    if let broken = result.outcome.broken.first { return (.safe, broken.sentence) }
    return result.problem.map { problem in
      let promise: Promise =
        switch problem.kind {
        case .elects: .elects
        case .stays: .stays
        case .reelects: .reelects
        case .returns: .returns
        case .waits: .waits
        }
      return (promise, problem.happened)
    }
  }
}

/// The promises of a cluster.
enum ElectionsPromise: String {
  case elects, stays, reelects, waits, returns, safe, manners, mixes

  var rule: Rule { Rule("3.8.\(rawValue)", sentence, section: section) }

  private var sentence: String {
    switch self {
    case .elects: "A majority that can reach each other elects a leader before long."
    case .stays: "A leader that everybody hears from stays the leader."
    case .reelects: "When the leader is gone, the others elect one of a later term."
    case .waits: "Without a majority nobody is elected."
    case .returns: "When all can reach each other again, they agree on one leader of one term."
    case .safe:
      "Whatever is lost, late, repeated or crashes: a term has one leader, and promises are kept."
    case .manners: "A server sends to its peers, in moderation, and to nobody else."
    case .mixes: "A server gets on with servers that others have written."
    }
  }

  private var section: String {
    switch self {
    case .safe: "Figure 3, §5.2"
    case .manners, .mixes: "chapter 3, The cluster"
    default: "§5.2"
    }
  }
}

/// A scenario with its cast: the same every time, told or not.
struct ScenarioRun: Sendable {
  struct Result: Sendable {
    let outcome: ClusterOutcome
    let problem: ClusterScenario.Problem?
  }

  private let scenario: ClusterScenario
  private let members: [ClusterMember]
  private let seed: UInt64

  init(_ scenario: ClusterScenario, members: [ClusterMember], seed: UInt64) {
    self.scenario = scenario
    self.members = members
    self.seed = seed
  }

  /// How many servers, and what goes wrong.
  static func cast(_ count: Int, _ scenario: ClusterScenario) -> String {
    "\(count == 1 ? "1 server" : "\(count) servers"), faults: \(scenario.rawValue)"
  }

  /// The command that shows this run.
  var command: String {
    "swift run workbook simulate 3 --servers \(members.count) --seed \(seed)"
      + (scenario == .none ? "" : " --faults \(scenario.rawValue)")
  }

  func play(tracing: Bool) throws -> Result {
    var options = ClusterOptions()
    options.trace = tracing ? .all : .off
    let limits = Limits(steps: 5_000_000, trapsWhenEndless: true, watchdog: 1)
    let run = ClusterRun(
      members, seed: seed, duration: .zero, options: options, limits: limits)
    let found = Mutex<ClusterScenario.Problem?>(nil)
    let outcome = try run.outcome { [scenario, seed] cluster in
      let problem = await scenario.play(on: cluster, seed: seed)
      found.withLock { $0 = problem }
    }
    return Result(outcome: outcome, problem: found.withLock { $0 })
  }
}

/// The story of a learner's cluster, for `simulate 3`.
public enum ElectionsStory<State: ElectionsChapter> {
  /// Plays a scenario and tells it; the last line says how it ended.
  public static func lines(
    servers count: Int, seed: UInt64, faults scenario: ClusterScenario, width: Int
  ) throws -> [String] {
    let members = Array(repeating: ClusterMember.server(State.self), count: count)
    let result = try ScenarioRun(scenario, members: members, seed: seed).play(tracing: true)
    let told = ClusterStory.lines(result.outcome.events, width: width)
    let end: String
    if let problem = result.problem, result.outcome.broken.isEmpty {
      end = problem.happened
    } else if !result.outcome.broken.isEmpty || !result.outcome.misuses.isEmpty {
      end = "That must not happen, and the run ends here."
    } else if let agreement = result.outcome.liveness.agreement {
      end = "In the end \(agreement.leader) leads term \(agreement.term)."
    } else {
      end = "In the end nobody leads."
    }
    return ["\(ScenarioRun.cast(count, scenario)), seed \(seed)", ""] + told + ["", end]
  }
}

/// Work of a known size for clusters, so that their pace can be measured.
public enum ElectionsPace<State: ElectionsChapter> {
  /// Runs `runs` clusters of five servers for `seconds` virtual seconds each, with every invariant
  /// checked and nothing told.
  ///
  /// - Throws: where a run finds something, since then it was not that much work.
  public static func run(_ runs: Int, seconds: Int) throws {
    let members = Array(repeating: ClusterMember.server(State.self), count: 5)
    for seed in 1...UInt64(max(runs, 1)) {
      let run = ClusterRun(
        members, seed: seed, duration: .seconds(seconds), limits: Limits(steps: .max))
      let outcome = try run.outcome()
      if let broken = outcome.broken.first {
        throw Finding(ElectionsPromise.safe.rule, broken.sentence)
      }
    }
  }
}
