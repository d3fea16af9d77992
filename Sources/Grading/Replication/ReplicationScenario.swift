internal import Contracts
internal import Raft
internal import Simulator

/// What happens to a cluster that keeps one log, and what has to come of it.
///
/// The names are those of `simulate 4 --faults`. Among them are the scenarios of the suites that
/// people know: those of MIT 6.5840 (3B, and what 3C says of logs), and of the Go series' Part 2.
public enum ReplicationScenario: String, Hashable, Sendable, CaseIterable {
  /// Nothing, and clients (BasicAgree; CommitOneCommand, CommitMultipleCommands,
  /// SubmitNonLeaderFails).
  case none
  /// As many servers as a cluster gets by without never start.
  case minorityDown = "minority-down"
  /// Commands from many tasks at the same moment (ConcurrentStarts).
  case concurrentStarts = "concurrent-starts"
  /// Commands between the sending of others and their acknowledgement.
  case unacknowledged
  /// Every server is handed commands at the same moment, elections or not.
  case everyServer = "every-server"
  /// Commands of no bytes and of a megabyte, and of any Unicode.
  case oddCommands = "odd-commands"
  /// Nobody reads the commits of some servers for a while.
  case blockedConsumer = "blocked-consumer"
  /// Nothing: each command is sent to each peer once or so (RPCBytes).
  case rpcBytes = "rpc-bytes"
  /// Nothing: there are not many more messages than needed (Count).
  case rpcCount = "rpc-count"

  /// One follower after another is cut off, until no majority is left (FollowerFailure).
  case followerFailure = "follower-failure"
  /// One leader after another is cut off, until no majority is left (LeaderFailure).
  case leaderFailure = "leader-failure"
  /// A follower is cut off, and comes back (FailAgree; CommitWithDisconnectionAndRecover).
  case failAgree = "fail-agree"
  /// Most followers are cut off, and come back (FailNoAgree; NoCommitWithNoQuorum).
  case failNoAgree = "fail-no-agree"
  /// A deposed leader comes back with commands that nobody else holds (Rejoin).
  case rejoin
  /// Leaders of halves collect commands that come to nothing (Backup).
  case backup
  /// A leader that is cut off goes on taking commands (CommitsWithLeaderDisconnects,
  /// ReplaceMultipleLogEntries).
  case isolatedLeader = "isolated-leader"
  /// A follower comes back with a short log and a high term.
  case shortLog = "short-log"
  /// Nothing arrives for a moment, while a client waits (CommitAfterCallDrops).
  case callDrops = "call-drops"
  /// The leader is cut off for less than an election timeout (DisconnectLeaderBriefly).
  case leaderBriefly = "leader-briefly"
  /// Ways are open in one direction alone.
  case oneWay = "one-way"
  /// The leader stands still for a while.
  case pausedLeader = "paused-leader"

  /// A follower crashes, and starts again (CrashFollower, CrashThenRestartFollower).
  case followerCrashes = "follower-crashes"
  /// The leader crashes with a command on its way (CrashThenRestartLeader).
  case leaderCrashes = "leader-crashes"
  /// All servers crash at once (CrashThenRestartAll).
  case allCrash = "all-crash"
  /// A server crashes after its vote, and another candidate of that term asks for it.
  case voterCrashes = "voter-crashes"
  /// Servers crash after each number of messages.
  case crashEveryMessage = "crash-every-message"
  /// Figure 7 of the paper: a new leader among followers whose logs differ in every way.
  case figure7 = "figure-7"
  /// Figure 8 of the paper: an entry of an old term on a majority of the servers.
  case figure8 = "figure-8"
  /// Leaders crash right after they have taken a command (Figure8).
  case figure8Crashes = "figure-8-crashes"
  /// The same by cuts, on a network that loses and repeats (Figure8Unreliable).
  case figure8Unreliable = "figure-8-unreliable"

  /// The network loses, repeats and reorders, and clients go on (UnreliableAgree).
  case unreliable
  /// Whatever chance brings: crashes, pauses, cuts, and messages lost, repeated and late, beside
  /// clients (ReliableChurn, UnreliableChurn).
  case random
}

