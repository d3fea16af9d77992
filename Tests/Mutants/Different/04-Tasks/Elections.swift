import Contracts
import Raft

extension State {
  /// Follows a later term the moment it is seen, and waits for its leader (§5.1).
  public func observe(_ term: Term) {
    guard term > promise.term else { return }
    promise = Promise(term: term)
    follow(nil)
    electionTimer.restart()
  }

  /// Follows from now on; whoever led until now owes its clients a word.
  func follow(_ leader: ServerID?) {
    phase = .following(leader: leader)
    let abandoned = clients
    clients = [:]
    for client in abandoned.values { client.resume(returning: .unknown) }
  }

  /// Whether the candidate knows of no less than this server does (§5.4.1).
  public func isUpToDate(_ request: RequestVote) -> Bool {
    if request.lastLogTerm == journal.lastTerm { return request.lastLogIndex >= journal.last }
    return request.lastLogTerm > journal.lastTerm
  }

  /// Votes once a term, for a candidate that is not behind (§5.2, §5.4.1).
  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    observe(request.term)
    let isOpen = request.term == promise.term && isUpToDate(request)
    let isGranted = isOpen && [nil, request.candidateID].contains(promise.votedFor)
    if isGranted {
      promise.votedFor = request.candidateID
      electionTimer.restart()
    }
    return RequestVote.Reply(term: promise.term, voteGranted: isGranted)
  }

  /// Opens the next term, with a vote of its own (§5.2).
  public func becomeCandidate() -> RequestVote {
    let term = promise.term.next
    promise = Promise(term: term, votedFor: id)
    phase = .standing(Ballots(own: id, term: term))
    electionTimer.restart()
    leadIfElected()
    return RequestVote(
      term: term, candidateID: id, lastLogIndex: journal.last, lastLogTerm: journal.lastTerm)
  }

  /// Keeps what `peer` said, if it was asked in this election (§5.2).
  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    observe(reply.term)
    guard request.term == promise.term, case .standing(var ballots) = phase else { return }
    ballots.replies[peer] = reply
    phase = .standing(ballots)
    leadIfElected()
  }

  /// Leads once more than half of all servers have said yes; of the peers nothing is known yet.
  func leadIfElected() {
    guard case .standing(let ballots) = phase, ballots.isMajority(of: servers) else { return }
    phase = .leading(Leadership(of: peers, lastIndex: journal.last))
    electionTimer.stop()
    heartbeatTimer.fire()
  }

  /// Stands, and asks each peer in a task of its own.
  public func electionTimeoutElapsed() async {
    if case .leading = phase { return }
    let request = becomeCandidate()
    for peer in peers {
      Task {
        guard let reply = try? await network.send(request, to: peer) else { return }
        receive(reply, from: peer, to: request)
      }
    }
  }
}

/// What the servers said to a candidate, itself included.
struct Ballots {
  var replies: [ServerID: RequestVote.Reply]

  init(own id: ServerID, term: Term) {
    replies = [id: RequestVote.Reply(term: term, voteGranted: true)]
  }

  var yes: Set<ServerID> { Set(replies.filter(\.value.voteGranted).keys) }

  func isMajority(of servers: Int) -> Bool { 2 * yes.count > servers }
}

/// The log as one array: in place 0 stands an entry that all servers have, so nothing is optional.
struct Journal {
  private var entries: [LogEntry]
  /// The same entries for the host, whose reports share them.
  private(set) var published: Log

  init(_ saved: Log) {
    entries = [LogEntry(term: 0, command: "")] + saved.entries
    published = saved
  }

  var last: LogIndex { LogIndex(entries.count - 1) }
  var lastTerm: Term { entries[entries.count - 1].term }

  subscript(index: LogIndex) -> LogEntry { entries[index.number] }

  func term(at index: LogIndex) -> Term? {
    entries.indices.contains(index.number) ? entries[index.number].term : nil
  }

  mutating func append(_ entry: LogEntry) {
    entries.append(entry)
    published.append(entry)
  }

  func batch(from index: LogIndex) -> [LogEntry] { Array(entries[index.number...].prefix(100)) }

  /// Why the entries of `request` cannot be taken; nil if they can.
  func conflict(with request: AppendEntries) -> AppendEntries.Conflict? {
    guard let term = term(at: request.prevLogIndex) else {
      return AppendEntries.Conflict(term: nil, firstIndex: last.next)
    }
    guard term != request.prevLogTerm else { return nil }
    let first = entries.firstIndex { $0.term == term }
    return AppendEntries.Conflict(term: term, firstIndex: LogIndex(first ?? 1))
  }

  /// Agrees with `request` as far as it reaches; what is here already stays.
  mutating func take(_ request: AppendEntries) {
    let start = request.prevLogIndex.number + 1
    let shared = zip(entries[start...], request.entries).prefix { $0.term == $1.term }.count
    let fresh = request.entries.dropFirst(shared)
    guard !fresh.isEmpty else { return }
    entries.removeSubrange((start + shared)...)
    published.truncate(after: LogIndex(start + shared - 1))
    for entry in fresh { append(entry) }
  }

  /// The last place before `refused` at which a follower with `conflict` may agree.
  func lastCommon(before refused: LogIndex, with conflict: AppendEntries.Conflict?) -> LogIndex {
    var place = refused.number - 1
    if let conflict {
      let floor = conflict.firstIndex.number - 1
      place = min(place, last.number)
      while place > max(floor, 0), entries[place].term != conflict.term { place -= 1 }
    }
    return LogIndex(max(place, 0))
  }
}
