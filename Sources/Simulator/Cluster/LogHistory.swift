internal import Raft

/// Every entry that was ever seen in a log, and what stood before it: what Log Matching is about.
///
/// Each entry has a number that stands for itself and all before it. So whether two logs agree up
/// to an index is one comparison, and a server that appends costs what it appends.
struct LogHistory {
  private struct Place: Hashable {
    let index: LogIndex
    let term: Term
  }

  private struct Known {
    let number: Int
    let previous: Int
    let command: Command
    let server: ServerID
  }

  /// What is wrong with an entry that a server has taken into its log.
  enum Problem {
    /// Another entry was seen of this index and term, in another server's log.
    case otherCommand(Command, ServerID)
    /// The same entry was seen, and another one before it.
    case otherPast(ServerID)
  }

  private var known: [Place: Known] = [:]
  private var count = 0
  /// Each server's log as last seen, across its lives.
  private var logs: [Log]
  /// The numbers of its entries.
  private var numbers: [[Int]]

  init(servers: Int) {
    logs = Array(repeating: Log(), count: servers)
    numbers = Array(repeating: [], count: servers)
  }

  func log(of id: ServerID) -> Log { logs[id.number - 1] }

  /// Follows a server's log to where it is now, and says what changed.
  mutating func follow(
    _ id: ServerID, to log: Log, found: (LogIndex, LogEntry, Problem) -> Void
  ) -> Log.Change {
    let place = id.number - 1
    let change = log.changes(since: logs[place])
    logs[place] = log
    if change.kept.number < numbers[place].count {
      numbers[place].removeLast(numbers[place].count - change.kept.number)
    }
    var index = change.kept
    for entry in change.appended {
      index = index.next
      let previous = numbers[place].last ?? 0
      let (number, problem) = enter(entry, at: index, after: previous, by: id)
      numbers[place].append(number)
      if let problem { found(index, entry, problem) }
    }
    return change
  }

  /// The entry's number: a new one, too, where it does not fit what was seen before.
  private mutating func enter(
    _ entry: LogEntry, at index: LogIndex, after previous: Int, by id: ServerID
  ) -> (Int, Problem?) {
    let place = Place(index: index, term: entry.term)
    guard let other = known[place] else {
      count += 1
      known[place] = Known(
        number: count, previous: previous, command: entry.command, server: id)
      return (count, nil)
    }
    if other.command == entry.command, other.previous == previous { return (other.number, nil) }
    count += 1
    return (
      count,
      other.command == entry.command
        ? .otherPast(other.server) : .otherCommand(other.command, other.server)
    )
  }
}

extension LogHistory {
  /// What a log has at an index, in words: "has term 3 there", "ends at index 4".
  static func tells(_ log: Log, at index: LogIndex) -> String {
    guard let term = log.term(at: index) else {
      return log.isEmpty ? "is empty" : "ends at index \(log.lastIndex)"
    }
    return "has an entry of term \(term) there"
  }

  /// A command, cut where it is long.
  static func short(_ command: Command) -> String {
    let text = command.text
    return text.utf8.count > 40 ? String(text.prefix(37)) + "…" : text
  }
}
