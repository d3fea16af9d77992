internal import Raft
internal import Simulator

/// What goes wrong in a cluster while it is watched, and what has to come of it.
///
/// The names are those of `simulate 3 --faults`. Among them are the scenarios of the suites that
/// people know: those of MIT 6.5840 3A, and of the Go series' Part 1.
public enum ElectionScenario: String, Hashable, Sendable, CaseIterable {
  /// Nothing (InitialElection; ElectionBasic).
  case none
  /// All wait for about as long before they stand, so that the votes are split.
  case splitVotes = "split-votes"
  /// As many servers as a cluster gets by without never start.
  case minorityDown = "minority-down"
  /// The leader is cut off, and comes back (ReElection; LeaderDisconnect, and ThenReconnect).
  case leaderLost = "leader-lost"
  /// The leader crashes, and starts again from what its host saved.
  case leaderKilled = "leader-killed"
  /// A follower is cut off for a while, stands again and again, and comes back.
  case followerReturns = "follower-returns"
  /// The leader and others are cut off until no majority is left (LeaderAndAnotherDisconnect).
  case noMajority = "no-majority"
  /// Everybody is alone for a while (DisconnectAllThenRestore).
  case allApart = "all-apart"
  /// One leader after another is cut off (ManyElections; DisconnectLoop).
  case manyElections = "many-elections"
  /// Whatever chance brings: crashes, pauses, cuts, and messages lost, repeated and late.
  case random
}

extension ElectionScenario: ClusterScenario {
  typealias Promise = ElectionsPromise
  typealias Problem = ClusterProblem<ElectionsPromise>

  static let chapter = 3

  func setting(servers count: Int, seed: UInt64) -> ClusterSetting {
    var setting = ClusterSetting()
    if self == .splitVotes {
      setting.options.electionTimeout = 150...200
      setting.options.conditions.delay = 10...20
    }
    return setting
  }

  func plan(servers count: Int, seed: UInt64) -> FaultPlan {
    guard self == .random else { return .none }
    let down = seed.isMultiple(of: 2) ? (count - 1) / 2 : 0
    return FaultPlan.seeded(seed, servers: count, until: .seconds(4), leavingDown: down)
  }

  func play(
    on cluster: Cluster, seed: UInt64, plan: FaultPlan
  ) async -> ClusterEnd<ElectionsPromise> {
    ClusterEnd(problem: await problem(on: cluster, seed: seed, plan: plan))
  }

  /// Plays the scenario on a cluster that was just started, and judges its liveness.
  private func problem(on cluster: Cluster, seed: UInt64, plan: FaultPlan) async -> Problem? {
    switch self {
    case .none, .splitVotes: await calm(cluster)
    case .minorityDown: await minorityDown(cluster, seed: seed)
    case .leaderLost: await leaderLost(cluster, crash: false)
    case .leaderKilled: await leaderLost(cluster, crash: true)
    case .followerReturns: await followerReturns(cluster)
    case .noMajority: await noMajority(cluster)
    case .allApart: await allApart(cluster)
    case .manyElections: await manyElections(cluster)
    case .random: await random(cluster, plan)
    }
  }
}

extension ElectionScenario {
  private func calm(_ cluster: Cluster) async -> Problem? {
    if let problem = await election(in: cluster, "after the start") { return problem }
    return await quiet(in: cluster)
  }

  private func minorityDown(_ cluster: Cluster, seed: UInt64) async -> Problem? {
    let count = cluster.servers.count
    let down = (0..<(count - 1) / 2).map { cluster.servers[(Int(seed % 60) + $0) % count] }
    for id in down { cluster.apply(.crash(id)) }
    let names = down.map(\.description).joined(separator: " and ")
    if let problem = await election(in: cluster, "with \(names) down") { return problem }
    // A leader gets by without those that never reply.
    return await quiet(in: cluster)
  }

  private func leaderLost(_ cluster: Cluster, crash: Bool) async -> Problem? {
    if let problem = await election(in: cluster, "after the start") { return problem }
    guard let old = cluster.liveness.agreement else { return nil }
    cluster.apply(crash ? .crash(old.leader) : .isolate(old.leader))
    let how = crash ? "crashed" : "was cut off"
    guard await agreement(in: cluster, after: old.term, not: old.leader) else {
      return Problem(
        promise: .reelects,
        happened: "\(old.leader), leader of term \(old.term), \(how), and no other was elected "
          + "within \(Messages.describe(Self.bound(cluster))).")
    }
    cluster.apply(crash ? .restart(old.leader) : .heal)
    return await everybody(
      in: cluster, "\(old.leader) came back, leader of term \(old.term) until it \(how)")
  }

