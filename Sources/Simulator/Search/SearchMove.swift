public import Contracts
internal import Raft

/// What a search may do to a server: a call of one rule, with what its host does around it.
enum SearchCall: Hashable, Sendable {
  /// The election timer elapses, and the server asks all for their votes.
  case timeout
  /// The heartbeat timer elapses, and the leader sends to all.
  case heartbeat
  case propose(Command)
  /// The message of this number arrives, a reply with the conversation that waits for it.
  case receive(Int)
}

/// One step of a cluster that is searched.
enum SearchMove: Hashable, Sendable {
  case call(ServerID, SearchCall)
  /// The server crashes, and starts again from its disk.
  case restart(ServerID)

  var server: ServerID {
    switch self {
    case .call(let id, _), .restart(let id): id
    }
  }
}

/// How a search calls what only a server of one chapter has.
public struct SearchRules<Server: RaftServer>: Sendable {
  /// What the leader of that id sends to a peer when the heartbeat timer elapses.
  let entries: @Sendable (isolated Server, _ id: ServerID, _ peer: ServerID) -> AppendEntries
  /// Nil where servers take no commands.
  let propose: (@Sendable (isolated Server, Command) -> Proposal)?
}

extension SearchRules where Server: ElectionsChapter {
  /// Heartbeats have no rule of their own in chapter 3: there is but one way to write them.
  public static var elections: Self {
    Self(
      entries: { server, id, _ in
        AppendEntries(term: server.report.persistent.currentTerm, leaderID: id)
      }, propose: nil)
  }
}

extension SearchRules where Server: ReplicationChapter {
  public static var replication: Self {
    Self(entries: { server, _, peer in server.entries(for: peer) }, propose: { $0.propose($1) })
  }
}
