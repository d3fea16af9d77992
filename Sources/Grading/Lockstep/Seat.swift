internal import Contracts
internal import Raft

/// Which of a cluster's servers the learner's is.
///
/// Histories, cases and the reference know it as S1, and its peers as the others, in order. On
/// another seat the same happens to S2 or S5: names are translated on the way to the server and
/// back. Whoever takes itself for S1, or goes by its number, is right on the first seat alone.
struct Seat: Hashable, Sendable {
  /// The number of the server that sits there.
  let number: Int

  static let first = Seat(number: 1)

  /// The name in the cluster of the server that histories know as `id`.
  func name(of id: ServerID) -> ServerID {
    switch id.number {
    case 1: ServerID(number)
    case 2..<number + 1: ServerID(id.number - 1)
    default: id
    }
  }

  /// The other way round: what histories call the server of that name.
  private func place(of name: ServerID) -> ServerID {
    switch name.number {
    case number: 1
    case 1..<number: ServerID(name.number + 1)
    default: name
    }
  }

  /// The peers of whoever sits here in a cluster of that size.
  func peers(of servers: Int) -> [ServerID] {
    (1...servers).filter { $0 != number }.map { ServerID($0) }
  }

  /// What a history says, by the names that the servers have in the cluster.
  func named<Value: NamesServers>(_ value: Value) -> Value {
    self == .first ? value : value.renamed(name)
  }

  /// What a server says, by the names that histories use.
  func placed<Value: NamesServers>(_ value: Value) -> Value {
    self == .first ? value : value.renamed(place)
  }
}

/// Something in which servers are named.
protocol NamesServers {
  /// The same of servers of other names, no two of which become one.
  func renamed(_ name: (ServerID) -> ServerID) -> Self
}

// MARK: - What is sent, saved and reported

extension RequestVote: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    RequestVote(
      term: term, candidateID: name(candidateID), lastLogIndex: lastLogIndex,
      lastLogTerm: lastLogTerm)
  }
}

extension AppendEntries: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    AppendEntries(
      term: term, leaderID: name(leaderID), prevLogIndex: prevLogIndex, prevLogTerm: prevLogTerm,
      entries: entries, leaderCommit: leaderCommit)
  }
}

extension PersistentState: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    PersistentState(currentTerm: currentTerm, votedFor: votedFor.map(name), log: log)
  }
}

extension ElectionReport: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    ElectionReport(
      currentTerm: currentTerm, votedFor: votedFor.map(name), role: role,
      votes: Set(votes.map(name)))
  }
}

extension ReplicationReport: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    func renamed(_ indexes: [ServerID: LogIndex]) -> [ServerID: LogIndex] {
      Dictionary(uniqueKeysWithValues: indexes.map { (name($0.key), $0.value) })
    }
    return ReplicationReport(
      persistent: persistent.renamed(name), role: role, votes: Set(votes.map(name)),
      leader: leader.map(name), commitIndex: commitIndex, lastApplied: lastApplied,
      nextIndex: renamed(nextIndex), matchIndex: renamed(matchIndex))
  }
}

// MARK: - What is called

extension RuleCall: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    switch self {
    case .observe, .stand: self
    case .voteRequest(let request): .voteRequest(request.renamed(name))
    case .heartbeat(let request): .heartbeat(request.renamed(name))
    case .vote(let reply, let peer, let request):
      .vote(reply, from: name(peer), to: request.renamed(name))
    case .acknowledgement(let reply, let peer, let request):
      .acknowledgement(reply, from: name(peer), to: request.renamed(name))
    }
  }
}

extension RuleCall.Answer: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    switch self {
    case .nothing, .vote, .heartbeat: self
    case .candidacy(let request): .candidacy(request.renamed(name))
    }
  }
}

extension ReplicationCall: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    switch self {
    case .stand, .propose, .advance: self
    case .isUpToDate(let request): .isUpToDate(request.renamed(name))
    case .voteRequest(let request): .voteRequest(request.renamed(name))
    case .vote(let reply, let peer, let request):
      .vote(reply, from: name(peer), to: request.renamed(name))
    case .entries(let peer): .entries(for: name(peer))
    case .append(let request): .append(request.renamed(name))
    case .reply(let reply, let peer, let request):
      .reply(reply, from: name(peer), to: request.renamed(name))
    }
  }
}

extension ReplicationCall.Answer: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    switch self {
    case .nothing, .upToDate, .vote, .append, .proposal(.accepted): self
    case .candidacy(let request): .candidacy(request.renamed(name))
    case .proposal(.refused(let leader)): .proposal(.refused(leader: leader.map(name)))
    case .message(let request): .message(request.renamed(name))
    }
  }
}

extension RuleTransition: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    Self(
      before: before.renamed(name), call: call.renamed(name), answer: answer.renamed(name),
      after: after.renamed(name), election: election, heartbeat: heartbeat)
  }
}

// MARK: - What is wrong with it

extension Mistake: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self { self }
}

extension ReplicationMistake: NamesServers {
  func renamed(_ name: (ServerID) -> ServerID) -> Self {
    switch facet {
    case .matchIndex(let peer): Self(rule: rule, facet: .matchIndex(name(peer)))
    case .nextIndex(let peer): Self(rule: rule, facet: .nextIndex(name(peer)))
    default: self
    }
  }
}
