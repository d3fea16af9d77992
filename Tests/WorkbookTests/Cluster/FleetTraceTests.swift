import Contracts
import Dashboard
import Foundation
import Grading
import Raft
import Testing
import Traces

@testable import Platform
@testable import workbook

/// What several processes have written, as one trace.
@Suite struct FleetTraceTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("workbook-trace-\(UUID().uuidString)")
  private let header = Trace.Header(chapter: 4, servers: 3, seed: nil, scenario: "test")

  private func write(_ events: [Trace.Event], of server: Int, _ trace: FleetTrace) throws {
    try Trace(header: header, events: events).lines.write(to: trace.file(for: server))
  }

  private let vote = Trace.Message(RequestVote(term: 1, candidateID: 1))

  private func sent(_ number: Int, at time: Int64, from: ServerID, to: ServerID) -> Trace.Event {
    var event = Trace.Event(at: time, .sent, from, peer: to, number: number)
    event.message = vote
    return event
  }

  private func delivered(
    _ number: Int, at time: Int64, from: ServerID, to: ServerID
  ) -> Trace.Event {
    var event = Trace.Event(at: time, .delivered, to, peer: from, number: number)
    event.message = vote
    return event
  }

  private func words(_ trace: Trace) -> [String] {
    trace.events.map { event in
      [
        event.kind.rawValue, event.server?.description, event.peer?.description,
        event.number.map(String.init), event.word,
      ].compactMap { $0 }.joined(separator: " ")
    }
  }

  @Test func `what several wrote is put in order, and arrives as it was sent`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = try FleetTrace(folder)
    try write([sent(1, at: 10, from: 1, to: 2), sent(2, at: 11, from: 1, to: 3)], of: 1, trace)
    try write([delivered(1, at: 12, from: 1, to: 2)], of: 2, trace)
    let merged = try trace.merged(header)
    #expect(words(merged) == ["sent S1 S2 1", "sent S1 S3 2", "delivered S2 S1 1"])
    // Its message stands where it was sent.
    #expect(merged.events[0].message == vote && merged.events[2].message == nil)
  }

  @Test func `what a killed server could not tell is told by who received it`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = try FleetTrace(folder)
    try write([], of: 1, trace)
    try write([delivered(1, at: 12, from: 1, to: 2)], of: 2, trace)
    // It came too late, and nobody knows what it was.
    try write([Trace.Event(at: 13, .lost, 3, peer: 1, number: 2)], of: 3, trace)
    let merged = try trace.merged(header)
    #expect(words(merged) == ["sent S1 S2 1", "delivered S2 S1 1"])
    #expect(merged.events[0].message == vote && merged.events[0].time == 12)
  }

  @Test func `what never arrives is lost with its receiver, or at a cut`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = try FleetTrace(folder)
    try write([sent(1, at: 0, from: 1, to: 2), sent(2, at: 0, from: 1, to: 3)], of: 1, trace)
    trace.note(.cut, 1, peer: 3)
    trace.note(.healed)
    trace.note(.crashed, 2)
    trace.end()
    trace.note(.crashed, 1)
    let last: Int64 = 3_600_000_000_000
    try write([sent(3, at: last, from: 3, to: 2), sent(4, at: last, from: 3, to: 1)], of: 3, trace)
    #expect(
      words(try trace.merged(header)) == [
        "sent S1 S2 1", "sent S1 S3 2", "cut S1 S3", "lost S3 S1 2 cut", "healed", "crashed S2",
        "lost S2 S1 1 down", "sent S3 S2 3", "lost S2 S3 3 down", "sent S3 S1 4",
      ])
  }

  @Test func `a server that was killed at once has told nothing, and nonsense is told`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let trace = try FleetTrace(folder)
    _ = trace.file(for: 1)
    try Data("{\"chapter\":4".utf8).write(to: trace.file(for: 2))
    #expect(try trace.merged(header).events.isEmpty)
    let file = trace.file(for: 3)
    try Data("nonsense\n".utf8).write(to: file)
    let message = "This is no trace: line 1, it does not begin with a trace's header."
    #expect(throws: Trouble("\(file.path): \(message)")) { try trace.merged(header) }
  }
}

