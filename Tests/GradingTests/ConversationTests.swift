import Contracts
import Raft
import Simulator
import Sketches
import Testing
import Traces

@testable import Grading

/// The conversations of chapter 4, on a server that was written apart from the reference: what is
/// right in its own way passes, and what it leaves out is named.
@Suite struct ConversationTests {
  private typealias Checks = ReplicationChecks<ReplicationSketch, ReplicationSketch>

  private static let groups: [String: [Check]] = [
    "4.3": Checks.sendingEntries, "4.5": Checks.appendReplies, "4.7": Checks.commitStream,
    "4.8": Checks.keyValueStore, "4.9": Checks.tellingClients,
  ]

  @Test(arguments: ["4.3", "4.5", "4.7", "4.8", "4.9"])
  func `another right server passes`(_ step: String) throws {
    let checks = try #require(Self.groups[step])
    #expect(!checks.isEmpty)
    for check in checks { try check.run() }
  }

  /// The sketch gives no hints, which is right everywhere but in the extra step.
  @Test func `a hint that is missing is told with the log that it would be about`() throws {
    let finding = try #require(
      #expect(throws: Finding.self) {
        for check in Checks.fewerRoundTrips { try check.run() }
      })
    #expect(finding.rule.id == "4.11.hint")
    #expect(finding.happened == "S2 leads, and sent S1 a message for what comes after 1/1.")
    #expect(finding.facts.first == Fact("S1 had", "an empty log"))
    #expect(finding.facts.last == Fact("its hint", "none"))
    #expect(finding.reference == "no entry, from 1 on")
  }

  @Test func `a broken rule of a conversation has its run, for a picture`() throws {
    let finding = try #require(
      #expect(throws: Finding.self) {
        for check in Checks.fewerRoundTrips { try check.run() }
      })
    let trace = try #require(finding.recording)
    #expect(trace.header.chapter == 4 && trace.header.servers == 3)
    #expect(trace.header.scenario == "receive(request): S1 is yours, its peers follow a script")
    #expect(
      trace.events.map(\.kind)
        == [.started, .started, .started, .changed, .sent, .delivered, .called, .failed])
    #expect(trace.events[4].message?.kind == .appendEntries)
    #expect(trace.events[6].message?.success == false && trace.events[6].after?.term == 4)
    let last = try #require(trace.events.last)
    #expect(last.word == "4.11.hint" && last.server == 1 && last.sentence == finding.happened)
  }

  @Test func `a scene is told as the messages and the calls that it was made of`() throws {
    let simulation = Simulation(schedule: .inOrder)
    try simulation.run { simulation in
      let scene = Scene<ReplicationSketch>(simulation, servers: 3) { _, peer in
        peer == 2
          ? .heartbeat(success: true, after: .milliseconds(3)) : .unreachable(after: .seconds(1))
      }
      await scene.lead()
      await scene.propose("x")
      await scene.heartbeatInterval()
    }
    func told(_ event: Trace.Event) -> String {
      let server = event.server.map(\.description) ?? "–"
      return "\(event.time / 1_000_000) \(server) \(event.kind) \(event.number ?? 0)"
    }
    #expect(
      simulation.events.filter { ![.started, .changed].contains($0.kind) }.map(told) == [
        "0 S1 called 0", "0 S1 called 0", "0 S1 timerElapsed 0", "0 S1 sent 1", "0 S2 delivered 1",
        "0 S2 sent 2", "0 S1 sent 3", "0 S3 lost 3", "3 S1 delivered 2", "1000 S1 unreachable 3",
      ])
    let calls = simulation.events.filter { $0.kind == .called }
    #expect(calls[0].after?.role == .leader && calls[1].log?.appended.map(\.command) == ["x"])
  }

  @Test func `each rule of a step has an id of its own, and belongs to the step`() {
    for (step, checks) in Self.groups {
      let ids = checks.map(\.rule.id)
      #expect(Set(ids).count == ids.count)
      #expect(ids.allSatisfy { $0.hasPrefix(step + ".") })
    }
  }

  @Test func `the peers keep what they are sent`() throws {
    let simulation = Simulation(schedule: .inOrder)
    try simulation.run { simulation in
      let saved = PersistentState(currentTerm: 1, log: [LogEntry(term: 1, command: "a")])
      let followers = Followers<ReplicationSketch>([2, 3], saved: [2: saved])
      let scene = Scene<ReplicationSketch>(simulation, servers: 3, saved: saved) {
        await followers.answer($0, $1, after: .milliseconds(1))
      }
      await scene.lead()
      await scene.propose("x")
      let log = await scene.log
      #expect(await followers.unlike(log) == [2, 3])
      try await scene.hosted { await scene.wait(until: .seconds(1)) }
      #expect(await followers.unlike(log).isEmpty)
    }
  }

  @Test func `a text is told in one line, whatever is in it`() {
    #expect(brief("put a b") == "put a b")
    #expect(brief("a\u{0}\n") == "a\\0\\n")
    #expect(brief(String(repeating: "x", count: 1 << 20)) == "xxxxxxxxxxxx… (1048576 bytes)")
    #expect(
      brief((1...9).map { LogEntry(term: Term($0), command: "a") })
        == "1:a 2:a 3:a … 9:a (9 of them)")
  }
}
