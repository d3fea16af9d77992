import Foundation
import Raft
import Testing

/// The log is a value, whatever its copies share.
@Suite struct LogTests {
  private let log: Log = [
    LogEntry(term: 1, command: "a"), LogEntry(term: 1, command: "b"),
    LogEntry(term: 3, command: "c"),
  ]

  @Test func `indices begin at one, and zero is before the first`() {
    #expect(log.lastIndex == 3)
    #expect(log.lastTerm == 3)
    #expect(log[1]?.command == "a")
    #expect(log[0] == nil && log[4] == nil)
    #expect(log.term(at: 0) == 0 && log.term(at: 4) == nil)
    #expect(Log().lastIndex == 0 && Log().lastTerm == 0 && Log().isEmpty)
  }

  @Test func `the entries from an index on`() {
    #expect(log.suffix(from: 2).map(\.command) == ["b", "c"])
    #expect(log.suffix(from: 0).count == 3)
    #expect(log.suffix(from: 4).isEmpty)
  }

  @Test func `a copy does not see what the original appends`() {
    var original = log
    let copy = original
    original.append(LogEntry(term: 3, command: "d"))
    #expect(copy.lastIndex == 3 && original.lastIndex == 4)
    #expect(copy == log)
  }

  @Test func `two copies may go on differently`() {
    var left = log
    var right = log
    left.append(LogEntry(term: 4, command: "left"))
    right.append(LogEntry(term: 5, command: "right"))
    #expect(left[4]?.command == "left" && right[4]?.command == "right")
  }

  @Test func `a truncated log appends without disturbing whoever kept the tail`() {
    let whole = log
    var cut = log
    cut.truncate(after: 1)
    cut.append(LogEntry(term: 9, command: "z"))
    #expect(cut.entries.map(\.command) == ["a", "z"])
    #expect(whole.entries.map(\.command) == ["a", "b", "c"])
  }

  @Test func `truncating beyond the end changes nothing`() {
    var same = log
    same.truncate(after: 9)
    #expect(same == log)
    same.truncate(after: 0)
    #expect(same.isEmpty)
  }

  @Test func `changes say what was kept and what came`() {
    var later = log
    later.append(LogEntry(term: 4, command: "d"))
    #expect(
      later.changes(since: log)
        == Log.Change(kept: 3, appended: [LogEntry(term: 4, command: "d")]))
    var replaced = log
    replaced.truncate(after: 1)
    replaced.append(LogEntry(term: 5, command: "e"))
    #expect(
      replaced.changes(since: log)
        == Log.Change(kept: 1, appended: [LogEntry(term: 5, command: "e")]))
    #expect(log.changes(since: log) == Log.Change(kept: 3, appended: []))
  }

  @Test func `what is kept in a report costs no copy at the next append`() {
    // 20,000 appends with every version kept: quadratic copying would take 200 million moves, and
    // this test would never have been patient enough.
    var growing = Log()
    var reports: [Log] = []
    for number in 0..<20_000 {
      growing.append(LogEntry(term: 1, command: Command("\(number)")))
      reports.append(growing)
    }
    #expect(reports[9].lastIndex == 10 && growing.lastIndex == 20_000)
  }

  @Test func `messages and state travel as JSON unchanged`() throws {
    let request = AppendEntries(
      term: 3, leaderID: 1, prevLogIndex: 2, prevLogTerm: 1,
      entries: [LogEntry(term: 3, command: "x")], leaderCommit: 2)
    let state = PersistentState(currentTerm: 3, votedFor: 2, log: log)
    let encoder = JSONEncoder()
    let decoder = JSONDecoder()
    #expect(try decoder.decode(AppendEntries.self, from: encoder.encode(request)) == request)
    #expect(try decoder.decode(PersistentState.self, from: encoder.encode(state)) == state)
  }
}