  private func followerReturns(_ cluster: Cluster) async -> Problem? {
    if let problem = await election(in: cluster, "after the start") { return problem }
    guard let old = cluster.liveness.agreement,
      let follower = cluster.servers.first(where: { $0 != old.leader })
    else { return nil }
    cluster.apply(.isolate(follower))
    await cluster.run(for: .seconds(2))
    cluster.apply(.heal)
    return await everybody(in: cluster, "\(follower) came back, after 2 s alone")
  }

  private func noMajority(_ cluster: Cluster) async -> Problem? {
    if let problem = await election(in: cluster, "after the start") { return problem }
    guard let old = cluster.liveness.agreement else { return nil }
    let others = cluster.servers.filter { $0 != old.leader }
    let apart = [old.leader] + others.prefix((cluster.servers.count - 1) / 2)
    for id in apart { cluster.apply(.isolate(id)) }
    // Nobody may be elected now, which the invariants see to.
    await cluster.run(for: .seconds(2))
    cluster.apply(.heal)
    return await everybody(in: cluster, "a majority could be reached again")
  }

  private func allApart(_ cluster: Cluster) async -> Problem? {
    if let problem = await election(in: cluster, "after the start") { return problem }
    cluster.apply(.partition(cluster.servers.map { [$0] }))
    await cluster.run(for: .seconds(2))
    cluster.apply(.heal)
    return await everybody(in: cluster, "the servers could reach each other again")
  }

  private func manyElections(_ cluster: Cluster) async -> Problem? {
    for _ in 1...4 {
      if let problem = await leaderLost(cluster, crash: false) { return problem }
    }
    return nil
  }

  private func random(_ cluster: Cluster, _ plan: FaultPlan) async -> Problem? {
    cluster.schedule(plan)
    await cluster.run(for: plan.end)
    // What was on its way when the faults ended may still raise a term.
    await cluster.run(for: .seconds(1))
    if let problem = await everybody(in: cluster, "the faults were over") { return problem }
    return await quiet(in: cluster)
  }
}

// MARK: - What has to hold

extension ElectionScenario {
  private func election(in cluster: Cluster, _ when: String) async -> Problem? {
    let bound = Self.bound(cluster)
    if await cluster.wait(atMost: bound, until: { $0.liveness.agreement != nil }) { return nil }
    return Problem(
      promise: .elects,
      happened: "\(Messages.describe(bound)) \(when), the servers had not agreed on a leader.")
  }

  private func agreement(
    in cluster: Cluster, after term: Term, not leader: ServerID
  ) async -> Bool {
    await cluster.wait(atMost: Self.bound(cluster)) { cluster in
      guard let agreement = cluster.liveness.agreement else { return false }
      return agreement.term > term && agreement.leader != leader
    }
  }

  /// Every server that runs is in one term, and all but its leader follow.
  private func everybody(in cluster: Cluster, _ when: String) async -> Problem? {
    let bound = Self.bound(cluster)
    let isAgreed = await cluster.wait(atMost: bound) { cluster in
      guard let agreement = cluster.liveness.agreement else { return false }
      return cluster.servers.allSatisfy { id in
        guard let now = cluster.situation(of: id) else { return true }
        return now.currentTerm == agreement.term
          && (now.role == .follower || id == agreement.leader)
      }
    }
    if isAgreed { return nil }
    return Problem(
      promise: .returns,
      happened: "\(Messages.describe(bound)) after \(when), the servers had not agreed on a leader."
    )
  }

  /// With a leader and nothing in its way, no term begins.
  private func quiet(in cluster: Cluster) async -> Problem? {
    // The term of the leader's own election began at this very moment, perhaps.
    let start = cluster.now + .nanoseconds(1)
    await cluster.run(for: .seconds(2))
    let changes = cluster.liveness.termChanges(since: start)
    guard changes > 0, !cluster.hasFindings else { return nil }
    return Problem(
      promise: .stays,
      happened: "The servers had a leader, nothing stood in its way, and within 2 s \(changes) "
        + "new \(changes == 1 ? "term" : "terms") began.")
  }
}
