public import Raft

/// A server of a Raft cluster, as its host sees it. Chapters 3 and 4 refine it.
///
/// The host calls rules inside a `visit` and saves `report.persistent` before anything that the
/// rule returned leaves the server. It starts a conversation in a task of its own and never waits
/// for one before it delivers the next event.
public protocol RaftServer: Actor {
  associatedtype Report: ServerReport

  /// Starts a follower from what a host saved: an empty `PersistentState` the first time.
  ///
  /// `peers` are the other servers: never this one.
  init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState)

  /// Everything that this chapter's rules touch, at O(1).
  var report: Report { get }

  // Rules.
  func observe(_ term: Term)
  func receive(_ request: RequestVote) -> RequestVote.Reply
  func receive(_ request: AppendEntries) -> AppendEntries.Reply
  func becomeCandidate() -> RequestVote
  func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote)
  func receive(_ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries)

  // Conversations.
  func electionTimeoutElapsed() async
  func heartbeatIntervalElapsed() async
}

/// What every chapter's report says.
public protocol ServerReport: Hashable, Sendable {
  /// What must be on disk before anything leaves the server (Raft, Figure 2).
  var persistent: PersistentState { get }
  var role: Role { get }
  /// The servers whose votes this candidate has counted in its term, itself included (§5.2); of no
  /// meaning in another role.
  var votes: Set<ServerID> { get }
}

/// A reference that can be put into any situation that a learner's server reports.
///
/// Only graders use it: lockstep puts the reference where the learner's server is, makes the same
/// call on both, and compares what came of that one transition. A rule and not an initializer, so
/// that it can stand in a file of its own beside the reference's `State`: an actor's delegating
/// initializer could not set anything.
public protocol ReferenceServer: RaftServer {
  func assume(_ situation: Report)
}
