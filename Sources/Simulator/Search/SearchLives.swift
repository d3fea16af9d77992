internal import Contracts
internal import Raft

/// What servers have gone through in a search, and what they were like after each call.
///
/// A server is an actor: it cannot be copied, and only its own calls change it. So each way that a
/// server's life can take is gone once, and all runs in which its life takes that way share it.
/// That is what makes a search fast: most steps of most runs are known already.
final class SearchLives<Server: RaftServer>: @unchecked Sendable {
  /// A life up to one of its calls.
  struct Life {
    let server: ServerID
    /// The life before this call; nil where it begins.
    let past: Int?
    let call: SearchCall?
    let disk: PersistentState
    let situation: Situation
    let isElectionTimerRunning: Bool
    /// The messages that the call sent, by number.
    let sent: [Int]
    /// What the call said, as stories tell it.
    let said: RuleCall?
    /// What the server shows: whatever differs in it may go on differently.
    let appearance: Int
    /// The calls so far, whatever their order: a server may remember what it does not report.
    let experience: Int
    /// Counts the lives of this server before.
    let number: Int
  }

  private struct Beginning: Hashable {
    let server: ServerID
    let disk: PersistentState
    let number: Int
  }

  private struct Continuation: Hashable {
    let past: Int
    let call: SearchCall
  }

  private let servers: Int
  private let rules: SearchRules<Server>
  var post = SearchPost()
  private(set) var lives: [Life] = []
  private var beginnings: [Beginning: Int] = [:]
  private var continuations: [Continuation: Int] = [:]

  init(servers: Int, rules: SearchRules<Server>) {
    self.servers = servers
    self.rules = rules
  }

  var takesCommands: Bool { rules.propose != nil }

  /// The beginning of a life from what is on the disk.
  func begin(_ id: ServerID, from disk: PersistentState, as number: Int) async -> Int {
    let beginning = Beginning(server: id, disk: disk, number: number)
    if let known = beginnings[beginning] { return known }
    let timers = Timers()
    let situation = await server(id, from: disk, timers).visit { Situation($0.report) }
    let life = add(
      Life(
        server: id, past: nil, call: nil, disk: disk, situation: situation,
        isElectionTimerRunning: true, sent: [], said: nil,
        appearance: Self.appearance(situation, isElectionTimerRunning: true, number),
        experience: 0, number: number))
    beginnings[beginning] = life
    return life
  }

  /// The life that goes on from `past` with `call`.
  func go(on past: Int, _ call: SearchCall) async -> Int {
    let continuation = Continuation(past: past, call: call)
    if let known = continuations[continuation] { return known }
    var calls: [SearchCall] = []
    var place = past
    while let earlier = lives[place].past, let call = lives[place].call {
      calls.append(call)
      place = earlier
    }
    let timers = Timers()
    let before = lives[past]
    let way = calls.reversed()
    let next = await server(before.server, from: before.disk, timers).visit { server in
      for call in way { _ = make(call, on: server, before.server, timers) }
      let (messages, said) = make(call, on: server, before.server, timers)
      let situation = Situation(server.report)
      let isRunning = timers.election.isRunning
      return Life(
        server: before.server, past: past, call: call, disk: before.disk, situation: situation,
        isElectionTimerRunning: isRunning,
        sent: messages.map { send($0.message, to: $0.peer, in: before, answering: call) },
        said: said,
        appearance: Self.appearance(situation, isElectionTimerRunning: isRunning, before.number),
        experience: before.experience &+ call.hashValue, number: before.number)
    }
    let life = add(next)
    continuations[continuation] = life
    return life
  }

  private func add(_ life: Life) -> Int {
    lives.append(life)
    return lives.count - 1
  }

  private func peers(of id: ServerID) -> [ServerID] {
    (1...servers).map { ServerID($0) }.filter { $0 != id }
  }

  private func server(
    _ id: ServerID, from disk: PersistentState, _ timers: Timers
  ) -> Server {
    Server(
      id: id, peers: peers(of: id), network: Nowhere(), electionTimer: timers.election,
      heartbeatTimer: timers.heartbeat, restoring: disk)
  }

  private static func appearance(
    _ situation: Situation, isElectionTimerRunning: Bool, _ number: Int
  ) -> Int {
    var hasher = Hasher()
    situation.report.hash(into: &hasher)
    hasher.combine(isElectionTimerRunning)
    hasher.combine(number)
    return hasher.finalize()
  }
}

// MARK: - Calling

extension SearchLives {
  private struct Timers: Sendable {
    let election = RecordedTimer()
    let heartbeat = RecordedTimer()
  }

  private typealias Outgoing = (message: Message, peer: ServerID)

  private func send(
    _ message: Message, to peer: ServerID, in life: Life, answering call: SearchCall
  ) -> Int {
    var asker = life.number
    var request: Int?
    if case .receive(let number) = call {
      asker = post.parcels[number].life
      request = number
    }
    return post.number(
      of: SearchPost.Parcel(
        from: life.server, to: peer, message: message, life: asker, answers: request))
  }

  /// Calls the rule, and says what leaves the server for it.
  private func make(
    _ call: SearchCall, on server: isolated Server, _ id: ServerID, _ timers: Timers
  ) -> ([Outgoing], RuleCall?) {
    switch call {
    case .timeout:
      timers.election.elapse()
      let request = server.becomeCandidate()
      return (peers(of: id).map { (.requestVote(request), $0) }, nil)
    case .heartbeat:
      return (peers(of: id).map { (.appendEntries(rules.entries(server, id, $0)), $0) }, nil)
    case .propose(let command):
      guard let propose = rules.propose else { return ([], nil) }
      return ([], .propose(command, propose(server, command)))
    case .receive(let number):
      return receive(post.parcels[number], at: server)
    }
  }

  private func receive(
    _ parcel: SearchPost.Parcel, at server: isolated Server
  ) -> ([Outgoing], RuleCall?) {
    let peer = parcel.from
    switch parcel.message {
    case .requestVote(let request):
      let reply = server.receive(request)
      return (
        [(.requestVoteReply(reply, to: request), peer)],
        .requestVote(request, from: peer, reply)
      )
    case .appendEntries(let request):
      let reply = server.receive(request)
      return (
        [(.appendEntriesReply(reply, to: request), peer)],
        .appendEntries(request, from: peer, reply)
      )
    case .requestVoteReply(let reply, let request):
      server.receive(reply, from: peer, to: request)
    case .appendEntriesReply(let reply, let request):
      server.receive(reply, from: peer, to: request)
    }
    return ([], nil)
  }
}

/// Rules do not send, and conversations are not begun here.
private struct Nowhere: Network {
  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    throw Unreachable(peer)
  }
}
