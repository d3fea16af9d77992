public import Raft

/// A cluster's run from beginning to end: what is to happen, to whom, and what came of it.
///
/// The members and the seed decide everything; the same run gives the same outcome.
public struct ClusterRun: Sendable {
  public var members: [ClusterMember]
  public var seed: UInt64
  public var plan: FaultPlan
  public var duration: Duration
  public var options: ClusterOptions
  public var limits: Limits
  /// What is on the servers' disks when they start; empty disks where this has none.
  public var disks: [PersistentState]

  public init(
    _ members: [ClusterMember], seed: UInt64, plan: FaultPlan = .none, duration: Duration,
    options: ClusterOptions = ClusterOptions(), limits: Limits = Limits(steps: 10_000_000),
    disks: [PersistentState] = []
  ) {
    self.members = members
    self.seed = seed
    self.plan = plan
    self.duration = duration
    self.options = options
    self.limits = limits
    self.disks = disks
  }

  /// Runs the plan for the whole duration, or to the first finding.
  public func outcome() throws -> ClusterOutcome {
    try outcome { await $0.run(for: duration) }
  }

  /// Runs the plan while `body` goes on: it waits, and applies further faults as it likes.
  public func outcome(
    _ body: @escaping @Sendable (Cluster) async throws -> Void
  ) throws -> ClusterOutcome {
    let simulation = Simulation(schedule: .seeded(seed), seed: seed, limits: limits)
    return try simulation.run { [self] simulation in
      let cluster = Cluster(
        members, in: simulation, seed: seed, options: options, disks: disks)
      cluster.schedule(plan)
      defer { cluster.end() }
      try await body(cluster)
      return ClusterOutcome(cluster, simulation)
    }
  }
}

/// What a run came to.
public struct ClusterOutcome: Hashable, Sendable {
  public let events: [ClusterEvent]
  public let broken: [InvariantBroken]
  public let misuses: [Misuse]
  public let liveness: Liveness
  /// What left the simulation, or tried to: real sleeps, real threads.
  public let leaks: [Leak]
  /// The servers' logs in the end.
  public let logs: LogTable
  public let time: Duration
  /// The simulation's jobs, for measuring.
  public let steps: Int

  init(_ cluster: Cluster, _ simulation: Simulation) {
    events = cluster.events
    broken = cluster.broken
    misuses = cluster.misuses
    liveness = cluster.liveness
    leaks = simulation.leaks
    logs = cluster.logTable
    time = simulation.now
    steps = simulation.steps
  }
}
