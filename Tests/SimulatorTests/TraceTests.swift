import Contracts
import Raft
import Simulator
import Sketches
import Testing
import Traces

private enum VotesTwice: Mistaken { static let mistake = Mistake.votesTwice }
private enum ForgetsItsVote: Mistaken { static let mistake = Mistake.forgetsToNoteItsVote }
private enum LeadsByHalf: Mistaken { static let mistake = Mistake.leadsByHalf }
private enum AppendsBlindly: Habitual { static let habit = Habit.appendsBlindly }
private enum CommitsAlone: Habitual { static let habit = Habit.commitsAlone }
private enum SaysYes: Habitual { static let habit = Habit.acknowledgesBlindly }

/// A run with faults, and what broke in it first.
private func run(
  _ kind: (some RaftServer).Type, _ count: Int, seed: UInt64
) throws -> (trace: Trace, broken: InvariantBroken?) {
  var options = ClusterOptions()
  options.conditions = .rough
  options.trace = .all
  let end = Duration.seconds(4)
  let outcome = try ClusterRun(
    Array(repeating: .server(kind), count: count), seed: seed,
    plan: .seeded(seed, servers: count, until: end), duration: .zero, options: options
  ).outcome { await load($0, until: end) }
  let header = Trace.Header(chapter: 4, servers: count, seed: seed, scenario: "test")
  return (Trace(outcome.events, header: header), outcome.broken.first)
}

