internal import Contracts
internal import Raft

// How a story tells what chapter 4 adds to chapter 3's messages. Entries are written as the text
// writes them, "2:x" for the command x of term 2, and places as "index/term".

extension AppendEntries {
  /// The message with what it says of the log; a heartbeat that says nothing of it, as `told`.
  var toldInFull: String {
    if prevLogIndex == 0, entries.isEmpty, leaderCommit == 0 { return told }
    return "AppendEntries(term \(term), leader \(leaderID), after \(prevLogIndex)/\(prevLogTerm), "
      + "\(entries.isEmpty ? "no entries" : brief(entries, as: \.told)), commit \(leaderCommit))"
  }
}

extension AppendEntries.Conflict {
  var told: String {
    term.map { "term \($0), from \(firstIndex) on" } ?? "no entry, from \(firstIndex) on"
  }
}

extension LogEntry {
  var told: String { "\(term):\(brief(command.text))" }
}

extension Commit {
  var told: String { "\(index)/\(term) \(brief(command.text))" }
}

extension Contracts.Outcome {
  var told: String {
    switch self {
    case .applied(let answer): "applied: \(answer.told)"
    case .refused(let leader): "refused, leader \(leader.map { "\($0)" } ?? "not known")"
    case .unknown: "unknown"
    }
  }
}

extension KeyValue.Answer {
  var told: String {
    switch self {
    case .done: "done"
    case .value(let value): value.map { "value \(quoted($0))" } ?? "no value"
    case .swapped(let isSwapped): "swapped: \(isSwapped)"
    case .notUnderstood: "not understood"
    }
  }
}

extension KeyValue.Operation {
  var told: String {
    switch self {
    case .put(let key, let value): "put \(quoted(key)) \(quoted(value))"
    case .get(let key): "get \(quoted(key))"
    case .delete(let key): "delete \(quoted(key))"
    case .compareAndSet(let key, let expected, let value):
      "compareAndSet \(quoted(key)) from \(expected.map(quoted) ?? "nothing") to \(quoted(value))"
    }
  }
}

/// A text between quotes, the beginning of it where it is long.
func quoted(_ text: String) -> String { "\"\(brief(text))\"" }

/// A text that fits into a line: its beginning, and how much more there is. What a terminal would
/// not show, or would obey, is written as in Swift.
func brief(_ text: String) -> String {
  let size = text.utf8.count
  let start = String(size > 32 ? text.prefix(12) : text[...])
  let shown = start.debugDescription.dropFirst().dropLast()
  return size > 32 ? "\(shown)… (\(size) bytes)" : String(shown)
}

/// A few things in one line: the first and the last where they are many.
func brief<Item>(_ items: [Item], as told: (Item) -> String) -> String {
  guard items.count > 6 else { return items.map(told).joined(separator: " ") }
  let first = items.prefix(3).map(told).joined(separator: " ")
  return "\(first) … \(told(items[items.count - 1])) (\(items.count) of them)"
}

func brief(_ entries: [LogEntry]) -> String {
  entries.isEmpty ? "an empty log" : brief(entries, as: \.told)
}

func brief(_ commits: [Commit]) -> String {
  commits.isEmpty ? "nothing" : brief(commits, as: \.told)
}
