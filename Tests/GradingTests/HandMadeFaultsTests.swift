import Raft
import Sketches
import Testing
import Traces

@testable import Grading

/// What somebody does to a simulated cluster by hand.
@Suite struct HandMadeFaultsTests {
  @Test(arguments: [
    "179.5 kill 3", "0 restart 1,2", "400 pause 3; 500.000001 resume 3", "1 cut 1; 2 heal",
    "1 slow 3 100; 2 slow 1,2 0", "1 elect 2",
    "20000 put colour dark blue",
  ])
  func `what is understood is told as it was`(_ text: String) {
    #expect(HandMadeFaults(text, servers: 3)?.description == text)
  }

  @Test(arguments: [
    "", "kill 3", "1 kill", "1 kill 4", "1 kill 0", "1 kill 1,x", "1 kill 1 2", "-1 kill 1",
    "1.0000001 heal", "1. heal", "20000.000001 heal", "1 heal 2", "1 put colour", "1 explode 1",
    "1 slow 3", "1 slow 3 10001", "1 slow 3 -1", "1 slow 4 100", "1 slow 3 100 2", "1 elect",
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

  @Test func `what a slow server sends arrives later, until it is slow no longer`() throws {
    let plain = try events(nil)
    let leader = try #require(plain.first { $0.word == "leader" }?.server)
    let id = leader.number
    let events = try events("300.000001 slow \(id) 400; 900.000001 slow \(id) 0")
    let told = events.filter { $0.kind == .conditions }
    #expect(told.map(\.server) == [leader, leader])
    #expect(told.map(\.delay) == [400_000_000, 0])
    #expect(
      told.map(\.sentence) == [
        "what S\(id) sends arrives 400 ms later", "S\(id) is slow no longer",
      ])
    let sent = Dictionary(
      events.filter { $0.kind == .sent && $0.server == leader }.map { ($0.number, $0.time) },
      uniquingKeysWith: { first, _ in first })
    let ways = events.filter { $0.kind == .delivered && $0.peer == leader }
      .map { (sent: sent[$0.number] ?? 0, time: $0.time - (sent[$0.number] ?? 0)) }
    let slow = ways.filter { (300_000_001..<900_000_001).contains($0.sent) }
    #expect(slow.count > 4 && slow.allSatisfy { (401_000_000...410_000_000).contains($0.time) })
    #expect(ways.count { $0.time <= 10_000_000 } == ways.count - slow.count)
    // Nobody hears from it for longer than they wait.
    #expect(events.contains { $0.word == "candidate" && $0.time > 400_000_000 })
    #expect(!plain.contains { $0.word == "candidate" && $0.time > 400_000_000 })
  }

  @Test func `nobody is slow any more once the network is healed`() throws {
    let events = try events("300 slow 1,2 50; 350 slow 2 50; 400 heal")
    let told = events.filter { $0.kind == .conditions }
    #expect(told.map(\.delay) == [50_000_000, 50_000_000, 0, 0])
  }

  @Test func `who is to stand does so at that moment, and a leader does not`() throws {
    let plain = try events(nil)
    let leader = try #require(plain.first { $0.word == "leader" }?.server)
    let other = leader == 1 ? 2 : 1
    let events = try events("300.000001 elect \(leader.number); 300.000002 elect \(other)")
    let stands = events.filter { $0.word == "candidate" && $0.time > 250_000_000 }
    #expect(stands.first?.server == ServerID(other) && stands.first?.time == 300_000_002)
    #expect(events.filter { $0.time < 300_000_002 } == plain.filter { $0.time < 300_000_002 })
    let paused = try self.events("300 pause \(other); 301 elect \(other); 310 resume \(other)")
    #expect(!paused.contains { $0.word == "candidate" && $0.time > 250_000_000 })
  }

  @Test func `the command that plays it again names it`() throws {
    let run = try ElectionsStory<ElectionsSketch>.run(
      servers: 3, seed: 7, faults: .none, byHand: HandMadeFaults("300 kill 1", servers: 3))
    #expect(
      run.trace.header.command
        == "swift run workbook simulate 3 --servers 3 --seed 7 --by-hand '300 kill 1'")
  }
}
