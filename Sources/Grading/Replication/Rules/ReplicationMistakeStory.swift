internal import Contracts
internal import Raft
internal import Simulator

/// A divergence, told: what happened, what the server had, what it got, and what it made of it.
struct ReplicationMistakeStory {
  typealias Transition = RuleTransition<ReplicationHistory>

  let path: LockstepPath<ReplicationHistory>
  let transitions: [Transition]
  let mistake: ReplicationMistake
  let reference: Transition
  let isTimerRunning: Bool

  private var last: Transition { transitions[transitions.count - 1] }
  private var name: ServerID { path.start.seat.name(of: 1) }

  var finding: Finding {
    Finding(
      mistake.rule.rule, happened, facts: way + [Fact("\(name) had", last.before.told), got, said],
      reference: told(reference, timerRuns: true))
  }

  /// The calls that led here, where there were any before the one that went wrong.
  private var way: [Fact] {
    var facts = [Fact("cluster", path.start.told + (path.start.name.map { ", \($0)" } ?? ""))]
    guard transitions.count > 1 else { return facts }
    facts.append(Fact("\(name) began", transitions[0].before.told))
    for (index, transition) in transitions.dropLast().enumerated() {
      let label = index == 0 ? "first" : "then"
      facts.append(Fact(label, transition.told))
    }
    return facts
  }

  private var got: Fact {
    switch last.call {
    case .stand, .entries, .advance, .propose, .isUpToDate: Fact("call", last.call.told)
    case .voteRequest, .append, .vote, .reply: Fact("it got", last.call.told)
    }
  }

  private var said: Fact {
    switch mistake.facet {
    case .answer, .replyTerm, .request, .place, .hint, .sender, .previous, .entries, .missing,
      .leaderCommit:
      Fact("it said", told(last, timerRuns: true))
    case .electionTimer: Fact("election timer", told(last, timerRuns: isTimerRunning))
    case .heartbeatTimer: Fact("heartbeat timer", told(last, timerRuns: true))
    case .leader: Fact("its leader", told(last, timerRuns: true))
    default: Fact("it has", told(last, timerRuns: true))
    }
  }