extension FleetTests {
  /// What every run with these faults has.
  private static let kinds: Set<Trace.Kind> = [
    .started, .crashed, .paused, .resumed, .cut, .healed, .conditions, .sent, .delivered, .lost,
    .timerSet, .timerStopped, .timerFired, .timerElapsed, .called, .changed, .role, .saved,
    .submitted, .answered, .applied,
  ]

  @Test func `servers as processes are told as the simulator tells of its own`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var plan = try plan(3)
    plan.isTraced = true
    let fleet = try Fleet(plan)
    try await fleet.run {
      let client = StoreClient(ports: fleet.clientPorts)
      put("1", at: "a", client)
      let old = try await leader(of: fleet)
      try await fleet.kill(old.server)
      put("2", at: "a", client)
      try await fleet.restart(old.server)
      let other = try await leader(of: fleet).server
      let follower = try #require(fleet.servers.first { $0 != other })
      try fleet.slow(follower, by: 20)
      try fleet.cut([[follower]])
      put("3", at: "a", client)
      try fleet.heal()
      try fleet.pause(follower)
      try fleet.resume(follower)
      try await fleet.waitUntil(follower, holds: 3)
    }
    let header = Trace.Header(chapter: 4, servers: 3, seed: nil, scenario: "test")
    let trace = try #require(fleet.trace).merged(header)
    #expect(Set(trace.events.map(\.kind)).isSuperset(of: Self.kinds))
    let times = trace.events.map(\.time)
    #expect(times == times.sorted())
    expectOrder(trace)
    let page = Picture(of: trace.end(1_000)).html
    #expect(String(decoding: page, as: UTF8.self).contains("\"scenario\":\"test\""))
  }

  @Test func `after Ctrl-C the servers end, and what happened is written`() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let own = try Folder()
    defer { own.remove() }
    let file = own.url.appendingPathComponent("trace.jsonl")
    let record = try FleetRecord(
      Arguments(["--trace", file.path], for: .cluster), in: own.surroundings)
    var plan = try plan(3)
    plan.isTraced = true
    let fleet = try Fleet(plan)
    let run = Task {
      try await record.run(fleet) {
        _ = try await leader(of: fleet)
        let interrupt = try #require(Interrupts.takeFirst())
        interrupt()
        try await Task.sleep(for: Self.patience)
      }
    }
    await #expect(throws: CancellationError.self) { try await run.value }
    #expect(fleet.running.isEmpty && Interrupts.takeFirst() == nil)
    let trace = try Trace(lines: Data(contentsOf: file))
    #expect(trace.events.contains { $0.word == "leader" })
    // They end since all is over, and not since something happened to them.
    #expect(!trace.events.contains { $0.kind == .crashed })
    #expect(own.output.text.contains("\(trace.events.count) events are in trace.jsonl."))
  }

  /// Whatever arrives was sent, once; replies answer what was sent; terms never fall.
  private func expectOrder(_ trace: Trace) {
    var sent: Set<Int> = []
    var terms: [ServerID: Term] = [:]
    for event in trace.events {
      switch event.kind {
      case .sent:
        #expect(sent.insert(event.number ?? 0).inserted, "\(event)")
        if let asked = event.answers { #expect(sent.contains(asked), "\(event)") }
      case .delivered, .lost: #expect(sent.contains(event.number ?? 0), "\(event)")
      default: break
      }
      guard let id = event.server, let term = event.after?.term, event.kind != .saved else {
        continue
      }
      #expect(term >= terms[id] ?? 0, "\(event)")
      terms[id] = term
    }
    let arrived = trace.events.count { $0.kind == .delivered }
    let called = trace.events.count { $0.kind == .called }
    #expect(arrived > called && called > 10)
  }
}

extension Fleet {
  /// Waits until a server holds so many entries.
  fileprivate func waitUntil(_ server: Int, holds count: Int) async throws {
    let deadline = ContinuousClock.now + FleetTests.patience
    while ContinuousClock.now < deadline {
      if let last = status(of: server)?.lastIndex, last >= count { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("S\(server) does not hold \(count) entries")
  }
}
