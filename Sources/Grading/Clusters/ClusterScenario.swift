internal import Contracts
internal import Raft
internal import Simulator

/// What happens to a cluster while it is watched, and what has to come of it, by name.
///
/// The names are those of `simulate N --faults`, so that whatever fails can be shown again.
protocol ClusterScenario: RawRepresentable, CaseIterable, Hashable, Sendable
where RawValue == String {
  associatedtype Promise: ClusterPromise

  /// The chapter whose clusters these are.
  static var chapter: Int { get }

  /// The scenario of that name in which nothing goes wrong.
  static var none: Self { get }

  /// Hosts, network and disks, for `count` servers.
  func setting(servers count: Int, seed: UInt64) -> ClusterSetting

  /// The faults that chance brings, where it does.
  func plan(servers count: Int, seed: UInt64) -> FaultPlan

  /// Plays the scenario on a cluster that was just started, and judges what comes of it.
  ///
  /// - Parameter plan: the faults that chance brings, or as many of them as are kept.
  func play(on cluster: Cluster, seed: UInt64, plan: FaultPlan) async -> ClusterEnd<Promise>
}

extension ClusterScenario {
  func setting(servers count: Int, seed: UInt64) -> ClusterSetting { ClusterSetting() }

  func plan(servers count: Int, seed: UInt64) -> FaultPlan { .none }

  /// How long an election may take once nothing stands in its way: calibrated on the reference,
  /// which needs a fifth of it.
  static func bound(_ cluster: Cluster) -> Duration { cluster.options.longestTimeout * 10 }
}

/// What a scenario begins with.
struct ClusterSetting: Sendable {
  var options = ClusterOptions()
  var disks: [PersistentState] = []
}

/// What a cluster has to keep, by name: each promise is a rule with an id.
protocol ClusterPromise: Hashable, Sendable {
  var rule: Rule { get }

  /// What invariants look after.
  static var safe: Self { get }
  /// How a server behaves to its host.
  static var manners: Self { get }

  /// The promise that a broken invariant breaks.
  static func broken(by breach: InvariantBroken) -> Self
}

extension ClusterPromise {
  static func broken(by breach: InvariantBroken) -> Self { .safe }
}

/// What was wrong in a cluster, and which promise that breaks.
struct ClusterProblem<Promise: ClusterPromise>: Error {
  let promise: Promise
  let happened: String
  var facts: [Fact] = []
}

/// How a scenario ended.
struct ClusterEnd<Promise: ClusterPromise>: Sendable {
  var problem: ClusterProblem<Promise>?
  /// What the story of the run says last.
  var remarks: [String] = []
}
