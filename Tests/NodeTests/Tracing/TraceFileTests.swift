import Foundation
import Raft
import Testing
import Traces

@testable import Node

/// A trace that is written while a node runs.
@Suite struct TraceFileTests {
  private let header = Trace.Header(chapter: 4, servers: 3, seed: nil, scenario: "S2")

  private func file(_ scratch: Scratch, _ bounds: TraceFile.Bounds) throws -> (TraceFile, URL) {
    let url = scratch.folder.appendingPathComponent("trace")
    return (try TraceFile(url, of: 2, header: header, since: 0, bounds), url)
  }

  /// What stands there once so many events do.
  private func trace(_ url: URL, of count: Int) async throws -> Trace {
    try await eventually("\(count) events") {
      let trace = try Trace(lines: try Data(contentsOf: url))
      return trace.events.count >= count ? trace : nil
    }
  }

  @Test func `events stand there in the order of their times`() async throws {
    let scratch = try Scratch()
    let (file, url) = try file(scratch, TraceFile.Bounds())
    for number in 1...500 { file.add { Trace.Event(at: $0, .sent, 2, peer: 1, number: number) } }
    let trace = try await trace(url, of: 500)
    #expect(trace.header == header)
    #expect(trace.events.map(\.number) == Array(1...500))
    let times = trace.events.map(\.time)
    #expect(times == times.sorted() && times[0] > 0)
  }

  @Test func `a trace that is full says so, and takes no more`() async throws {
    let scratch = try Scratch()
    var bounds = TraceFile.Bounds()
    bounds.bytes = 1_000
    let (file, url) = try file(scratch, bounds)
    for _ in 1...100 { file.add { Trace.Event(at: $0, .crashed, 2) } }
    let last = try await eventually("an end") {
      let trace = try Trace(lines: try Data(contentsOf: url))
      return trace.events.last.flatMap { $0.kind == .untold ? $0 : nil }
    }
    #expect(last.sentence == "S2 tells no more of itself: its trace is 1000 bytes long")
    #expect(try Data(contentsOf: url).count < 1_200)
  }

  @Test func `what the disk cannot keep up with ends a trace`() async throws {
    let scratch = try Scratch()
    var bounds = TraceFile.Bounds()
    bounds.waiting = 0
    let (file, url) = try file(scratch, bounds)
    for _ in 1...3 { file.add { Trace.Event(at: $0, .crashed, 2) } }
    let trace = try await trace(url, of: 1)
    #expect(trace.events.map(\.kind) == [.untold])
    #expect(
      trace.events[0].sentence == "S2 tells no more of itself: more happens than can be written")
  }

  @Test func `where no trace can be written, that is told`() {
    let nowhere = URL(fileURLWithPath: "/nowhere/trace")
    #expect(
      throws: DiskProblem(
        "The trace /nowhere/trace cannot be written: the folder may be missing, or the disk full.")
    ) { try TraceFile(nowhere, of: 2, header: header, since: 0) }
  }
}
