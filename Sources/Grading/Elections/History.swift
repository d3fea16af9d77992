internal import Contracts
internal import Raft
internal import Simulator

/// What is known of a cluster from what S1 went through, and so what can still happen to it.
///
/// A call that no cluster could lead to would be a trap for right servers: two leaders in one term,
/// a vote from whoever stood itself, an answer to a question that was never asked.
struct History: LockstepHistory {
  typealias Start = ElectionStart
  typealias Event = RuleCall
  typealias Call = RuleCall
  typealias Answer = RuleCall.Answer
  typealias Report = ElectionReport

  let servers: Int
  let peers: [ServerID]
  private let firstTerm: Term
  private var votesGiven: [Term: ServerID] = [:]
  /// The terms in which S1 stood, in order, and those in which it led.
  private(set) var candidacies: [Term] = []
  private(set) var led: Set<Term> = []
  private(set) var grants: [Term: Set<ServerID>] = [:]
  private(set) var refusals: [Term: Set<ServerID>] = [:]
  private(set) var leaders: [Term: ServerID] = [:]
  /// The votes that S1 counted in its latest election, and in the one before.
  private(set) var counted: [Set<ServerID>] = [[], []]
  private var rivals: [Term: Set<ServerID>] = [:]
  /// Whether S1's election timer runs. The host starts it together with the server.
  private(set) var isTimerRunning = true

  init(_ start: ElectionStart) {
    servers = start.servers
    peers = start.peers
    firstTerm = start.saved.currentTerm
    votesGiven[firstTerm] = start.saved.votedFor
  }

  var majority: Int { servers / 2 + 1 }

  /// Whether the election of `term` cannot be won any more.
  func isLost(_ term: Term, with peer: ServerID) -> Bool {
    servers - (refusals[term] ?? []).union([peer]).count < majority
  }

  mutating func add(_ transition: Transition) {
    let after = transition.after
    switch transition.call {
    case .observe, .acknowledgement: break
    case .voteRequest(let request):
      rivals[request.term, default: []].insert(request.candidateID)
      if case .vote(let reply) = transition.answer, reply.voteGranted {
        votesGiven[request.term] = request.candidateID
      }
    case .heartbeat(let request): leaders[request.term] = request.leaderID
    case .stand:
      isTimerRunning = false
      candidacies.append(after.currentTerm)
      counted = [[], counted[0]]
      votesGiven[after.currentTerm] = 1
    case .vote(let reply, let peer, let request):
      if reply.voteGranted {
        grants[request.term, default: []].insert(peer)
      } else {
        refusals[request.term, default: []].insert(peer)
      }
    }
    if after.role == .candidate { counted[0] = after.votes }
    if after.role == .leader { led.insert(after.currentTerm) }
    switch transition.election {
    case .restarted, .fired: isTimerRunning = true
    case .stopped: isTimerRunning = false
    case nil: break
    }
  }
}

// MARK: - What can happen next

extension History {
  func call(for event: RuleCall, in situation: ElectionReport) -> RuleCall? {
    allows(event, in: situation) ? event : nil
  }

  /// Whether `call` can come to a server in `situation`.
  func allows(_ call: RuleCall, in situation: ElectionReport) -> Bool {
    switch call {
    case .observe: return true
    case .stand: return situation.role != .leader
    case .voteRequest(let request):
      let term = request.term
      let voted = grants[term]?.contains(request.candidateID) ?? false
      return peers.contains(request.candidateID) && term > 0 && !voted
        && isElectable(in: term, against: [request.candidateID])
    case .heartbeat(let request):
      let term = request.term
      guard peers.contains(request.leaderID), term > 0, !led.contains(term),
        leaders[term] == nil || leaders[term] == request.leaderID,
        grants[term]?.contains(request.leaderID) != true
      else { return false }
      return voters(for: request.leaderID, in: term) >= majority
    case .vote(let reply, let peer, let request):
      let term = request.term
      guard peers.contains(peer), candidacies.contains(term) else { return false }
      guard reply.voteGranted else {
        return reply.term >= term
          && (reply.term > term || grants[term]?.contains(peer) != true)
      }
      return reply.term == term && refusals[term]?.contains(peer) != true
        && rivals[term]?.contains(peer) != true && leaders[term] != peer
        && isElectable(in: term, against: [peer])
    case .acknowledgement(let reply, let peer, let request):
      guard peers.contains(peer), led.contains(request.term) else { return false }
      return reply.success ? reply.term == request.term : reply.term > request.term
    }
  }

