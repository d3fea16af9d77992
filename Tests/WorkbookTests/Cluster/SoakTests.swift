import Contracts
import Foundation
import Simulator
import Testing

@testable import workbook

@Suite struct SoakTests {
  @Test(arguments: [
    (
      ClientOperation(
        client: 3, .put(key: "k", value: "v"), called: 1, returned: 2, outcome: .ok(.done)),
      #"{"call":1,"client":3,"expected":null,"key":"k","op":"put","outcome":"ok","#
        + #""result":null,"return":2,"value":"v"}"#
    ),
    (
      ClientOperation(
        client: 3, .get(key: "k"), called: 1, returned: 2, outcome: .ok(.value("v"))),
      #"{"call":1,"client":3,"expected":null,"key":"k","op":"get","outcome":"ok","#
        + #""result":"v","return":2,"value":null}"#
    ),
    (
      ClientOperation(
        client: 3, .get(key: "k"), called: 1, returned: 2, outcome: .ok(.value(nil))),
      #"{"call":1,"client":3,"expected":null,"key":"k","op":"get","outcome":"ok","#
        + #""result":null,"return":2,"value":null}"#
    ),
    (
      ClientOperation(
        client: 3, .compareAndSet(key: "k", expected: "u", value: "v"), called: 1, returned: 2,
        outcome: .ok(.swapped(false))),
      #"{"call":1,"client":3,"expected":"u","key":"k","op":"cas","outcome":"ok","#
        + #""result":false,"return":2,"value":"v"}"#
    ),
    (
      ClientOperation(client: 3, .delete(key: "k"), called: 1, returned: 2, outcome: .failed),
      #"{"call":1,"client":3,"expected":null,"key":"k","op":"delete","outcome":"failed","#
        + #""result":null,"return":2,"value":null}"#
    ),
    (
      ClientOperation(
        client: 3, .compareAndSet(key: "k", expected: nil, value: "v"), called: 1, returned: 2,
        outcome: .unknown),
      #"{"call":1,"client":3,"expected":null,"key":"k","op":"cas","outcome":"unknown","#
        + #""result":null,"return":2,"value":"v"}"#
    ),
  ])
  func `an operation is one line of JSON`(_ operation: ClientOperation, _ line: String) throws {
    #expect(try HistoryLine.text(of: ClientHistory([operation])) == line + "\n")
  }

  @Test func `a history is in order of the calls`() throws {
    let operations = [5, 2, 9].map {
      ClientOperation(client: 1, .get(key: "k"), called: $0, returned: 10, outcome: .unknown)
    }
    let calls = try HistoryLine.text(of: ClientHistory(operations)).split(separator: "\n")
      .map { $0.prefix { $0 != "," } }
    #expect(calls == [#"{"call":2"#, #"{"call":5"#, #"{"call":9"#])
  }

  @Test func `a seed does the same every time, and another one something else`() {
    let plan = SoakPlan(seed: 7, servers: 5, time: .seconds(60))
    #expect(plan == SoakPlan(seed: 7, servers: 5, time: .seconds(60)))
    #expect(plan != SoakPlan(seed: 8, servers: 5, time: .seconds(60)))
  }

  @Test func `trouble never lasts, and everything there is happens`() {
    var seen: Set<String> = []
    for seed in 1...20 {
      let plan = SoakPlan(seed: UInt64(seed), servers: 5, time: .seconds(60))
      for round in plan.rounds {
        #expect(round.length <= .seconds(1.5))
        #expect(round.calm >= .milliseconds(300))
        #expect((1...2).contains(round.troubles.count))
        for trouble in round.troubles { seen.insert("\(trouble)".prefix { $0 != "(" }.description) }
      }
      let time = plan.rounds.reduce(Duration.zero) { $0 + $1.calm + $1.length }
      #expect((Duration.seconds(60)..<Duration.seconds(63)).contains(time))
    }
    #expect(seen == ["kill", "killAll", "pause", "cut", "slow"])
  }
}
