internal import Contracts
internal import Raft

/// A call of one of a server's rules.
enum RuleCall: Hashable, Sendable {
  case observe(Term)
  case voteRequest(RequestVote)
  case heartbeat(AppendEntries)
  case stand
  case vote(RequestVote.Reply, from: ServerID, to: RequestVote)
  case acknowledgement(AppendEntries.Reply, from: ServerID, to: AppendEntries)

  /// What a rule returns.
  enum Answer: Hashable, Sendable {
    case nothing
    case vote(RequestVote.Reply)
    case heartbeat(AppendEntries.Reply)
    case candidacy(RequestVote)
  }

  /// The place in the chapter of the step in which a learner writes this rule.
  var step: Int {
    switch self {
    case .observe: 1
    case .voteRequest: 2
    case .heartbeat: 3
    case .stand: 4
    case .vote, .acknowledgement: 5
    }
  }

  func make<Server: RaftServer>(on server: isolated Server) -> Answer {
    switch self {
    case .observe(let term):
      server.observe(term)
      return .nothing
    case .voteRequest(let request): return .vote(server.receive(request))
    case .heartbeat(let request): return .heartbeat(server.receive(request))
    case .stand: return .candidacy(server.becomeCandidate())
    case .vote(let reply, let peer, let request):
      server.receive(reply, from: peer, to: request)
      return .nothing
    case .acknowledgement(let reply, let peer, let request):
      server.receive(reply, from: peer, to: request)
      return .nothing
    }
  }
}

extension RuleCall: CustomStringConvertible {
  var description: String {
    switch self {
    case .observe(let term): "observe(\(term))"
    case .voteRequest(let request): request.told
    case .heartbeat(let request): request.told
    case .stand: "becomeCandidate()"
    case .vote(let reply, let peer, let request):
      "\(peer)'s reply to \(request.told): \(reply.told)"
    case .acknowledgement(let reply, let peer, let request):
      "\(peer)'s reply to \(request.told): \(reply.told)"
    }
  }
}

extension RuleCall.Answer: CustomStringConvertible {
  var description: String {
    switch self {
    case .nothing: "nothing"
    case .vote(let reply): reply.told
    case .heartbeat(let reply): reply.told
    case .candidacy(let request): request.toldInFull
    }
  }
}

extension RequestVote {
  /// The request as a story tells it, without the log, which chapter 3 does not have.
  var told: String { "RequestVote(term \(term), candidate \(candidateID))" }

  var toldInFull: String {
    if lastLogIndex == 0, lastLogTerm == 0 { return told }
    return "RequestVote(term \(term), candidate \(candidateID), lastLogIndex \(lastLogIndex), "
      + "lastLogTerm \(lastLogTerm))"
  }
}

extension RequestVote.Reply {
  var told: String { "voteGranted: \(voteGranted), term \(term)" }
}

extension AppendEntries {
  var told: String { "AppendEntries(term \(term), leader \(leaderID))" }
}

extension AppendEntries.Reply {
  var told: String { "success: \(success), term \(term)" }
}

extension ServerReport {
  var currentTerm: Term { persistent.currentTerm }
  var votedFor: ServerID? { persistent.votedFor }

  /// The situation as a story tells it. Only a candidate's votes mean anything.
  var told: String {
    var text = "term \(currentTerm), "
    text += votedFor.map { "votedFor \($0), " } ?? "no vote given, "
    text += role.rawValue
    if role == .candidate { text += " with the votes of " + list(votes) }
    return text
  }
}

/// "S1", "S1 and S2", "S1, S2 and S3".
func list(_ servers: some Collection<ServerID>) -> String {
  var names = servers.sorted().map(\.description)
  // Nine are more than a cluster of this book has: beyond them, a count says as much.
  if names.count > 9 { names[8...] = ["\(names.count - 8) more"] }
  guard let last = names.last, names.count > 1 else { return names.first ?? "nobody" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
