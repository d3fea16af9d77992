public import Raft

/// A cluster of model servers around S1: who led, what logs they hold, what may still be under way.
///
/// Everything that reaches S1 in lockstep is something that these servers send, so every situation
/// is one that a cluster can get into: at most one leader a term, elected by a majority with logs
/// no better than its own; one log behind all messages of a leader; nothing acknowledged that is
/// not held. A call that no cluster could lead to would be a trap for right servers.
public struct ModelCluster: Sendable {
  /// A server as its disk shows it, and what it knows to be committed.
  public struct Server: Hashable, Sendable {
    public var term: Term = 0
    public var votedFor: ServerID?
    public var log = Log()
    public var commitIndex: LogIndex = 0
  }

  /// A term with a leader other than S1 in lockstep: its log, of which every message is a part.
  public struct Reign: Hashable, Sendable {
    public let leader: ServerID
    public var log: Log
    /// What the leader took for committed in the course of its term; after a restart, nothing.
    public var commitIndexes: [LogIndex]
    /// How much of that log each follower has acknowledged.
    public var held: [ServerID: LogIndex] = [:]
  }

  /// A server that stood in a term.
  public struct Candidacy: Hashable, Sendable {
    public let term: Term
    public let candidate: ServerID

    public init(term: Term, candidate: ServerID) {
      self.term = term
      self.candidate = candidate
    }
  }

  public let size: Int
  private var members: [Server]
  public private(set) var reigns: [Term: Reign] = [:]
  public private(set) var requests: [Candidacy: RequestVote] = [:]

  public init(size: Int) {
    self.size = size
    members = Array(repeating: Server(), count: size)
  }

  public subscript(id: ServerID) -> Server {
    get { members[id.number - 1] }
    set { members[id.number - 1] = newValue }
  }

  var quorum: Quorum { Quorum(of: size) }
  public var ids: [ServerID] { (1...size).map { ServerID($0) } }
  /// What tells two clusters apart for a search.
  public var state: [Server] { members }
}

// MARK: - Elections

extension ModelCluster {
  /// Lets `candidate` stand in `term`, unless it has; false where it is past that term.
  public mutating func stand(_ candidate: ServerID, in term: Term) -> Bool {
    let candidacy = Candidacy(term: term, candidate: candidate)
    if requests[candidacy] != nil { return true }
    guard self[candidate].term < term else { return false }
    self[candidate].term = term
    self[candidate].votedFor = candidate
    let log = self[candidate].log
    requests[candidacy] = RequestVote(
      term: term, candidateID: candidate, lastLogIndex: log.lastIndex, lastLogTerm: log.lastTerm)
    return true
  }

  /// What `voter` answers to a request, and does about it.
  public mutating func vote(_ voter: ServerID, on request: RequestVote) -> Bool {
    guard request.term >= self[voter].term else { return false }
    raise(voter, to: request.term)
    let own = self[voter].log
    let isUpToDate =
      (request.lastLogTerm, request.lastLogIndex) >= (own.lastTerm, own.lastIndex)
    guard isUpToDate, (self[voter].votedFor ?? request.candidateID) == request.candidateID
    else { return false }
    self[voter].votedFor = request.candidateID
    return true
  }

  /// Takes `server` to `term`, if that is later than its own.
  mutating func raise(_ server: ServerID, to term: Term) {
    guard term > self[server].term else { return }
    self[server].term = term
    self[server].votedFor = nil
  }

  /// Lets `candidate` win `term`, if it can, with no more voters than it needs; false if it can't.
  ///
  /// Votes that it has already count; of the others, `voters` are asked, in that order.
  public mutating func elect(_ candidate: ServerID, in term: Term, asking voters: [ServerID])
    -> Bool
  {
    if let reign = reigns[term] { return reign.leader == candidate }
    var next = self
    guard next.stand(candidate, in: term), next[candidate].term == term,
      let request = next.requests[Candidacy(term: term, candidate: candidate)]
    else { return false }
    var votes = Set(
      ids.filter { next[$0].term == term && next[$0].votedFor == candidate })
    for voter in voters where !quorum.isReached(by: votes) {
      if next.vote(voter, on: request) { votes.insert(voter) }
    }
    guard quorum.isReached(by: votes) else { return false }
    let known = next[candidate].commitIndex
    next.reigns[term] = Reign(
      leader: candidate, log: next[candidate].log, commitIndexes: known == 0 ? [0] : [0, known])
    self = next
    return true
  }
}

