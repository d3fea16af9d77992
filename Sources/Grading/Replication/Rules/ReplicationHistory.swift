internal import Contracts
internal import Raft
internal import Simulator

/// What happens to S1, in chapter 4.
///
/// Said in terms of the cluster and not as finished messages, so that it means something to a
/// server that has gone another way than the reference, by rights: with an entry of its own at
/// winning, or with smaller batches.
enum ReplicationEvent: Hashable, Sendable {
  /// A candidate's log is compared, in a term that it stands in.
  case compare(ServerID, in: Term)
  /// A candidate asks for S1's vote.
  case ask(ServerID, in: Term)
  /// The election timer elapses.
  case stand
  /// A peer's reply to S1's election of this term arrives.
  case poll(ServerID, in: Term, Ballot)
  /// A client's command arrives.
  case propose
  /// A command arrives that is the same as the last.
  case proposeAgain
  /// S1 writes the message for a peer, which gets it at once, or perhaps later.
  case send(ServerID, arrives: Bool)
  /// A message of the leader of a term arrives.
  case append(Message)
  /// A peer's reply to a message of S1 arrives: to the latest, or to one that many before it.
  case reply(ServerID, back: Int, Manner)
  /// S1 is asked to commit what it can.
  case advance

  enum Ballot: Hashable, Sendable { case granted, refused, refusedInLaterTerm }
  enum Manner: Hashable, Sendable { case plain, hinted, ofLaterTerm }

  /// Which part of a leader's log a message is, when the leader had so many new commands.
  struct Message: Hashable, Sendable {
    let leader: ServerID
    let term: Term
    var fresh = 0
    let previous: LogIndex
    let count: Int
    var commit = Commit.known
    /// What the leader takes for committed as it sends.
    enum Commit: Hashable, Sendable { case nothing, known, all }
  }
}

/// What is known of a cluster from what S1 went through, and so what can still happen to it.
struct ReplicationHistory: LockstepHistory {
  typealias Event = ReplicationEvent
  typealias Answer = ReplicationCall.Answer

  /// A message that S1 sent as a leader, and what came back.
  struct Exchange: Hashable, Sendable {
    let request: AppendEntries
    var reply: AppendEntries.Reply?
  }

  /// S1's election in a term: what it asked, and what its peers answered.
  struct Election: Hashable, Sendable {
    let request: RequestVote
    var replies: [ServerID: RequestVote.Reply] = [:]
  }

  let servers: Int
  let peers: [ServerID]
  private(set) var cluster: ModelCluster
  private(set) var elections: [Term: Election] = [:]
  private(set) var exchanges: [ServerID: [Exchange]] = [:]
  /// How much of its log S1 knows to agree with the leader's of a term.
  private(set) var agreed: [Term: LogIndex] = [:]
  /// The leaders that S1 has heard of.
  private(set) var leaders: [Term: ServerID] = [:]
  private(set) var isTimerRunning = true
  private var proposals = 0
  /// Whether the message that S1 writes now reaches its peer at once.
  private var arrives = false

  init(_ start: ReplicationStart) {
    servers = start.servers
    peers = start.peers
    cluster = ModelCluster(size: start.servers, past: start.past) ?? ModelCluster(size: 1)
  }

  mutating func add(_ transition: RuleTransition<Self>) {
    let after = transition.after
    cluster[1].term = after.currentTerm
    cluster[1].votedFor = after.votedFor
    cluster[1].log = after.log
    switch (transition.call, transition.answer) {
    case (.stand, .candidacy(let request)):
      isTimerRunning = false
      elections[request.term] = Election(request: request)
    case (.entries(let peer), .message(let request)):
      var exchange = Exchange(request: request)
      if arrives { exchange.reply = cluster.receive(request, at: peer) }
      exchanges[peer, default: []].append(exchange)
    case (.append(let request), .append(let reply)):
      guard request.term == after.currentTerm else { break }
      leaders[request.term] = request.leaderID
      if reply.success {
        let last = LogIndex(request.prevLogIndex.number + request.entries.count)
        agreed[request.term] = max(agreed[request.term] ?? 0, last)
        cluster.acknowledge(request.term, last)
      }
    case (.propose, _): proposals += 1
    default: break
    }
    switch transition.election {
    case .restarted, .fired: isTimerRunning = true
    case .stopped: isTimerRunning = false
    case nil: break
    }
  }
}

// MARK: - What an event comes to