  /// What shows the mistake, of the server's transition or of the reference's.
  private func told(_ transition: Transition, timerRuns: Bool) -> String {
    switch mistake.facet {
    case .answer, .replyTerm, .request, .place, .hint, .sender, .previous, .entries, .missing,
      .leaderCommit:
      transition.answer.told
    case .electionTimer: Self.told(transition.election, isRunning: timerRuns)
    case .heartbeatTimer: Self.told(transition.heartbeat, isRunning: timerRuns)
    case .leader: transition.after.leader?.description ?? "nobody"
    default: transition.after.told
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

extension ReplicationMistakeStory {
  private var happened: String {
    let before = last.before
    let role = before.role.rawValue
    switch last.call {
    case .isUpToDate(let request): return comparing(request)
    case .voteRequest(let request):
      return "\(request.candidateID) asked for \(name)'s vote in term \(request.term), and \(name) "
        + "\(became)."
    case .stand:
      return "\(name) stood for election in term \(before.currentTerm.next), and \(became)."
    case .vote: return "\(name) won the election of term \(before.currentTerm), and \(became)."
    case .propose: return "A client's command reached \(name), a \(role), and it \(became)."
    case .entries(let peer): return sending(to: peer)
    case .append(let request):
      return "\(name), a \(role) in term \(before.currentTerm), got a message from "
        + "\(request.leaderID), leader of term \(request.term), and \(became)."
    case .reply(let reply, let peer, let request):
      let what = reply.success ? "took" : "refused"
      let late = request.term < before.currentTerm ? "once, in term \(request.term), " : ""
      return "\(peer) \(late)\(what) what \(name) sent, and \(name) \(became)."
    case .advance: return "\(name) knows what its peers hold, and \(became)."
    }
  }

  private func comparing(_ request: RequestVote) -> String {
    let isUpToDate = last.answer.isYes == true
    return "\(name) takes a log that ends with \(request.lastEntryTold) for "
      + (isUpToDate ? "one that is up to date" : "one that is behind")
      + "; its own ends with \(last.before.log.lastEntryTold)."
  }

  private func sending(to peer: ServerID) -> String {
    let next = last.before.nextIndex[peer].map(\.description) ?? "not set"
    switch mistake.facet {
    case .previous:
      return "The next entry for \(peer) is \(next), and the message begins elsewhere."
    case .missing: return "The next entry for \(peer) is \(next), and the message leaves it out."
    case .entries: return "The message for \(peer) has other entries than the log in their places."
    case .leaderCommit:
      return "\(name) has committed up to \(last.before.commitIndex), and tells \(peer) otherwise."
    case .sender: return "The message for \(peer) does not carry \(name)'s term and name."
    default: return "\(name) wrote a message for \(peer), and \(became)."
    }
  }

  /// What became of the server, where a story needs a verb for it.
  private var became: String {
    let (before, after) = (last.before, last.after)
    switch mistake.facet {
    case .term where before.currentTerm == after.currentTerm:
      return "stays in term \(after.currentTerm)"
    case .term: return "is in term \(after.currentTerm) now"
    case .role where before.role == after.role: return "stays a \(after.role.rawValue)"
    case .role: return "is a \(after.role.rawValue) now"
    case .votedFor:
      return after.votedFor.map { "has its vote with \($0)" } ?? "took its vote back"
    case .votes: return "counts the votes of \(list(after.votes))"
    case .log where before.log == after.log: return "left its log as it was"
    case .log: return "has the log \(after.log.told) now"
    case .matchIndex(let peer):
      return "takes it that \(peer) holds \(after.matchIndex[peer]?.told ?? "nothing")"
    case .nextIndex(let peer):
      let next = after.nextIndex[peer].map(\.description) ?? "none"
      return "has \(next) as the next entry for \(peer)"
    case .commitIndex where before.commitIndex == after.commitIndex:
      return "committed nothing, and stays at \(after.commitIndex)"
    case .commitIndex: return "has committed up to \(after.commitIndex)"
    case .lastApplied where after.commitIndex > after.lastApplied:
      return "committed up to \(after.commitIndex) and applied up to \(after.lastApplied)"
    case .lastApplied: return "has applied up to \(after.lastApplied)"
    case .leader: return "takes \(after.leader?.description ?? "nobody") for the leader"
    case .electionTimer: return timer("election", last.election, isTimerRunning)
    case .heartbeatTimer: return timer("heartbeat", last.heartbeat, true)
    default: return "said \(last.answer.told)"
    }
  }

  private func timer(_ name: String, _ effect: RecordedTimer.Effect?, _ isRunning: Bool) -> String {
    switch effect {
    case .restarted: "restarted its \(name) timer"
    case .stopped: "stopped its \(name) timer"
    case .fired: "fired its \(name) timer"
    case nil:
      isRunning ? "left its \(name) timer alone" : "is left without a running \(name) timer"
    }
  }
}

// MARK: - Calls, answers and situations in words

extension RuleTransition<ReplicationHistory> {
  /// A step of the way: what happened, and what it led to where that is not the same again.
  fileprivate var told: String {
    switch call {
    case .entries: "\(call.told), which returned \(answer.told)"
    default: "\(call.told), which left it at \(after.told)"
    }
  }
}

extension ReplicationCall {
  var told: String {
    switch self {
    case .isUpToDate(let request): "isUpToDate(\(request.toldInFull))"
    case .voteRequest(let request): request.toldInFull
    case .stand: "becomeCandidate()"
    case .vote(let reply, let peer, let request):
      "\(peer)'s reply to RequestVote(term \(request.term)): \(reply.told)"
    case .propose(let command): "propose(\"\(command)\")"
    case .entries(let peer): "entries(for: \(peer))"
    case .append(let request): request.toldWithEntries
    case .reply(let reply, let peer, let request):
      "\(peer)'s reply to \(request.toldWithEntries): \(reply.toldWithHint)"
    case .advance: "advanceCommitIndex()"
    }
  }
}

extension ReplicationCall.Answer {
  var told: String {
    switch self {
    case .nothing: "nothing"
    case .upToDate(let isUpToDate): "\(isUpToDate)"
    case .vote(let reply): reply.told
    case .candidacy(let request): request.toldInFull
    case .proposal(.accepted(let index, let term)): "accepted at index \(index), term \(term)"
    case .proposal(.refused(let leader)):
      "refused, " + (leader.map { "leader \($0)" } ?? "leader not known")
    case .message(let message): message.toldWithEntries
    case .append(let reply): reply.toldWithHint
    }
  }
}

extension ReplicationReport {
  /// The situation as a story tells it: what a follower, a candidate and a leader care for.
  var told: String {
    var text = "term \(currentTerm), "
    text += votedFor.map { "votedFor \($0), " } ?? "no vote given, "
    text += role.rawValue
    if role == .candidate { text += " with the votes of " + list(votes) }
    text += ", log \(log.told), commitIndex \(commitIndex)"
    if lastApplied != commitIndex { text += ", lastApplied \(lastApplied)" }
    guard role == .leader else { return text }
    for peer in nextIndex.keys.sorted() {
      let next = nextIndex[peer]?.description ?? "none"
      text += "; \(peer): nextIndex \(next), matchIndex \(matchIndex[peer]?.description ?? "none")"
    }
    return text
  }
}

extension Log {
  /// The terms of the entries in a row, as the paper's figures show a log.
  var told: String { isEmpty ? "empty" : entries.told }

  fileprivate var lastEntryTold: String {
    isEmpty ? "nothing" : "an entry of term \(lastTerm) at \(lastIndex)"
  }
}

extension [LogEntry] {
  /// All of them where a screen can show them: the logs of Figure 7, and somewhat longer ones.
  fileprivate var told: String {
    let terms =
      count > 24 ? brief(self) { "\($0.term)" } : map { "\($0.term)" }.joined(separator: " ")
    return "[\(terms)]"
  }
}

extension LogIndex {
  fileprivate var told: String { self == 0 ? "nothing" : "everything up to \(self)" }
}

extension RequestVote {
  fileprivate var lastEntryTold: String {
    lastLogIndex == 0 ? "nothing" : "an entry of term \(lastLogTerm) at \(lastLogIndex)"
  }
}

extension AppendEntries {
  fileprivate var toldWithEntries: String {
    let brings = entries.isEmpty ? "no entries" : "entries \(entries.told)"
    return "AppendEntries(term \(term), leader \(leaderID), prevLogIndex \(prevLogIndex), "
      + "prevLogTerm \(prevLogTerm), \(brings), leaderCommit \(leaderCommit))"
  }
}

extension AppendEntries.Reply {
  fileprivate var toldWithHint: String {
    guard let conflict else { return told }
    let term = conflict.term.map { "term \($0)" } ?? "no entry"
    return "\(told), conflict (\(term), from \(conflict.firstIndex))"
  }
}
