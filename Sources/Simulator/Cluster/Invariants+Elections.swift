internal import Raft

/// Who leads, and by whose votes (Raft, §5.2 and §5.4).
extension Invariants {
  mutating func startsInItsTerm(_ id: ServerID, _ situation: Situation) {
    let promised = spoken[id.number - 1]
    if situation.currentTerm < promised {
      report(
        .termRises,
        "\(id) had sent messages of term \(promised), "
          + "and started again in term \(situation.currentTerm).", [id])
    }
  }

  /// A server takes up leadership.
  mutating func leads(_ id: ServerID, _ situation: Situation) {
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
    holdsWhatIsCommitted(id, situation)
  }

  /// Whatever was committed in an earlier term stands in every later leader's log.
  private mutating func holdsWhatIsCommitted(_ id: ServerID, _ situation: Situation) {
    guard let last = commits.last(before: situation.currentTerm),
      situation.log.term(at: last.index) != last.term
    else { return }
    report(
      .leaderCompleteness,
      "\(id) leads term \(situation.currentTerm), and its log "
        + LogHistory.tells(situation.log, at: last.index)
        + ": index \(last.index) was committed in term \(last.term).", [id])
  }

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
      report(
        .grantIsLegal, "\(granted), and had voted for \(name(other, to: id)).", [id, candidate])
    } else if (request.lastLogTerm, request.lastLogIndex)
      < (before.log.lastTerm, before.log.lastIndex)
    {
      report(.grantIsLegal, "\(granted), whose log was behind its own.", [id, candidate])
    }
  }

  /// A vote leaves its server: for another, or as a candidate for itself.
  mutating func promises(
    _ candidate: ServerID, in term: Term, by id: ServerID, disk: PersistentState
  ) {
    let earlier = withTerm(term) { record in
      let earlier = record.grants[id.number - 1]
      record.grants[id.number - 1] = earlier ?? candidate
      return earlier
    }
    if let earlier, earlier != candidate {
      report(
        .oneGrant,
        "\(id) voted twice in term \(term): "
          + "for \(name(earlier, to: id)), then for \(name(candidate, to: id)).",
        [id, earlier, candidate])
    }
    if disk.currentTerm == term, disk.votedFor != candidate {
      report(
        .diskCoversPromises,
        "\(id) voted for \(name(candidate, to: id)) in term \(term), and its disk did not know.",
        [id])
    }
  }

  /// What a server is called in a sentence about `id`.
  private func name(_ server: ServerID, to id: ServerID) -> String {
    server == id ? "itself" : "\(server)"
  }
}