extension ReplicationHistory {
  mutating func call(for event: Event, in situation: ReplicationReport) -> ReplicationCall? {
    switch event {
    case .compare(let candidate, let term):
      return request(of: candidate, in: term).map { .isUpToDate($0) }
    case .ask(let candidate, let term):
      return request(of: candidate, in: term).map { .voteRequest($0) }
    case .stand: return situation.role == .leader ? nil : .stand
    case .poll(let peer, let term, let ballot):
      return reply(of: peer, in: term, ballot, situation)
    case .propose: return .propose(Command("c\(proposals + 1)"))
    case .proposeAgain: return proposals > 0 ? .propose(Command("c\(proposals)")) : nil
    case .send(let peer, let arrives):
      guard situation.role == .leader, peers.contains(peer) else { return nil }
      self.arrives = arrives
      return .entries(for: peer)
    case .append(let message): return request(message).map { .append($0) }
    case .reply(let peer, let back, let manner):
      return reply(of: peer, back, manner, situation)
    case .advance: return situation.role == .leader ? .advance : nil
    }
  }

  private mutating func request(of candidate: ServerID, in term: Term) -> RequestVote? {
    guard peers.contains(candidate), cluster.stand(candidate, in: term) else { return nil }
    return cluster.requests[.init(term: term, candidate: candidate)]
  }

  private mutating func reply(
    of peer: ServerID, in term: Term, _ ballot: Event.Ballot, _ situation: ReplicationReport
  ) -> ReplicationCall? {
    guard peers.contains(peer), var election = elections[term] else { return nil }
    if election.replies[peer] == nil {
      switch ballot {
      case .granted: break
      // Whoever stands itself has no vote left to give.
      case .refused where cluster[peer].term < term:
        guard cluster.stand(peer, in: term) else { return nil }
      case .refused: break
      case .refusedInLaterTerm:
        let later = max(term, situation.currentTerm).next
        if cluster[peer].term < later, !cluster.stand(peer, in: later) { return nil }
      }
      let isGranted = cluster.vote(peer, on: election.request)
      election.replies[peer] = RequestVote.Reply(
        term: cluster[peer].term, voteGranted: isGranted)
      elections[term] = election
    }
    guard let reply = election.replies[peer] else { return nil }
    switch ballot {
    case .granted: guard reply.voteGranted else { return nil }
    case .refused: guard !reply.voteGranted, reply.term == term else { return nil }
    case .refusedInLaterTerm: guard reply.term > term else { return nil }
    }
    return .vote(reply, from: peer, to: election.request)
  }

  private mutating func request(_ message: Event.Message) -> AppendEntries? {
    let (leader, term) = (message.leader, message.term)
    guard peers.contains(leader), cluster.elect(leader, in: term, asking: peers),
      cluster.propose(message.fresh, in: term)
    else { return nil }
    if message.commit == .all { cluster.commitAll(term) }
    guard let reign = cluster.reigns[term],
      let previous = reign.log.term(at: message.previous),
      message.previous.number + message.count <= reign.log.lastIndex.number
    else { return nil }
    let rest = reign.log.suffix(from: message.previous.next)
    return AppendEntries(
      term: term, leaderID: leader, prevLogIndex: message.previous, prevLogTerm: previous,
      entries: Array(rest.prefix(message.count)),
      leaderCommit: message.commit == .nothing ? 0 : reign.commitIndexes.last ?? 0)
  }

  private mutating func reply(
    of peer: ServerID, _ back: Int, _ manner: Event.Manner, _ situation: ReplicationReport
  ) -> ReplicationCall? {
    guard let sent = exchanges[peer], sent.count > back else { return nil }
    let place = sent.count - 1 - back
    let request = sent[place].request
    if sent[place].reply == nil {
      if manner == .ofLaterTerm {
        let later = max(request.term, situation.currentTerm).next
        if cluster[peer].term < later, !cluster.stand(peer, in: later) { return nil }
      }
      exchanges[peer]?[place].reply = cluster.receive(request, at: peer)
    }
    guard let reply = exchanges[peer]?[place].reply,
      (reply.term > request.term) == (manner == .ofLaterTerm),
      manner != .hinted || reply.conflict != nil
    else { return nil }
    let hint = manner == .hinted ? reply.conflict : nil
    return .reply(
      .init(term: reply.term, success: reply.success, conflict: hint), from: peer, to: request)
  }
}
