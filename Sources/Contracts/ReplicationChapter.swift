public import Raft

/// What chapter 4 asks of your `State`: the same log on every server (Raft, §5.3 and §5.4).
public protocol ReplicationChapter: RaftServer where Report == ReplicationReport {
  associatedtype Store: StateMachine

  /// What the commands are for: the key-value store, after all that this server has applied.
  var store: Store { get }

  /// Committed entries, in order, each once since this server started (§5.3).
  ///
  /// A consumer may be slow, or stop reading: no rule and no reply waits for it.
  nonisolated var commits: AsyncStream<Commit> { get }

  // Rules.
  func isUpToDate(_ request: RequestVote) -> Bool
  func propose(_ command: Command) -> Proposal
  func entries(for peer: ServerID) -> AppendEntries
  func advanceCommitIndex()

  // Conversations.

  /// Hands a client's command to the cluster, and waits for what becomes of it.
  ///
  /// It may wait for as long as this server leads: a client that is in a hurry cancels nothing by
  /// going away.
  func submit(_ command: Command) async -> Outcome
}

/// A committed entry: the command, where it stands, and the term *of the entry*.
public struct Commit: Hashable, Codable, Sendable {
  public let index: LogIndex
  public let term: Term
  public let command: Command

  public init(index: LogIndex, term: Term, command: Command) {
    self.index = index
    self.term = term
    self.command = command
  }
}

/// What a server says to a client's command (Raft, §8).
public enum Proposal: Hashable, Codable, Sendable {
  /// In the leader's log; committed if this index is committed with this term, and only then.
  case accepted(index: LogIndex, term: Term)
  /// Not the leader; whom it takes for the leader, if it knows one.
  case refused(leader: ServerID?)
}

/// A server of chapter 4, seen from outside.
public struct ReplicationReport: ServerReport {
  public let persistent: PersistentState
  public let role: Role
  public let votes: Set<ServerID>
  /// Whom this server takes for the leader of its term, maybe itself; nil if it knows of none.
  public let leader: ServerID?
  public let commitIndex: LogIndex
  public let lastApplied: LogIndex
  /// The next entry to send to each peer; of no meaning unless this server leads (Figure 2).
  public let nextIndex: [ServerID: LogIndex]
  /// The last entry that each peer is known to hold; of no meaning unless this server leads.
  public let matchIndex: [ServerID: LogIndex]

  public init(
    persistent: PersistentState, role: Role, votes: Set<ServerID>, leader: ServerID?,
    commitIndex: LogIndex, lastApplied: LogIndex,
    nextIndex: [ServerID: LogIndex], matchIndex: [ServerID: LogIndex]
  ) {
    self.persistent = persistent
    self.role = role
    self.votes = votes
    self.leader = leader
    self.commitIndex = commitIndex
    self.lastApplied = lastApplied
    self.nextIndex = nextIndex
    self.matchIndex = matchIndex
  }
}
