internal import Raft

/// The invariants whose breach no correct cluster can show, checked as things happen.
///
/// Each looks at what a step has changed and at a history of constant size per term, never at
/// whole states. What concerns logs finds its place beside what concerns elections: `changed` sees
/// every difference between two reports, `leaving` every message with its sender's disk.
struct Invariants {
  /// The numbers are those of the list that the graders share.
  enum Kind: Int {
    case electionSafety = 1
    case termRises = 6
    case oneGrant = 7
    case diskCoversPromises = 10
    case grantIsLegal = 11
    case messageFitsSender = 12
    case repetitionChangesNothing = 13

    var name: String {
      switch self {
      case .electionSafety: "Election Safety"
      case .termRises: "a server's term never falls"
      case .oneGrant: "one vote per server and term"
      case .diskCoversPromises: "the disk covers every promise sent"
      case .grantIsLegal: "a vote granted was a vote to grant"
      case .messageFitsSender: "a message fits its sender"
      case .repetitionChangesNothing: "a message delivered again changes nothing"
      }
    }
  }

  /// What is known of a term.
  private struct TermRecord {
    var leader: ServerID?
    /// Whom each server has promised its vote, by messages that have left it.
    var grants: [ServerID?]
  }

  private(set) var broken: [InvariantBroken] = []
  var time = Duration.zero
  private let quorum: Quorum
  private var terms: [Term: TermRecord] = [:]
  /// The highest term in which each server has sent a message.
  private var spoken: [Term]

  /// Breaches of one kind beyond these say nothing new, and a broken server makes many.
  private static let most = 5

  init(servers: Int) {
    quorum = Quorum(of: servers)
    spoken = Array(repeating: 0, count: servers)
  }

  private mutating func report(_ kind: Kind, _ sentence: String, _ servers: [ServerID]) {
    let known = broken.count { $0.number == kind.rawValue }
    guard known < Self.most else { return }
    broken.append(
      InvariantBroken(
        number: kind.rawValue, name: kind.name, sentence: sentence, servers: servers, time: time))
  }

  private mutating func withTerm<Result>(
    _ term: Term, _ body: (inout TermRecord) -> Result
  ) -> Result {
    body(&terms[term, default: TermRecord(grants: Array(repeating: nil, count: spoken.count))])
  }
}

// MARK: - What a server is

extension Invariants {
  mutating func started(_ id: ServerID, _ situation: Situation) {
    let promised = spoken[id.number - 1]
    if situation.currentTerm < promised {
      report(
        .termRises,
        "\(id) had sent messages of term \(promised), "
          + "and started again in term \(situation.currentTerm).", [id])
    }
  }

  mutating func changed(_ id: ServerID, from before: Situation, to after: Situation) {
    if after.currentTerm < before.currentTerm {
      report(
        .termRises,
        "\(id) went from term \(before.currentTerm) back to term \(after.currentTerm).", [id])
    }
    if after.role == .leader,
      before.role != .leader || before.currentTerm != after.currentTerm
    {
      leads(id, after)
    }
  }

  private mutating func leads(_ id: ServerID, _ situation: Situation) {
    let term = situation.currentTerm
    let (other, voters) = withTerm(term) { record in
      let other = record.leader
      record.leader = other ?? id
      var voters = record.grants.filter { $0 == id }.count
      if record.grants[id.number - 1] == nil, situation.votedFor == id { voters += 1 }
      return (other, voters)
    }
    if let other, other != id {
      report(.electionSafety, "\(other) and \(id) both lead term \(term).", [other, id])
    } else if !quorum.isReached(by: voters) {
      report(
        .electionSafety,
        "\(id) leads term \(term) with the votes of \(voters) of \(quorum.servers) servers: "
          + "\(quorum.size) are a majority.", [id])
    }
  }
}

// MARK: - What it says

