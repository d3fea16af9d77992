internal import Contracts
internal import Raft
internal import Simulator

/// A divergence, told: what happened, what the server had, what it got, and what it made of it.
extension Lockstep.Divergence where Chapter.History == History, Chapter.Mistake == Mistake {
  var told: Finding {
    let last = last
    return Finding(
      mistake.rule.rule, happened(in: last), facts: way + [had, got, said(last)],
      reference: right)
  }

  /// The calls that led here, where there were any before the one that went wrong.
  private var way: [Fact] {
    var facts = [Fact("cluster", path.start.told)]
    guard transitions.count > 1 else { return facts }
    facts.append(Fact("\(name) began", transitions[0].before.told))
    for (index, transition) in transitions.dropLast().enumerated() {
      let label = index == 0 ? "first" : "then"
      facts.append(Fact(label, "\(transition.call), which left it at \(transition.after.told)"))
    }
    return facts
  }

  private var had: Fact { Fact("\(name) had", last.before.told) }

  private var got: Fact {
    switch last.call {
    case .observe, .stand: Fact("call", last.call.description)
    case .voteRequest, .heartbeat, .vote, .acknowledgement:
      Fact("it got", last.call.description)
    }
  }

  private func said(_ transition: Transition) -> Fact {
    switch mistake.facet {
    case .answer, .replyTerm, .request: Fact("it said", transition.answer.description)
    case .term, .role, .votedFor, .votes: Fact("it has", transition.after.told)
    case .electionTimer:
      Fact("election timer", Self.told(transition.election, isRunning: isTimerRunning))
    case .heartbeatTimer:
      Fact("heartbeat timer", Self.told(transition.heartbeat, isRunning: true))
    }
  }

  private var right: String {
    switch mistake.facet {
    case .answer, .replyTerm, .request: reference.answer.description
    case .term, .role, .votedFor, .votes: reference.after.told
    case .electionTimer: Self.told(reference.election, isRunning: true)
    case .heartbeatTimer: Self.told(reference.heartbeat, isRunning: true)
    }
  }

  private static func told(_ effect: RecordedTimer.Effect?, isRunning: Bool) -> String {
    switch effect {
    case .restarted: "restarted"
    case .stopped: "stopped"
    case .fired: "fired"
    case nil: isRunning ? "left alone" : "left standing still"
    }
  }
}

// MARK: - What happened, in one sentence

extension Lockstep.Divergence where Chapter.History == History, Chapter.Mistake == Mistake {
  private var name: ServerID { path.start.seat.name(of: 1) }
  private var rule: ElectionRule { mistake.rule }
  private var facet: Outcome.Facet { mistake.facet }

  private func happened(in transition: Transition) -> String {
    switch transition.call {
    case .observe(let seen): return observing(seen, transition)
    case .voteRequest(let request): return voting(request, transition)
    case .heartbeat(let request): return following(request, transition)
    case .stand: return standing(transition)
    case .vote(let reply, let peer, let request):
      return counting(reply, peer, request, transition)
    case .acknowledgement(let reply, let peer, _):
      let had = transition.before.currentTerm
      return reply.term > had
        ? "\(peer) replied from term \(reply.term), and \(name), of term \(had), "
          + "\(became(transition))."
        : "\(peer) acknowledged a heartbeat, and \(name) \(became(transition))."
    }
  }

  /// What became of the server, where a story needs a verb for it.
  private func became(_ transition: Transition) -> String {
    let (before, after) = (transition.before, transition.after)
    switch facet {
    case .electionTimer: return timer("election", transition.election)
    case .heartbeatTimer: return timer("heartbeat", transition.heartbeat)
    case .votedFor:
      return after.votedFor.map { "has its vote with \(itself($0))" } ?? "took its vote back"
    case .votes: return "counts the votes of \(list(after.votes))"
    case .role where before.role == after.role: return "stays a \(after.role.rawValue)"
    case .role: return "is a \(after.role.rawValue) now"
    case .term where before.currentTerm == after.currentTerm:
      return "stays in term \(after.currentTerm)"
    case .term: return "is in term \(after.currentTerm) now"
    case .answer, .replyTerm, .request: return "said \(transition.answer)"
    }
  }

