public import Raft

/// Something that goes wrong in a cluster, or is put right again.
public enum Fault: Hashable, Sendable {
  /// The server loses everything volatile; what its host saved stays.
  case crash(ServerID)
  /// The server crashes right after it has sent this many more messages, replies included.
  case crashAfterSending(ServerID, messages: Int)
  /// A crashed server starts again, from what its host saved.
  case restart(ServerID)
  /// The server stands still: nothing is delivered and no timer elapses until it resumes.
  case pause(ServerID)
  case resume(ServerID)
  /// Nobody reads the server's commits any more, until somebody does again (chapter 4).
  case blockConsumer(ServerID)
  case unblockConsumer(ServerID)
  /// Nothing arrives that goes one way; the other way stays open.
  case cut(from: ServerID, to: ServerID)
  /// No message from the server arrives, and none reaches it.
  case isolate(ServerID)
  /// Only servers of one group reach each other; who stands in no group is alone.
  case partition([[ServerID]])
  /// Everything that the server sends from now on arrives so much later; zero ends that.
  case slow(ServerID, by: Duration)
  /// The server's election timer runs out at once, if it runs.
  case elect(ServerID)
  /// Every way is open again, and nobody is slow.
  case heal
  case conditions(NetworkConditions)
  /// No fault: a client hands a command to whoever leads, if anybody does (chapter 4).
  case command(Command)
}

/// Which faults happen when.
public struct FaultPlan: Hashable, Sendable {
  public struct Entry: Hashable, Sendable {
    public let time: Duration
    public let fault: Fault

    public init(_ time: Duration, _ fault: Fault) {
      self.time = time
      self.fault = fault
    }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// A script: `[(.seconds(1), .crash(2)), …]`.
  public init(_ script: [(Duration, Fault)]) {
    entries = script.map { Entry($0.0, $0.1) }
  }

  public static let none = FaultPlan()

  /// When the last fault happens.
  public var end: Duration { entries.map(\.time).max() ?? .zero }
}