extension Invariants {
  /// A vote is granted, or not, in a situation that is known exactly.
  mutating func answered(
    _ request: RequestVote, with reply: RequestVote.Reply, by id: ServerID,
    before: Situation
  ) {
    guard reply.voteGranted else { return }
    let candidate = request.candidateID
    let granted = "\(id) granted \(candidate) its vote in term \(request.term)"
    if request.term < before.currentTerm {
      report(
        .grantIsLegal, "\(granted), and was in term \(before.currentTerm) already.",
        [id, candidate])
    } else if request.term == before.currentTerm, let other = before.votedFor,
      other != candidate
    {
      report(.grantIsLegal, "\(granted), and had voted for \(other).", [id, candidate])
    } else if (request.lastLogTerm, request.lastLogIndex)
      < (before.log.lastTerm, before.log.lastIndex)
    {
      report(.grantIsLegal, "\(granted), whose log was behind its own.", [id, candidate])
    }
  }

  /// A message is about to leave; `disk` is what the sender would know after a crash.
  mutating func leaving(_ envelope: Envelope, _ sender: Situation, disk: PersistentState) {
    let id = envelope.from
    let term = envelope.message.term
    if term > sender.currentTerm {
      report(
        .messageFitsSender,
        "\(id) sent a message of term \(term), and was in term \(sender.currentTerm).", [id])
    }
    if term > spoken[id.number - 1] { spoken[id.number - 1] = term }
    if disk.currentTerm < term {
      report(
        .diskCoversPromises,
        "\(id) sent a message of term \(term), and its disk knew term \(disk.currentTerm).", [id])
    }
    switch envelope.message {
    case .requestVote(let request):
      asksForVotes(request, id)
      promises(request.candidateID, in: request.term, by: id, disk: disk)
    case .requestVoteReply(let reply, to: let request):
      if reply.voteGranted {
        promises(request.candidateID, in: request.term, by: id, disk: disk)
      }
    case .appendEntries(let request):
      leadsBySending(request, id)
    case .appendEntriesReply:
      break
    }
  }

  private mutating func asksForVotes(_ request: RequestVote, _ id: ServerID) {
    guard request.candidateID != id else { return }
    report(
      .messageFitsSender, "\(id) asked for votes in the name of \(request.candidateID).", [id])
  }

  /// A vote leaves its server: for another, or as a candidate for itself.
  private mutating func promises(
    _ candidate: ServerID, in term: Term, by id: ServerID, disk: PersistentState
  ) {
    let earlier = withTerm(term) { record in
      let earlier = record.grants[id.number - 1]
      record.grants[id.number - 1] = earlier ?? candidate
      return earlier
    }
    if let earlier, earlier != candidate {
      report(
        .oneGrant, "\(id) voted twice in term \(term): for \(earlier), then for \(candidate).",
        [id, earlier, candidate])
    }
    if disk.currentTerm == term, disk.votedFor != candidate {
      report(
        .diskCoversPromises,
        "\(id) gave \(candidate) its vote in term \(term), and its disk did not know.", [id])
    }
  }

  /// AppendEntries is a leader's to send. A server with a majority's votes is one, though it may
  /// have been deposed before anybody could see it lead.
  private mutating func leadsBySending(_ request: AppendEntries, _ id: ServerID) {
    if request.leaderID != id {
      report(
        .messageFitsSender, "\(id) sent AppendEntries in the name of \(request.leaderID).", [id])
    }
    let quorum = quorum
    let isLeader = withTerm(request.term) { record in
      record.leader == id
        || (record.leader == nil && quorum.isReached(by: record.grants.filter { $0 == id }.count))
    }
    if !isLeader {
      report(
        .messageFitsSender,
        "\(id) sent AppendEntries of term \(request.term), which it did not lead.", [id])
    }
  }

  mutating func deliveredTwice(_ envelope: Envelope, after: Situation, again: Situation) {
    guard after != again else { return }
    report(
      .repetitionChangesNothing,
      "\(envelope.to) received the same message of \(envelope.from) twice in a row, "
        + "and the second time it changed again.", [envelope.to])
  }
}
