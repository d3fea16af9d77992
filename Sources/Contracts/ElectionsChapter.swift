public import Raft

/// What chapter 3 asks of your `State`: leaders, one a term at most (Raft, §5.1 and §5.2).
public protocol ElectionsChapter: RaftServer where Report == ElectionReport {}

/// A server of chapter 3, seen from outside.
public struct ElectionReport: ServerReport {
  public let persistent: PersistentState
  public let role: Role
  public let votes: Set<ServerID>

  public init(currentTerm: Term, votedFor: ServerID?, role: Role, votes: Set<ServerID>) {
    persistent = PersistentState(currentTerm: currentTerm, votedFor: votedFor)
    self.role = role
    self.votes = votes
  }
}
