internal import Contracts
internal import Raft

/// Which entries stand where (Raft, §5.3).
extension Invariants {
  /// Follows a server's log: terms do not fall along it, and where two logs have an entry of the
  /// same index and term, they agree up to there.
  @discardableResult
  mutating func follow(_ id: ServerID, to situation: Situation) -> Log.Change {
    let log = situation.log
    var problems: [(LogIndex, LogEntry, LogHistory.Problem)] = []
    let change = logs.follow(id, to: log) { problems.append(($0, $1, $2)) }
    for (index, entry, problem) in problems { mismatch(id, index, entry, problem) }
    var last = change.appended.isEmpty ? 0 : log.term(at: change.kept) ?? 0
    for (offset, entry) in change.appended.enumerated() {
      let index = change.kept.number + offset + 1
      if entry.term < last {
        report(
          .logMatching,
          "\(id) holds an entry of term \(entry.term) at index \(index), after one of term "
            + "\(last): terms never fall along a log.", [id])
      }
      last = entry.term
    }
    if last > situation.currentTerm {
      report(
        .logMatching,
        "\(id) holds an entry of term \(last), and is in term \(situation.currentTerm).", [id])
    }
    return change
  }

  private mutating func mismatch(
    _ id: ServerID, _ index: LogIndex, _ entry: LogEntry, _ problem: LogHistory.Problem
  ) {
    let place = "at index \(index) of term \(entry.term)"
    switch problem {
    case .otherCommand(let command, let other):
      report(
        .logMatching,
        "\(id) holds “\(LogHistory.short(entry.command))” \(place), where "
          + "\(other == id ? "it" : "\(other)") held “\(LogHistory.short(command))”.",
        [id, other])
    case .otherPast(let other):
      report(
        .logMatching,
        other == id
          ? "\(id) has the entry \(place) that it had, and different ones before it."
          : "\(id) and \(other) have the same entry \(place), and different ones before it.",
        [id, other])
    }
  }

  /// A server led before, or leads now.
  mutating func led(
    _ id: ServerID, from before: Situation, to after: Situation, kept: LogIndex
  ) {
    let leads = after.role == .leader
    let goesOn =
      before.role == .leader && leads && before.currentTerm == after.currentTerm
    let isCut = kept < before.log.lastIndex
    if goesOn, isCut {
      report(
        .leaderAppendOnly,
        "\(id) leads term \(after.currentTerm), and changed its own log after index \(kept).",
        [id])
    }
    if before.role == .leader, !goesOn {
      // It may have appended before it stepped down, or been cut back afterwards.
      withTerm(before.currentTerm) { record in
        if record.leader == id { record.leaderLog = isCut ? before.log : after.log }
      }
    }
    guard leads else { return }
    if !goesOn {
      remember(after.currentTerm)
      self.leads(id, after)
    }
    withTerm(after.currentTerm) { record in
      if record.leader == id { record.leaderLog = after.log }
    }
    matches(id, after)
  }

  /// What a leader knows of its peers is what they have told it in this term, or is true anyhow.
  private mutating func matches(_ id: ServerID, _ situation: Situation) {
    guard let matchIndex = situation.replication?.matchIndex else { return }
    let acknowledged = withTerm(situation.currentTerm) { $0.acknowledged }
    for place in acknowledged.indices {
      let peer = ServerID(place + 1)
      guard peer != id, let match = matchIndex[peer], match > acknowledged[place] else { continue }
      let log = logs.log(of: peer)
      if let term = situation.log.term(at: match), log.term(at: match) == term { continue }
      report(
        .matchIsTrue,
        "\(id) leads term \(situation.currentTerm) with matchIndex \(match) for \(peer), "
          + "whose log " + LogHistory.tells(log, at: match) + ".", [id, peer])
    }
  }
}