/// The trace of the first run that breaks the invariant called `name`, and the breach in it.
private func breach(
  _ kind: (some RaftServer).Type, _ count: Int, _ name: String
) throws -> (trace: Trace, event: Trace.Event, broken: InvariantBroken) {
  for seed in 0..<200 as Range<UInt64> {
    let (trace, broken) = try run(kind, count, seed: seed)
    guard let broken, broken.name == name else { continue }
    return (trace, try #require(trace.events.first { $0.kind == .broken }), broken)
  }
  throw NotFound(name: name)
}

private struct NotFound: Error {
  let name: String
}

@Suite struct TraceTests {
  @Test func `a trace is read as it was written`() throws {
    let trace = try run(ReplicationSketch.self, 5, seed: 3).trace
    #expect(trace.events.count > 500)
    #expect(try Trace(lines: trace.lines) == trace)
  }

  @Test func `the same seed gives the same bytes`() throws {
    let first = try run(ReplicationSketch.self, 3, seed: 4).trace.lines
    #expect(try run(ReplicationSketch.self, 3, seed: 4).trace.lines == first)
    #expect(try run(ReplicationSketch.self, 3, seed: 5).trace.lines != first)
  }

  @Test func `a message is sent once, and arrives or is lost`() throws {
    let events = try run(ReplicationSketch.self, 3, seed: 1).trace.events
    var sent: [Int: Trace.Event] = [:]
    var ends = 0
    for event in events {
      guard let number = event.number else { continue }
      switch event.kind {
      case .sent:
        #expect(sent.updateValue(event, forKey: number) == nil)
      case .delivered, .lost:
        ends += 1
        let start = try #require(sent[number])
        #expect(start.time <= event.time)
        // Lost by its sender's own cut way, or on the way to its receiver.
        #expect(start.peer == event.server && start.server == event.peer)
        #expect((event.word != nil) == (event.kind == .lost))
      default: break
      }
    }
    #expect(ends > 100)
  }

  @Test func `states and logs can be followed`() throws {
    var terms: [ServerID: Term] = [:]
    var logs: [ServerID: [Trace.Entry]] = [:]
    var grown = 0
    for event in try run(ReplicationSketch.self, 3, seed: 2).trace.events {
      guard [.started, .called, .changed].contains(event.kind), let id = event.server else {
        continue
      }
      if let before = event.before { #expect(before.term == terms[id]) }
      let after = try #require(event.after ?? event.before)
      terms[id] = after.term
      if event.kind == .started { logs[id] = [] }
      if let change = event.log {
        grown += change.appended.count
        logs[id] = Array(logs[id, default: []].prefix(change.kept.number)) + change.appended
      }
      #expect(logs[id]?.count == after.lastIndex.number)
      #expect(logs[id]?.last?.term ?? 0 == after.lastTerm)
    }
    #expect(grown > 30)
  }

  @Test func `what a run fails of comes last, and is laid to what broke`() throws {
    var (trace, event, _) = try breach(
      WrongServer<VotesTwice>.self, 5, "a vote granted was a vote to grant")
    trace.fail("3.8.safe", "Something broke.", at: .zero)
    let last = try #require(trace.events.last)
    #expect(last.kind == .failed && last.word == "3.8.safe")
    #expect(last.server == event.server && last.number == event.number)
    #expect(trace.events.allSatisfy { $0.time <= last.time })
  }

  @Test func `a file that is no trace says where it is none`() throws {
    let lines = try run(ReplicationSketch.self, 1, seed: 1).trace.lines
    #expect(throws: Trace.Unreadable.self) { try Trace(lines: lines.dropFirst(10)) }
    #expect(throws: Trace.Unreadable.self) { try Trace(lines: lines.dropLast(10) + "\n".utf8) }
    let later = lines.replacing("\"version\":1".utf8, with: "\"version\":2".utf8)
    let error = #expect(throws: Trace.Unreadable.self) { try Trace(lines: later) }
    #expect(error?.description == "This is no trace: line 1, it is of version 2, not 1.")
  }
}

/// What is wrong is laid to a server, and to the message with which it went wrong.
@Suite struct TraceBreachTests {
  @Test func `a server votes twice`() throws {
    let (trace, event, broken) = try breach(
      WrongServer<VotesTwice>.self, 5, "a vote granted was a vote to grant")
    let request = try message(event, in: trace)
    #expect(event.server == broken.servers[0])
    #expect(request.message?.kind == .requestVote)
    #expect(request.peer == event.server)
    #expect(request.server == broken.servers[1])
  }

  @Test func `a server's disk does not know of its vote`() throws {
    let (trace, event, broken) = try breach(
      WrongServer<ForgetsItsVote>.self, 3, "the disk covers every promise sent")
    let reply = try message(event, in: trace)
    #expect([event.server] == broken.servers)
    #expect(reply.message?.kind == .requestVoteReply)
    #expect(reply.message?.voteGranted == true)
    #expect(reply.server == event.server)
  }

  @Test func `a server leads with too few votes`() throws {
    let (trace, event, _) = try breach(WrongServer<LeadsByHalf>.self, 4, "Election Safety")
    let vote = try message(event, in: trace)
    #expect(vote.message?.kind == .requestVoteReply)
    #expect(vote.peer == event.server)
    #expect(event.sentence?.contains("\(event.server ?? 0) leads term") == true)
  }

  @Test func `a follower appends what does not fit its log`() throws {
    let (trace, event, broken) = try breach(
      Replica<AppendsBlindly>.self, 3, "Log Matching")
    let request = try message(event, in: trace)
    #expect(event.server == broken.servers[0])
    #expect(request.message?.kind == .appendEntries)
    #expect(request.message?.count ?? 0 > 0)
    #expect(request.peer == event.server)
  }

  @Test func `a leader commits what it holds alone`() throws {
    let (trace, event, broken) = try breach(
      Replica<CommitsAlone>.self, 3, "what is committed, a majority holds")
    #expect([event.server] == broken.servers)
    let leads = trace.events.last { $0.kind == .role && $0.server == event.server }
    #expect(leads?.word == "leader")
  }

  @Test func `a follower says that it holds what it does not`() throws {
    let (trace, event, broken) = try breach(
      Replica<SaysYes>.self, 3, "the disk covers every entry sent or acknowledged")
    let reply = try message(event, in: trace)
    #expect([event.server] == broken.servers)
    #expect(reply.message?.kind == .appendEntriesReply)
    #expect(reply.message?.success == true)
    #expect(reply.server == event.server)
  }

  /// The sending of the message that the breach is laid to.
  private func message(_ event: Trace.Event, in trace: Trace) throws -> Trace.Event {
    let number = try #require(event.number)
    return try #require(trace.events.first { $0.kind == .sent && $0.number == number })
  }
}
