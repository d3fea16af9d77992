/// A question that one server sends another, and the reply that it expects (Raft, §5.1).
public protocol Request: Hashable, Codable, Sendable {
  associatedtype Reply: Hashable, Codable, Sendable
}

/// Asks for a vote (Raft, Figure 2, §5.2 and §5.4.1).
public struct RequestVote: Request {
  public let term: Term
  public let candidateID: ServerID
  public let lastLogIndex: LogIndex
  public let lastLogTerm: Term

  public init(
    term: Term, candidateID: ServerID, lastLogIndex: LogIndex = 0, lastLogTerm: Term = 0
  ) {
    self.term = term
    self.candidateID = candidateID
    self.lastLogIndex = lastLogIndex
    self.lastLogTerm = lastLogTerm
  }

  public struct Reply: Hashable, Codable, Sendable {
    public let term: Term
    public let voteGranted: Bool

    public init(term: Term, voteGranted: Bool) {
      self.term = term
      self.voteGranted = voteGranted
    }
  }
}

/// Brings a follower the leader's entries; without entries, a heartbeat (Raft, Figure 2, §5.3).
public struct AppendEntries: Request {
  public let term: Term
  public let leaderID: ServerID
  public let prevLogIndex: LogIndex
  public let prevLogTerm: Term
  public let entries: [LogEntry]
  public let leaderCommit: LogIndex

  public init(
    term: Term, leaderID: ServerID, prevLogIndex: LogIndex = 0, prevLogTerm: Term = 0,
    entries: [LogEntry] = [], leaderCommit: LogIndex = 0
  ) {
    self.term = term
    self.leaderID = leaderID
    self.prevLogIndex = prevLogIndex
    self.prevLogTerm = prevLogTerm
    self.entries = entries
    self.leaderCommit = leaderCommit
  }

  /// The follower's answer.
  ///
  /// Differs from the paper: `conflict` is the hint that §5.3 describes in prose, for servers that
  /// want to back up by a term at a time. A server may leave it out, and may ignore it.
  public struct Reply: Hashable, Codable, Sendable {
    public let term: Term
    public let success: Bool
    public let conflict: Conflict?

    public init(term: Term, success: Bool, conflict: Conflict? = nil) {
      self.term = term
      self.success = success
      self.conflict = conflict
    }
  }

  /// Where a follower's log parts from the leader's (Raft, end of §5.3).
  public struct Conflict: Hashable, Codable, Sendable {
    /// The term of the entry that conflicts; nil where the follower has no entry there.
    public let term: Term?
    /// The first index that the follower holds of that term, or the one after its last entry.
    public let firstIndex: LogIndex

    public init(term: Term?, firstIndex: LogIndex) {
      self.term = term
      self.firstIndex = firstIndex
    }
  }
}

/// What a server must still know after a crash (Raft, Figure 2).
public struct PersistentState: Hashable, Codable, Sendable {
  public var currentTerm: Term
  public var votedFor: ServerID?
  public var log: Log

  public init(currentTerm: Term = 0, votedFor: ServerID? = nil, log: Log = Log()) {
    self.currentTerm = currentTerm
    self.votedFor = votedFor
    self.log = log
  }
}
