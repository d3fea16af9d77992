import Raft
import Sketches
import Testing
import Traces

@testable import Grading

/// What somebody does to a simulated cluster by hand.
@Suite struct HandMadeFaultsTests {
  @Test(arguments: [
    "179.5 kill 3", "0 restart 1,2", "400 pause 3; 500.000001 resume 3", "1 cut 1; 2 heal",
    "20000 put colour dark blue",
  ])
  func `what is understood is told as it was`(_ text: String) {
    #expect(HandMadeFaults(text, servers: 3)?.description == text)
  }

  @Test(arguments: [
    "", "kill 3", "1 kill", "1 kill 4", "1 kill 0", "1 kill 1,x", "1 kill 1 2", "-1 kill 1",
    "1.0000001 heal", "1. heal", "20000.000001 heal", "1 heal 2", "1 put colour", "1 explode 1",
    "1 heal; soon heal", "1 put it 's", "99999999999999999999 heal",
  ])
  func `what is not understood is refused`(_ text: String) {
    #expect(HandMadeFaults(text, servers: 3) == nil)
  }

  private func events(_ text: String?) throws -> [Trace.Event] {
    try ReplicationStory<ReplicationSketch>.run(
      servers: 3, seed: 1, faults: .none, byHand: text.flatMap { HandMadeFaults($0, servers: 3) }
    ).trace.events
  }

  @Test func `up to the first, the run is the one of its seed; then it goes another way`() throws {
    let plain = try events(nil)
    let time: Int64 = 300_000_001
    let text = "300.000001 kill 1,2,3; 1700 restart 1,2,3"
    let other = try events(text)
    let before = plain.filter { $0.time < time }
    #expect(before.count > 50 && Array(other.prefix(before.count)) == before)
    let crashed = other.filter { $0.kind == .crashed }
    #expect(crashed.map(\.server) == [1, 2, 3] && crashed.allSatisfy { $0.time == time })
    #expect(try #require(other.last).time > 3_500_000_000)
    #expect(try events(text) == other)
  }

  @Test func `a command goes to the leader of that moment`() throws {
    let events = try events("500 put colour dark blue").filter {
      $0.command == "put colour dark%20blue"
    }
    let submitted = try #require(events.first { $0.kind == .submitted })
    #expect(submitted.time == 500_000_000)
    #expect(events.count { $0.kind == .applied } == 3)
  }

  @Test func `the command that plays it again names it`() throws {
    let run = try ElectionsStory<ElectionsSketch>.run(
      servers: 3, seed: 7, faults: .none, byHand: HandMadeFaults("300 kill 1", servers: 3))
    #expect(
      run.trace.header.command
        == "swift run workbook simulate 3 --servers 3 --seed 7 --by-hand '300 kill 1'")
  }
}
