internal import Raft

/// What servers say to each other.
extension Invariants {
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
      leadsBySending(request, id, sender, disk: disk)
    case .appendEntriesReply(let reply, to: let request):
      if reply.success, reply.term == request.term {
        acknowledges(request, id, sender, disk: disk)
      }
    }
  }

  private mutating func asksForVotes(_ request: RequestVote, _ id: ServerID) {
    guard request.candidateID != id else { return }
    report(
      .messageFitsSender, "\(id) asked for votes in the name of \(request.candidateID).", [id])
  }

  /// AppendEntries is a leader's to send. A server with a majority's votes is one, though it may
  /// have been deposed before anybody could see it lead.
  private mutating func leadsBySending(
    _ request: AppendEntries, _ id: ServerID, _ sender: Situation, disk: PersistentState
  ) {
    if request.leaderID != id {
      report(
        .messageFitsSender, "\(id) sent AppendEntries in the name of \(request.leaderID).", [id])
    }
    let quorum = quorum
    let (isLeader, lastLog) = withTerm(request.term) { record in
      let isElected = quorum.isReached(by: record.grants.count { $0 == id })
      return (record.leader == id || (record.leader == nil && isElected), record.leaderLog)
    }
    guard isLeader else {
      return report(
        .messageFitsSender,
        "\(id) sent AppendEntries of term \(request.term), which it did not lead.", [id])
    }
    let leads = sender.role == .leader && sender.currentTerm == request.term
    if let log = leads ? sender.log : lastLog { sends(request, id, outOf: log) }
    if leads, let last = request.entries.last, disk.log.term(at: request.match) != last.term {
      report(
        .diskCoversEntries,
        "\(id) sent its entries up to index \(request.match), and its disk "
          + LogHistory.tells(disk.log, at: request.match) + ".", [id])
    }
    if request.leaderCommit > commits.index {
      report(
        .commitIsHeld,
        "\(id) told that the entries up to index \(request.leaderCommit) are committed: "
          + "those up to \(commits.index) are.", [id])
    }
  }

  /// What a leader sends is a piece of its log, in its place.
  private mutating func sends(_ request: AppendEntries, _ id: ServerID, outOf log: Log) {
    let previous = request.prevLogIndex
    guard log.term(at: previous) == request.prevLogTerm else {
      return report(
        .messageFitsSender,
        "\(id) sent AppendEntries after index \(previous) of term \(request.prevLogTerm), "
          + "and its log " + LogHistory.tells(log, at: previous) + ".", [id])
    }
    var index = previous
    for entry in request.entries {
      index = index.next
      guard log[index] != entry else { continue }
      return report(
        .messageFitsSender,
        "\(id) sent AppendEntries with “\(LogHistory.short(entry.command))” of term \(entry.term) "
          + "for index \(index), and its log " + LogHistory.tells(log, at: index) + ".", [id])
    }
  }

  /// A success says that the log agrees with the leader's as far as the message reached, and it
  /// must still say so after a crash.
  private mutating func acknowledges(
    _ request: AppendEntries, _ id: ServerID, _ sender: Situation, disk: PersistentState
  ) {
    let match = request.match
    let term = request.entries.last?.term ?? request.prevLogTerm
    if sender.replication != nil, disk.log.term(at: match) != term {
      return report(
        .diskCoversEntries,
        "\(id) told \(request.leaderID) that it holds index \(match) of term \(term), "
          + "and its disk " + LogHistory.tells(disk.log, at: match) + ".", [id])
    }
    withTerm(request.term) { record in
      record.acknowledged[id.number - 1] = max(record.acknowledged[id.number - 1], match)
    }
  }

  /// Applying may come later than committing, so it may come with the second delivery.
  mutating func deliveredTwice(_ envelope: Envelope, after: Situation, again: Situation) {
    guard !after.isEqual(again, butForApplying: true) else { return }
    report(
      .repetitionChangesNothing,
      "\(envelope.to) received the same message of \(envelope.from) twice in a row, "
        + "and the second time it changed again.", [envelope.to])
  }
}

extension AppendEntries {
  /// The last index that the message speaks of.
  var match: LogIndex { LogIndex(prevLogIndex.number + entries.count) }
}
