internal import Contracts
internal import Raft

/// What is committed, whoever knows it yet.
///
/// An entry is committed the moment that a majority of disks holds it, or one after it, of the term
/// that those servers are in: from then on every election's majority has somebody who holds it.
/// A leader hears of it later, and followers later still.
struct CommitHistory {
  struct Last {
    let index: LogIndex
    let term: Term
  }

  /// The last committed entry of each term in which there was one, in order.
  private var lasts: [Last] = []
  /// A log that holds all that is committed.
  private var log = Log()

  var index: LogIndex { lasts.last?.index ?? 0 }

  /// The last entry that was committed in a term before this one.
  func last(before term: Term) -> Last? { lasts.last { $0.term < term } }

  /// The committed entry at `index`; nil where none is.
  subscript(index: LogIndex) -> LogEntry? { index <= self.index ? log[index] : nil }

  mutating func note(_ index: LogIndex, in term: Term, of log: Log) {
    guard index > self.index else { return }
    if lasts.last?.term == term { lasts.removeLast() }
    lasts.append(Last(index: index, term: term))
    self.log = log
  }
}

extension Invariants {
  /// A server has this on its disk.
  mutating func stores(_ id: ServerID, _ saved: PersistentState) {
    let log = saved.log
    guard log.lastIndex > 0, log.lastTerm == saved.currentTerm else { return }
    let majority = quorum.size
    let held: LogIndex? = withTerm(saved.currentTerm) { record in
      guard log.lastIndex > record.stored[id.number - 1] else { return nil }
      record.stored[id.number - 1] = log.lastIndex
      return record.stored.sorted(by: >)[majority - 1]
    }
    if let held { commits.note(held, in: saved.currentTerm, of: log) }
  }

  /// What a server of chapter 4 says of commits.
  mutating func advanced(_ id: ServerID, from before: Situation, to after: Situation) {
    let committed = after.commitIndex
    if committed < before.commitIndex {
      report(
        .indicesRise,
        "\(id) had commitIndex \(before.commitIndex), and then \(committed).", [id])
    }
    if after.lastApplied < before.lastApplied {
      report(
        .indicesRise,
        "\(id) had lastApplied \(before.lastApplied), and then \(after.lastApplied).", [id])
    }
    if after.lastApplied > committed, after.lastApplied > before.lastApplied {
      report(
        .indicesRise,
        "\(id) has applied index \(after.lastApplied), and its commitIndex is \(committed).", [id])
    }
    if committed > after.log.lastIndex {
      report(
        .indicesRise,
        "\(id) has commitIndex \(committed), and its log "
          + LogHistory.tells(after.log, at: committed) + ".", [id])
    } else if committed > before.commitIndex {
      commits(id, after)
    }
  }

  private mutating func commits(_ id: ServerID, _ situation: Situation) {
    let index = situation.commitIndex
    guard let term = situation.log.term(at: index), term != commits[index]?.term else { return }
    let entry = "\(id), in term \(situation.currentTerm), committed index \(index) of term \(term)"
    if let other = commits[index] {
      return report(
        .commitIsHeld, "\(entry), where an entry of term \(other.term) is committed.", [id])
    }
    let holders = (1...quorum.servers).count {
      logs.log(of: ServerID($0)).term(at: index) == term
    }
    guard quorum.isReached(by: holders) else {
      return report(
        .commitIsHeld, "\(entry): \(holders) of \(quorum.servers) servers hold it.", [id])
    }
    report(
      .commitIsHeld,
      "\(entry): a majority holds it, and none from there on of its leader's own term, "
        + "so that it can still be overwritten.", [id])
  }

  /// A commit is read from a server's stream; `last` is the one read before it in this life.
  mutating func applied(_ commit: Commit, by id: ServerID, after last: LogIndex) {
    if commit.index != last.next {
      report(
        .appliedInOrder,
        last == 0
          ? "\(id) handed on index \(commit.index) first."
          : "\(id) handed on index \(commit.index) after index \(last).", [id])
    }
    guard let entry = commits[commit.index] else {
      return report(
        .stateMachineSafety,
        "\(id) handed on index \(commit.index), and only those up to \(commits.index) "
          + "are committed.", [id])
    }
    if commit.command != entry.command {
      report(
        .stateMachineSafety,
        "\(id) handed on “\(LogHistory.short(commit.command))” at index \(commit.index), where "
          + "“\(LogHistory.short(entry.command))” is committed.", [id])
    } else if commit.term != entry.term {
      report(
        .stateMachineSafety,
        "\(id) handed on index \(commit.index) with term \(commit.term): the entry is of term "
          + "\(entry.term).", [id])
    }
  }
}
