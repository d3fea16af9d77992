public import Contracts
internal import Raft
internal import Simulator

/// 4.10: the rules and the conversations together, in clusters of one to five servers.
extension ReplicationChecks {
  static var cluster: [Check] {
    [
      check(.agrees, [.none], servers: 1...5, seeds: 1),
      check(
        .agrees, [.minorityDown, .concurrentStarts, .unacknowledged], servers: 3...4, seeds: 1),
      check(.agrees, [.everyServer], servers: 2...5, seeds: 1),
      check(
        .agrees, [.oddCommands, .blockedConsumer, .callDrops, .leaderBriefly], servers: 3...3,
        seeds: 2),
      check(.frugal, [.rpcBytes, .rpcCount], servers: 3...3, seeds: 1),
      check(.safe, [.followerFailure, .leaderFailure, .failNoAgree], servers: 3...5, seeds: 1),
      check(
        .catchesUp, [.failAgree, .shortLog, .isolatedLeader, .oneWay, .pausedLeader],
        servers: 3...4, seeds: 1),
      check(.catchesUp, [.rejoin], servers: 3...3, seeds: 2),
      check(.catchesUp, [.backup], servers: 5...5, seeds: 2),
      check(
        .catchesUp, [.followerCrashes, .leaderCrashes, .allCrash, .crashEveryMessage],
        servers: 3...4, seeds: 1),
      .searched(
        ReplicationPromise.self, on: State.self, SearchStart.replication, chapter: 4,
        rules: .replication, situations: 3_000),
      check(.safe, [.voterCrashes], servers: 3...3, seeds: 3),
      check(.safe, [.figure7, .figure8], servers: 5...5, seeds: 8),
      check(.safe, [.figure8Crashes, .figure8Unreliable], servers: 5...5, seeds: 4),
      check(.linearizable, [.unreliable], servers: 3...5, seeds: 1),
      check(.safe, [.random], servers: 1...5, seeds: 20),
      .mixed(
        State.self, among: Reference.self,
        [(ReplicationScenario.leaderCrashes, servers: 3...3), (.random, servers: 2...4)]),
    ]
  }

  static func moreRuns(_ runs: Int) -> [Check] {
    .runs(
      runs, of: State.self,
      [
        (ReplicationScenario.random, servers: 1...5), (.unreliable, servers: 3...5),
        (.figure8Unreliable, servers: 5...5),
      ])
  }

  private static func check(
    _ promise: ReplicationPromise, _ scenarios: [ReplicationScenario], servers: ClosedRange<Int>,
    seeds: UInt64
  ) -> Check {
    .cluster(of: State.self, promise, scenarios, servers: servers, seeds: seeds)
  }
}

/// The story of a learner's cluster, for `simulate 4`.
public enum ReplicationStory<State: ReplicationChapter> {
  /// Plays a scenario, to show it.
  public static func run(
    servers count: Int, seed: UInt64, faults scenario: ReplicationScenario,
    keeping kept: KeptFaults? = nil, losing lost: LostMessages? = nil,
    byHand: HandMadeFaults? = nil
  ) throws -> ToldRun {
    let members = Array(repeating: ClusterMember.server(State.self), count: count)
    return try ScenarioRun(
      scenario, members: members, seed: seed, keeping: kept, losing: lost, byHand: byHand
    ).told()
  }
}