// MARK: - Replication

extension ModelCluster {
  /// Lets the leader of `term` take `count` commands into its log; false if it leads no more.
  public mutating func propose(_ count: Int, in term: Term) -> Bool {
    guard count > 0 else { return true }
    guard var reign = reigns[term], self[reign.leader].term == term else { return false }
    for _ in 0..<count {
      let index = reign.log.lastIndex.next
      // The same command of another leader is another entry: the terms tell them apart.
      reign.log.append(LogEntry(term: term, command: Command("x\(index)")))
    }
    self[reign.leader].log = reign.log
    reigns[term] = reign
    return true
  }

  /// Brings `follower` the log of `term`'s leader up to `index`; false if it is past that term.
  public mutating func replicate(_ term: Term, to follower: ServerID, upTo index: LogIndex) -> Bool
  {
    guard var reign = reigns[term], follower != reign.leader, self[follower].term <= term else {
      return false
    }
    raise(follower, to: term)
    let entries = reign.log.entries.prefix(index.number)
    self[follower].log.merge(Array(entries), after: 0)
    reign.held[follower] = max(reign.held[follower] ?? 0, LogIndex(entries.count))
    let known = reign.commitIndexes.last ?? 0
    self[follower].commitIndex = max(self[follower].commitIndex, min(known, index))
    reigns[term] = reign
    commit(term)
    return true
  }

  /// Notes that S1 acknowledged the log of `term`'s leader up to `index`.
  public mutating func acknowledge(_ term: Term, _ index: LogIndex) {
    let held = reigns[term]?.held[1] ?? 0
    reigns[term]?.held[1] = max(held, index)
    commit(term)
  }

  /// Lets the leader of `term` have its whole log committed, as far as others will hold it.
  public mutating func commitAll(_ term: Term) {
    guard let reign = reigns[term], reign.log.lastTerm == term else { return }
    for follower in ids where follower != 1 {
      if reigns[term]?.commitIndexes.last == reign.log.lastIndex { return }
      _ = replicate(term, to: follower, upTo: reign.log.lastIndex)
    }
  }

  /// Commits what a majority has acknowledged, if it ends with an entry of the term (§5.4.2).
  private mutating func commit(_ term: Term) {
    guard let reign = reigns[term] else { return }
    let held = ids.map { $0 == reign.leader ? reign.log.lastIndex : reign.held[$0] ?? 0 }
    let majority = held.sorted(by: >)[quorum.size - 1]
    guard majority > reign.commitIndexes.last ?? 0, reign.log.term(at: majority) == term else {
      return
    }
    reigns[term]?.commitIndexes.append(majority)
    self[reign.leader].commitIndex = majority
  }

  /// What `follower` answers to a message of S1, and does about it.
  public mutating func receive(_ request: AppendEntries, at follower: ServerID)
    -> AppendEntries.Reply
  {
    guard request.term >= self[follower].term else {
      return AppendEntries.Reply(term: self[follower].term, success: false)
    }
    raise(follower, to: request.term)
    let log = self[follower].log
    guard log.term(at: request.prevLogIndex) == request.prevLogTerm else {
      return AppendEntries.Reply(
        term: request.term, success: false, conflict: log.conflict(at: request.prevLogIndex))
    }
    self[follower].log.merge(request.entries, after: request.prevLogIndex)
    let last = LogIndex(request.prevLogIndex.number + request.entries.count)
    self[follower].commitIndex = max(
      self[follower].commitIndex, min(request.leaderCommit, last))
    return AppendEntries.Reply(term: request.term, success: true)
  }
}

extension Log {
  /// Appends what is missing of `entries`; from the first that differs on, they replace what is
  /// here (§5.3).
  public mutating func merge(_ entries: [LogEntry], after index: LogIndex) {
    var last = index
    for entry in entries {
      last = last.next
      if term(at: last) == entry.term { continue }
      truncate(after: last.previous)
      append(entry)
    }
  }

  /// The hint of a follower that has no entry like the leader's at `index` (end of §5.3).
  fileprivate func conflict(at index: LogIndex) -> AppendEntries.Conflict {
    guard let term = term(at: index) else {
      return AppendEntries.Conflict(term: nil, firstIndex: lastIndex.next)
    }
    var first = index
    while first > 1, self.term(at: first.previous) == term { first = first.previous }
    return AppendEntries.Conflict(term: term, firstIndex: first)
  }
}
