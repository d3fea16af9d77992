/// How a cluster's hosts and its network behave, beyond what is scripted.
public struct ClusterOptions: Hashable, Sendable {
  /// The election timeout is drawn from these milliseconds at each restart of the timer (§5.2).
  public var electionTimeout = 150...300
  public var heartbeatInterval = Duration.milliseconds(50)
  /// How long `send` waits for a reply. Longer than an election timeout, so that replies of an
  /// election long over still arrive.
  public var replyDeadline = Duration.milliseconds(500)
  public var conditions = NetworkConditions.calm
  /// The numbers of messages that are lost whatever chance says. It is asked about these as well,
  /// so that it says of all others what it would have said.
  public var lostMessages: Set<Int> = []
  /// Whether hosts save the persistent state before anything leaves. Only the tests that show what
  /// the saving is good for turn it off.
  public var savesPromises = true
  public var checksInvariants = true
  public var trace = TraceKeeping.off
  /// Whether `run` ends at the first broken invariant or misuse.
  public var stopsAtFirstFinding = true
  /// How long the consumer of a server's commits takes over each (chapter 4).
  public var consumerPause = Duration.zero
  /// How many messages and timeouts of one server within one virtual second are a flood.
  public var flood = 2_000

  public init() {}

  /// The longest time that a server waits before it stands for election.
  public var longestTimeout: Duration { .milliseconds(electionTimeout.upperBound) }
}

/// How many events a cluster keeps.
public enum TraceKeeping: Hashable, Sendable {
  /// None: for speed.
  case off
  /// At least the last so many.
  case last(Int)
  case all
}

/// What the network does to messages, each on its own. Whole milliseconds, so that events meet:
/// which of them comes first is then the schedule's to choose.
public struct NetworkConditions: Hashable, Sendable {
  /// The usual way takes from one to so many milliseconds.
  public var delay = 1...10
  /// Of a hundred messages, how many take `slowDelay` instead.
  public var slow = 0
  public var slowDelay = 100...600
  /// Of a hundred messages, how many are lost, and how many arrive twice.
  public var lost = 0
  public var duplicated = 0

  public init(
    delay: ClosedRange<Int> = 1...10, slow: Int = 0, slowDelay: ClosedRange<Int> = 100...600,
    lost: Int = 0, duplicated: Int = 0
  ) {
    self.delay = delay
    self.slow = slow
    self.slowDelay = slowDelay
    self.lost = lost
    self.duplicated = duplicated
  }

  /// Everything arrives, once and soon.
  public static let calm = NetworkConditions()

  /// Some messages are lost, repeated, or later than an election timeout; order is by chance.
  public static let rough = NetworkConditions(delay: 1...30, slow: 8, lost: 8, duplicated: 8)
}