  /// Whether the leader known of `term` can have won although `others` did not vote for it.
  private func isElectable(in term: Term, against others: Set<ServerID>) -> Bool {
    guard let leader = leaders[term], !others.contains(leader) else { return true }
    return voters(for: leader, in: term, without: others) >= majority
  }

  /// How many servers can have voted for `leader` in `term`.
  private func voters(
    for leader: ServerID, in term: Term, without others: Set<ServerID> = []
  ) -> Int {
    var against = others.union(grants[term] ?? []).union(rivals[term] ?? [])
    against.remove(leader)
    // Of a term before the restart, S1 no longer knows whom it voted for.
    if term >= firstTerm, votesGiven[term] != leader { against.insert(1) }
    return servers - against.count
  }

  /// The calls to try in `situation`.
  func calls(in situation: ElectionReport) -> [RuleCall] {
    conceivable(in: situation).filter { allows($0, in: situation) }
  }

  /// One of those calls: first a rule is drawn, then a call of it, since there are far more votes
  /// than anything else.
  func draw(
    in situation: ElectionReport, steps: ClosedRange<Int>, from generator: inout SeededGenerator
  ) -> RuleCall? {
    let conceivable = conceivable(in: situation)
    for _ in 0..<20 {
      let step = Int.random(in: steps, using: &generator)
      let choices = conceivable.filter { $0.step == step }
      if let call = choices.randomElement(using: &generator), allows(call, in: situation) {
        return call
      }
    }
    return nil
  }

  /// Calls of terms around the situation's own, and of few peers, since they are all alike.
  private func conceivable(in situation: ElectionReport) -> [RuleCall] {
    let current = situation.currentTerm.number
    let terms = (current - 1...current + 2).filter { $0 >= 0 }.map { Term($0) }
    var others = Array(peers.prefix(2))
    if let vote = situation.votedFor, vote != 1, !others.contains(vote) { others.append(vote) }
    var calls = terms.map { RuleCall.observe($0) }
    for term in terms {
      for other in others {
        calls.append(.voteRequest(RequestVote(term: term, candidateID: other)))
        calls.append(.heartbeat(AppendEntries(term: term, leaderID: other)))
      }
    }
    calls.append(.stand)
    // What a late reply says may be later than what it answers, and still no news to this server.
    let now = situation.currentTerm
    for term in candidacies.suffix(2) {
      let request = RequestVote(term: term, candidateID: 1)
      // Three are enough to win among five, or to lose, and for one vote more.
      for peer in peers.prefix(3) {
        let vote = RequestVote.Reply(term: term, voteGranted: true)
        calls.append(.vote(vote, from: peer, to: request))
        for said in term == now ? [term, now.next] : [term, now, now.next] {
          let refusal = RequestVote.Reply(term: said, voteGranted: false)
          calls.append(.vote(refusal, from: peer, to: request))
        }
      }
    }
    for term in led.sorted().suffix(2) {
      let request = AppendEntries(term: term, leaderID: 1)
      for peer in others {
        for reply in [
          AppendEntries.Reply(term: term, success: true),
          AppendEntries.Reply(term: now, success: false),
          AppendEntries.Reply(term: now.next, success: false),
        ] { calls.append(.acknowledgement(reply, from: peer, to: request)) }
      }
    }
    return calls
  }
}