extension ReplicationScenario {
  /// How many servers it takes.
  public var sizes: ClosedRange<Int> {
    switch self {
    case .none, .minorityDown, .concurrentStarts, .unacknowledged, .oddCommands, .rpcBytes,
      .rpcCount, .unreliable, .random, .everyServer:
      1...5
    case .voterCrashes: 3...3
    case .backup, .figure7, .figure8: 5...5
    default: 3...5
    }
  }
}

extension ReplicationScenario: ClusterScenario {
  typealias Promise = ReplicationPromise

  static let chapter = 4

  func setting(servers count: Int, seed: UInt64) -> ClusterSetting {
    var setting = ClusterSetting()
    switch self {
    case .rpcBytes: setting.options.trace = .all
    case .unreliable, .figure8Unreliable: setting.options.conditions = .rough
    case .figure7: setting.disks = PaperLogs.figure7(seed: seed)
    case .figure8: setting.disks = PaperLogs.figure8
    default: break
    }
    return setting
  }

  func plan(servers count: Int, seed: UInt64) -> FaultPlan {
    guard self == .random else { return .none }
    let down = seed.isMultiple(of: 2) ? (count - 1) / 2 : 0
    return FaultPlan.seeded(
      seed, servers: count, until: .seconds(2), kinds: [.all, .consumers], leavingDown: down)
  }

  func play(
    on cluster: Cluster, seed: UInt64, plan: FaultPlan
  ) async -> ClusterEnd<ReplicationPromise> {
    let scene = ReplicationScene(cluster: cluster, seed: seed)
    return await ClusterEnd { try await play(in: scene, plan) }
  }

  /// - Returns: what there is to say of the clients, if there were any.
  private func play(in scene: ReplicationScene, _ plan: FaultPlan) async throws -> [String] {
    switch self {
    case .none: return try await scene.calm()
    case .unreliable: return try await scene.unreliable()
    case .random: return try await scene.churn(plan)
    case .minorityDown: try await scene.minorityDown()
    case .concurrentStarts: try await scene.concurrentStarts()
    case .unacknowledged: try await scene.unacknowledged()
    case .everyServer: try await scene.everyServer()
    case .oddCommands: try await scene.oddCommands()
    case .blockedConsumer: try await scene.blockedConsumer()
    case .rpcBytes: try await scene.rpcBytes()
    case .rpcCount: try await scene.rpcCount()
    case .followerFailure: try await scene.followerFailure()
    case .leaderFailure: try await scene.leaderFailure()
    case .failAgree: try await scene.failAgree()
    case .failNoAgree: try await scene.failNoAgree()
    case .rejoin: try await scene.rejoin()
    case .backup: try await scene.backup()
    case .isolatedLeader: try await scene.isolatedLeader()
    case .shortLog: try await scene.shortLog()
    case .callDrops: try await scene.callDrops()
    case .leaderBriefly: try await scene.leaderBriefly()
    case .oneWay: try await scene.oneWay()
    case .pausedLeader: try await scene.pausedLeader()
    case .followerCrashes: try await scene.followerCrashes()
    case .leaderCrashes: try await scene.leaderCrashes()
    case .allCrash: try await scene.allCrash()
    case .voterCrashes: try await scene.voterCrashes()
    case .crashEveryMessage: try await scene.crashEveryMessage()
    case .figure7: try await scene.figure7()
    case .figure8: try await scene.figure8()
    case .figure8Crashes: try await scene.figure8Crashes()
    case .figure8Unreliable: try await scene.figure8Unreliable()
    }
    return []
  }
}

extension ClusterEnd<ReplicationPromise> {
  /// How a scenario ends in which whatever goes wrong is thrown.
  ///
  /// - Parameter play: returns what there is to say of the run.
  init(_ play: @Sendable () async throws -> [String]) async {
    do {
      remarks = try await play()
    } catch let problem as ReplicationScene.Problem {
      self.problem = problem
    } catch {
      problem = ReplicationScene.Problem(promise: .agrees, happened: "\(error)")
    }
  }
}
