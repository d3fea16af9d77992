internal import Contracts
internal import Raft

/// A call of one of a server's rules, in chapter 4.
enum ReplicationCall: Hashable, Sendable {
  case isUpToDate(RequestVote)
  case voteRequest(RequestVote)
  case stand
  case vote(RequestVote.Reply, from: ServerID, to: RequestVote)
  case propose(Command)
  case entries(for: ServerID)
  case append(AppendEntries)
  case reply(AppendEntries.Reply, from: ServerID, to: AppendEntries)
  case advance

  /// What a rule returns.
  enum Answer: Hashable, Sendable {
    case nothing
    case upToDate(Bool)
    case vote(RequestVote.Reply)
    case candidacy(RequestVote)
    case proposal(Proposal)
    case message(AppendEntries)
    case append(AppendEntries.Reply)
  }

  func make<Server: ReplicationChapter>(on server: isolated Server) -> Answer {
    switch self {
    case .isUpToDate(let request): return .upToDate(server.isUpToDate(request))
    case .voteRequest(let request): return .vote(server.receive(request))
    case .stand: return .candidacy(server.becomeCandidate())
    case .vote(let reply, let peer, let request):
      server.receive(reply, from: peer, to: request)
      return .nothing
    case .propose(let command): return .proposal(server.propose(command))
    case .entries(let peer): return .message(server.entries(for: peer))
    case .append(let request): return .append(server.receive(request))
    case .reply(let reply, let peer, let request):
      server.receive(reply, from: peer, to: request)
      return .nothing
    case .advance:
      server.advanceCommitIndex()
      return .nothing
    }
  }
}

extension ReplicationReport {
  var log: Log { persistent.log }
}