  private func timer(_ name: String, _ effect: RecordedTimer.Effect?) -> String {
    switch effect {
    case .restarted: "restarted its \(name) timer"
    case .stopped: "stopped its \(name) timer"
    case .fired: "fired its \(name) timer"
    case nil:
      rule == .waitsAgain || rule == .voterStepsDown
        ? "is left without a running \(name) timer" : "left its \(name) timer alone"
    }
  }

  private func itself(_ id: ServerID) -> String { id == name ? "itself" : "\(id)" }

  private func observing(_ seen: Term, _ transition: Transition) -> String {
    "\(name), a \(transition.before.role.rawValue) in term \(transition.before.currentTerm), saw "
      + "term \(seen) and \(became(transition))."
  }

  private func voting(_ request: RequestVote, _ transition: Transition) -> String {
    let before = transition.before
    let candidate = request.candidateID
    switch (rule, facet) {
    case (.oneVotePerTerm, .answer):
      let first = before.votedFor.map(itself) ?? "nobody"
      return "\(name) voted twice in term \(request.term): for \(first), then for \(candidate)."
    case (.sameCandidate, .answer):
      return "\(name) gave \(candidate) its vote in term \(request.term), and refused when asked "
        + "again."
    case (.grants, .answer):
      return "\(name) had not voted in term \(request.term), and refused \(candidate) its vote."
    case (.staleCandidate, .answer):
      return "\(name), in term \(before.currentTerm), gave its vote for the past term "
        + "\(request.term)."
    case (.remembersVote, .votedFor):
      let noted = transition.after.votedFor.map { "noted a vote for \(itself($0))" }
      return "\(name) granted \(candidate) its vote and \(noted ?? "did not note it")."
    case (_, .electionTimer):
      let answer = transition.answer.isGranted == true ? "granted" : "refused"
      return "\(name) \(answer) \(candidate) its vote and \(became(transition))."
    default:
      return "\(name) was asked for its vote in term \(request.term) and \(became(transition))."
    }
  }

  private func following(_ request: AppendEntries, _ transition: Transition) -> String {
    let (had, role) = (transition.before.currentTerm, transition.before.role.rawValue)
    return "\(name), a \(role) in term \(had), heard from \(request.leaderID), leader of term "
      + "\(request.term), and \(became(transition))."
  }

  private func standing(_ transition: Transition) -> String {
    if facet == .request { return "\(name) stood, and its request is not the one to send." }
    return "\(name) stood for election in term \(transition.before.currentTerm.next) and "
      + "\(became(transition))."
  }

  private func counting(
    _ reply: RequestVote.Reply, _ peer: ServerID, _ request: RequestVote, _ transition: Transition
  ) -> String {
    let (before, after) = (transition.before, transition.after)
    switch rule {
    case .oncePerPeer: return "\(peer)'s vote arrived twice, and \(name) \(became(transition))."
    case .sameElection:
      return "In term \(before.currentTerm) a vote of the election of term \(request.term) "
        + "arrived, and \(name) \(became(transition))."
    case .candidatesOnly:
      return "\(name) is no candidate any more; a late vote arrived, and it \(became(transition))."
    case .majority where after.role == .leader:
      return "\(name) leads with the votes of \(list(after.votes))."
    case .majority: return "\(name) has the votes of \(list(after.votes)) and does not lead."
    case .refusalIsNoVote:
      return "\(peer) refused \(name) its vote, and \(name) \(became(transition))."
    case .candidateFollowsTerm:
      return "\(peer) replied from term \(reply.term), and \(name), of term \(before.currentTerm), "
        + "\(became(transition))."
    case .firesHeartbeat: return "\(name) won the election and \(became(transition))."
    default: return "\(peer) gave \(name) its vote, and \(name) \(became(transition))."
    }
  }
}
