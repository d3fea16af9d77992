public import Contracts
internal import Simulator

/// 3.8: the rules and the conversations together, in clusters of one to five servers.
extension ElectionsChecks {
  static var cluster: [Check] {
    [
      check(.elects, [.none], servers: 1...5, seeds: 5),
      check(.stays, [.none], servers: 1...5, seeds: 2),
      check(.elects, [.splitVotes], servers: 2...5, seeds: 4),
      check(.elects, [.minorityDown], servers: 3...5, seeds: 3),
      check(.reelects, [.leaderLost, .leaderKilled, .manyElections], servers: 3...5, seeds: 3),
      check(.waits, [.noMajority], servers: 2...5, seeds: 3),
      check(.returns, [.followerReturns, .allApart], servers: 3...5, seeds: 3),
      .searched(
        ElectionsPromise.self, on: State.self, SearchStart.elections, chapter: 3,
        rules: .elections, situations: 2_000),
      check(.safe, [.random], servers: 2...5, seeds: 25),
      .mixed(
        State.self, among: Reference.self,
        [(ElectionScenario.leaderLost, servers: 3...5), (.random, servers: 2...5)]),
    ]
  }

  private static func check(
    _ promise: ElectionsPromise, _ scenarios: [ElectionScenario], servers: ClosedRange<Int>,
    seeds: UInt64
  ) -> Check {
    .cluster(of: State.self, promise, scenarios, servers: servers, seeds: seeds)
  }
}

/// The promises of a cluster.
enum ElectionsPromise: String, ClusterPromise {
  case elects, stays, reelects, waits, returns, safe, manners

  /// Election Safety names two leaders of a term, or the one that was short of votes.
  static func broken(by breach: InvariantBroken) -> ElectionsPromise {
    breach.number == 1 && breach.servers.count == 1 ? .waits : .safe
  }

  var rule: Rule { Rule("3.8.\(rawValue)", sentence, section: section) }

  private var sentence: String {
    switch self {
    case .elects: "A majority that can reach each other elects a leader before long."
    case .stays: "A leader that everybody hears from stays the leader."
    case .reelects: "When the leader is gone, the others elect one of a later term."
    case .waits: "Nobody is elected without the votes of a majority."
    case .returns: "When all can reach each other again, they agree on one leader of one term."
    case .safe:
      "Whatever is lost, late, repeated or crashes: a term has one leader, and promises are kept."
    case .manners: "A server sends to its peers, in moderation, and to nobody else."
    }
  }

  private var section: String {
    switch self {
    case .safe: "Figure 3, §5.2"
    case .manners: "chapter 3, The cluster"
    default: "§5.2"
    }
  }
}

/// The story of a learner's cluster, for `simulate 3`.
public enum ElectionsStory<State: ElectionsChapter> {
  /// Plays a scenario, to show it.
  public static func run(
    servers count: Int, seed: UInt64, faults scenario: ElectionScenario,
    keeping kept: KeptFaults? = nil, losing lost: LostMessages? = nil,
    byHand: HandMadeFaults? = nil
  ) throws -> ToldRun {
    let members = Array(repeating: ClusterMember.server(State.self), count: count)
    return try ScenarioRun(
      scenario, members: members, seed: seed, keeping: kept, losing: lost, byHand: byHand
    ).told()
  }
}

/// Work of a known size for clusters, so that their pace can be measured.
public enum ElectionsPace<State: ElectionsChapter> {
  /// Runs `runs` clusters of so many servers for `seconds` virtual seconds each, with every
  /// invariant checked and nothing told.
  ///
  /// - Parameter tracing: keeps every event, so that what that costs can be measured.
  /// - Throws: where a run finds something, since then it was not that much work.
  public static func run(
    _ runs: Int, servers: Int = 5, seconds: Int, tracing: Bool = false
  ) throws {
    var options = ClusterOptions()
    if tracing { options.trace = .all }
    let members = Array(repeating: ClusterMember.server(State.self), count: servers)
    for seed in 1...UInt64(max(runs, 1)) {
      let run = ClusterRun(
        members, seed: seed, duration: .seconds(seconds), options: options,
        limits: Limits(steps: .max))
      let outcome = try run.outcome()
      if let broken = outcome.broken.first {
        throw Finding(ElectionsPromise.safe.rule, broken.sentence)
      }
    }
  }
}
