public import Raft

extension Trace {
  /// A message as one look at the wire shows it, under the paper's names.
  public struct Message: Hashable, Codable, Sendable {
    public enum Kind: String, Hashable, Codable, Sendable {
      case requestVote = "RequestVote"
      case requestVoteReply = "RequestVote.Reply"
      case appendEntries = "AppendEntries"
      case appendEntriesReply = "AppendEntries.Reply"
    }

    public var kind: Kind
    public var term: Term
    // RequestVote, and its reply.
    public var candidate: ServerID?
    public var lastLogIndex: LogIndex?
    public var lastLogTerm: Term?
    public var voteGranted: Bool?
    // AppendEntries, and its reply.
    public var leader: ServerID?
    public var prevLogIndex: LogIndex?
    public var prevLogTerm: Term?
    /// How many entries there are, and the first ones of them: ten are told.
    public var count: Int?
    public var entries: [Entry]?
    public var leaderCommit: LogIndex?
    public var success: Bool?
    public var conflictTerm: Term?
    public var conflictIndex: LogIndex?

    private init(_ kind: Kind, _ term: Term) {
      self.kind = kind
      self.term = term
    }

    public init(_ request: RequestVote) {
      self.init(.requestVote, request.term)
      candidate = request.candidateID
      lastLogIndex = request.lastLogIndex
      lastLogTerm = request.lastLogTerm
    }

    public init(_ reply: RequestVote.Reply) {
      self.init(.requestVoteReply, reply.term)
      voteGranted = reply.voteGranted
    }

    public init(_ request: AppendEntries) {
      self.init(.appendEntries, request.term)
      leader = request.leaderID
      prevLogIndex = request.prevLogIndex
      prevLogTerm = request.prevLogTerm
      leaderCommit = request.leaderCommit
      count = request.entries.count
      entries = request.entries.isEmpty ? nil : request.entries.prefix(10).map(Entry.init)
    }

    public init(_ reply: AppendEntries.Reply) {
      self.init(.appendEntriesReply, reply.term)
      success = reply.success
      conflictTerm = reply.conflict?.term
      conflictIndex = reply.conflict?.firstIndex
    }

    /// Whether it is an AppendEntries without entries.
    public var isHeartbeat: Bool { kind == .appendEntries && count == 0 }
  }
}
