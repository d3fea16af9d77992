import Foundation
import Raft
import Testing
import Traces

/// Traces as files, and the ends of them.
@Suite struct LineTests {
  private let header = Trace.Header(chapter: 4, servers: 2, seed: nil, scenario: "none")

  private func state(_ term: Int, last: Int) -> Trace.State {
    Trace.State(
      term: Term(term), votedFor: nil, role: .follower, commitIndex: 0, lastApplied: 0,
      lastIndex: LogIndex(last), lastTerm: Term(term))
  }

  private func change(_ server: ServerID, at time: Int64, last: Int) -> Trace.Event {
    var event = Trace.Event(at: time, .changed, server)
    (event.before, event.after) = (state(1, last: last - 1), state(1, last: last))
    let entry = Trace.Entry(LogEntry(term: 1, command: Command("\(last)")))
    event.log = Trace.LogChange(kept: LogIndex(last - 1), appended: [entry])
    return event
  }

  private var trace: Trace {
    Trace(header: header, events: (1...9).map { change(1, at: Int64($0), last: $0) })
  }

  @Test func `a file is read as it was written`() throws {
    #expect(try Trace(lines: trace.lines) == trace)
  }

  @Test func `a line that was not finished is left out`() throws {
    var lines = trace.lines
    lines.removeLast(3)
    let read = try Trace(lines: lines)
    #expect(read.events == trace.events.dropLast())
  }

  @Test func `a line that is no event is told`() {
    let lines = trace.lines + Data("nonsense\n".utf8)
    let error = #expect(throws: Trace.Unreadable.self) { try Trace(lines: lines) }
    #expect(error?.description == "This is no trace: line 11, it is no event.")
    #expect(throws: Trace.Unreadable.self) { try Trace(lines: Data()) }
  }

  @Test func `the end of a trace says first what came of the rest`() throws {
    #expect(trace.end(9) == trace)
    let end = trace.end(2)
    #expect(end.header == header)
    #expect(end.events.suffix(2) == trace.events.suffix(2))
    try #require(end.events.count == 3)
    let first = end.events[0]
    #expect(first.kind == .changed && first.time == 8 && first.after == state(1, last: 7))
    #expect(first.log?.kept == 0)
    #expect(first.log?.appended.map(\.command) == (1...7).map(String.init))
  }

  @Test func `who was down or stood still before the end is so at its beginning`() {
    var whole = trace
    whole.events.append(change(2, at: 10, last: 1))
    whole.events.append(Trace.Event(at: 11, .crashed, 1))
    whole.events.append(Trace.Event(at: 12, .paused, 2))
    whole.events.append(Trace.Event(at: 13, .healed))
    let end = whole.end(1)
    #expect(end.events.map(\.kind) == [.changed, .paused, .healed])
    #expect(end.events.map(\.server) == [2, 2, nil])
  }
}
