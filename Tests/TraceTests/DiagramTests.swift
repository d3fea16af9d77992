import Raft
import Testing
import Traces

@Suite struct DiagramTests {
  private func state(_ term: Term, _ role: Role, last: LogIndex = 0) -> Trace.State {
    Trace.State(
      term: term, votedFor: nil, role: role, commitIndex: 0, lastApplied: 0, lastIndex: last,
      lastTerm: last == 0 ? 0 : term)
  }

  private func milliseconds(_ time: Int64) -> Int64 { time * 1_000_000 }

  /// S1 stands, S2 votes for it, S3 does not hear of it; S1 leads, and is silent on its heartbeats.
  private var election: Trace {
    var events: [Trace.Event] = (1...3).map { number in
      var event = Trace.Event(at: 0, .started, ServerID(number))
      event.after = state(0, .follower)
      return event
    }
    func add(
      _ time: Int64, _ kind: Trace.Kind, _ server: ServerID, peer: ServerID? = nil,
      number: Int? = nil, _ change: (inout Trace.Event) -> Void = { _ in }
    ) {
      var event = Trace.Event(at: milliseconds(time), kind, server, peer: peer, number: number)
      change(&event)
      events.append(event)
    }
    add(150, .changed, 1) { ($0.before, $0.after) = (state(0, .follower), state(1, .candidate)) }
    add(150, .role, 1) { $0.word = "candidate" }
    let request = RequestVote(term: 1, candidateID: 1)
    add(150, .sent, 1, peer: 2, number: 1) { $0.message = .init(request) }
    add(150, .sent, 1, peer: 3, number: 2) { $0.message = .init(request) }
    add(150, .lost, 3, peer: 1, number: 2) { $0.word = "dropped" }
    add(155, .delivered, 2, peer: 1, number: 1)
    let vote = RequestVote.Reply(term: 1, voteGranted: true)
    add(155, .called, 2, peer: 1, number: 1) {
      ($0.word, $0.message) = ("RequestVote", .init(vote))
      ($0.before, $0.after) = (state(0, .follower), state(1, .follower))
    }
    add(155, .sent, 2, peer: 1, number: 3) { ($0.message, $0.answers) = (.init(vote), 1) }
    add(160, .delivered, 1, peer: 2, number: 3)
    add(160, .changed, 1) { ($0.before, $0.after) = (state(1, .candidate), state(1, .leader)) }
    add(160, .role, 1) { $0.word = "leader" }
    for beat in 0..<8 {
      let heartbeat = AppendEntries(term: 1, leaderID: 1)
      add(160 + 50 * Int64(beat), .sent, 1, peer: 2, number: 10 + beat) {
        $0.message = .init(heartbeat)
      }
      add(165 + 50 * Int64(beat), .delivered, 2, peer: 1, number: 10 + beat)
    }
    add(600, .crashed, 1)
    return Trace(
      header: .init(chapter: 3, servers: 3, seed: 1, scenario: "none"), events: events)
  }

  @Test func `an election, row by row`() {
    #expect(
      Diagram(election).lines(width: 64) == [
        "    time    S1               S2               S3",
        "  0.150 s   ● stands         │                │",
        "  0.150 s   ├─RequestVote, term 1────────────✗│",
        "  0.155 s   ├─RequestVote 1─▶│                │",
        "  0.155 s   ┊                ● votes for S1   │",
        "  0.160 s   ┊◀─────granted 1─┤                │",
        "  0.160 s   ● leads          │                │",
        "  0.165 s   ├─heartbeat 1───▶│                │",
        "      ⋮        7 heartbeats and replies       │",
        "  0.600 s   ● crashes        │                │",
      ])
  }

  @Test(arguments: [40, 60, 80, 100, 200])
  func `a line keeps to the width`(_ width: Int) {
    let lines = Diagram(election).lines(width: width)
    #expect(lines.count == 10)
    for line in lines { #expect(line.count <= width) }
  }

  @Test func `the end of a diagram says how much is missing`() {
    let lines = Diagram(election).end(2).lines(width: 64)
    #expect(
      lines == [
        "… 7 earlier rows",
        "    time    S1               S2               S3",
        "      ⋮        7 heartbeats and replies       │",
        "  0.600 s   ● crashes        │                │",
      ])
    #expect(Diagram(election).end(8).lines(width: 64)[0] == "… 1 earlier row")
  }

  @Test func `a breach is marked on the lane of its server`() {
    var trace = election
    var broken = Trace.Event(at: milliseconds(610), .broken, 2)
    broken.word = "Election Safety"
    trace.events.append(broken)
    #expect(
      Diagram(trace).lines(width: 64).last
        == "  0.610 s                    ✗ Election Safety")
    let breach = Diagram(trace).lines(width: 64)
    trace.events.append(Trace.Event(at: milliseconds(700), .crashed, 3))
    #expect(Diagram(trace).lines(width: 64).count == breach.count + 1)
    #expect(Diagram(trace).end(20).lines(width: 64) == breach)
  }

  @Test func `a long command is cut, and a trace stays small`() {
    let entry = Trace.Entry(LogEntry(term: 1, command: Command(String(repeating: "é", count: 500))))
    #expect(entry.command.count == 60 && entry.command.hasSuffix("…"))
    let request = AppendEntries(
      term: 1, leaderID: 1, entries: Array(repeating: LogEntry(term: 1, command: "x"), count: 900))
    let message = Trace.Message(request)
    #expect(message.count == 900)
    #expect(message.entries?.count == 10)
  }
}
