import Foundation
import Raft
import Testing

@testable import Node

/// What a cluster promises holds while connections are cut and servers fall.
@Suite struct FaultTests {
  @Test func `the majority goes on without a leader that is cut off`() async throws {
    var limits = Limits.patient
    limits.patience = 300_000_000
    let cluster = try await TestCluster.led(3, limits)
    try await cluster.put("x", "before")
    let old = try await cluster.leader()
    let others = cluster.ids.filter { $0 != old }
    try await cluster.cut(old, from: others)
    let status = try await cluster.status(old)
    #expect(
      status["peers"] as? [String: String]
        == Dictionary(uniqueKeysWithValues: others.map { ("\($0.number)", "cut") }))
    let answer = try await cluster.ask(old, "PUT /kv/x", "lost")
    #expect(answer.status == 504)
    #expect(answer.object["outcome"] as? String == "unknown")
    #expect(try await cluster.elect(others[0]).status == 200)
    try await cluster.put("x", "after", among: others)
    #expect(try await cluster.get("x", among: others) == "after")
    try await cluster.cut(old, from: [])
    let leader = try await cluster.leader()
    #expect(leader != old)
    #expect(try await cluster.get("x") == "after")
    try await eventually("the same log everywhere") {
      var logs: Set<String> = []
      for id in cluster.ids {
        let status = try await cluster.status(id)
        logs.insert("\(status["log"] ?? "") \(status["commitIndex"] ?? "")")
      }
      return logs.count == 1 ? true : nil
    }
  }

  @Test func `a leader that falls is told as unknown, and another one follows`() async throws {
    var limits = Limits.patient
    limits.patience = 300_000_000_000
    let cluster = try await TestCluster.led(3, limits)
    let old = try await cluster.leader()
    let others = cluster.ids.filter { $0 != old }
    try await cluster.cut(old, from: others)
    // Nobody confirms it; when the old leader hears of the later term, it says that it knows no
    // more.
    let waiting = Task { [address = cluster.address(old)] in
      try await RawClient(address).ask("PUT /kv/x", "1")
    }
    #expect(try await cluster.elect(others[0]).status == 200)
    try await cluster.put("y", "2", among: others)
    try await cluster.cut(old, from: [])
    let answer = try await waiting.value
    // It may have been taken in hand only after the cut was healed.
    if answer.status != 307 {
      #expect(answer.status == 504)
      #expect(
        answer.error
          == "Leadership was lost before the commit was seen: the command may still be carried "
          + "out, or never be.")
    }
    #expect(try await cluster.get("y") == "2")
  }

  @Test func `a follower that was down is caught up`() async throws {
    let cluster = try TestCluster.replication(3)
    try cluster.start()
    let leader = try await cluster.leader()
    let down = cluster.ids.first { $0 != leader }!
    cluster.stop(down)
    for number in 1...10 {
      try await cluster.put("k\(number)", "v", among: cluster.ids.filter { $0 != down })
    }
    try await cluster.restart(down)
    try await eventually("all that is committed") {
      try await cluster.status(down)["lastApplied"] as? Int ?? 0 >= 10 ? true : nil
    }
  }

  @Test func `whose timer runs out stands for election, and a leader has none`() async throws {
    // A heartbeat is always under way, and takes nothing back.
    let cluster = try await TestCluster.led(3, heartbeatInterval: 1)
    for _ in 1...100 {
      let old = try await cluster.leader()
      let term = try #require(try await cluster.status(old)["term"] as? Int)
      let answer = try await cluster.elect(old)
      #expect(answer.status == 409)
      #expect(answer.error == "The election timer of \(old) does not run.")
      let other = try #require(cluster.ids.first { $0 != old })
      #expect(try await cluster.elect(other).status == 200)
      try await eventually("a later term") {
        try await cluster.status(other)["term"] as? Int ?? 0 > term ? true : nil
      }
    }
    try await cluster.put("x", "1")
  }

  @Test func `what a slow server sends comes late, in its order, and none is lost`() async throws {
    let cluster = try await TestCluster.led(2)
    let leader = try await cluster.leader()
    func slow(_ milliseconds: Int) async throws {
      let answer = try await cluster.ask(
        leader, "POST /faults/slow\r\nX-Workbook: cut", #"{"milliseconds":\#(milliseconds)}"#)
      #expect(answer.status == 200)
    }
    let follower = cluster.ids.first { $0 != leader }!
    // Longer than the test may take: nothing arrives before `heal` lets it go.
    try await slow(10_000)
    let begin = ContinuousClock.now
    let waiting = Task { [address = cluster.address(leader)] in
      try await RawClient(address).ask("PUT /kv/x", "late")
    }
    try await eventually("a write that waits") {
      try await cluster.status(leader)["lastIndex"] as? Int == 1 ? true : nil
    }
    if ContinuousClock.now - begin < .seconds(5) {
      #expect(try await cluster.status(follower)["lastIndex"] as? Int == 0)
    }
    let answer = try await cluster.ask(leader, "POST /faults/heal\r\nX-Workbook: cut")
    #expect(answer.status == 200)
    _ = try await waiting.value
    try await cluster.put("x", "1")
    #expect(try await cluster.get("x") == "1")
  }

  @Test func `faults are for those who ask as they should`() async throws {
    let cluster = try TestCluster.replication(2)
    try cluster.start()
    func ask(_ head: String, _ body: String) async throws -> String {
      let answer = try await cluster.ask(1, head, body)
      return "\(answer.status) \(answer.error ?? "")"
    }
    let own = "\r\nX-Workbook: cut"
    let forbidden = "403 Faults come from this machine, with the header X-Workbook: cut."
    #expect(try await ask("POST /faults/cut", #"{"peers":[2]}"#) == forbidden)
    #expect(
      try await ask("POST /faults/cut\(own)", "{")
        == #"400 The body should be like: {"peers":[2,3]}"#)
    #expect(
      try await ask("POST /faults/cut\(own)", #"{"peers":[1]}"#) == "400 S1 is no peer of S1.")
    #expect(try await ask("GET /faults/cut\(own)", "") == "405 A fault is asked for with POST.")
    #expect(
      try await ask("POST /faults/x\(own)", "")
        == "404 The faults are cut, slow, elect and heal, behind /faults/.")
    for body in ["{", #"{"milliseconds":-1}"#, #"{"milliseconds":10001}"#] {
      #expect(
        try await ask("POST /faults/slow\(own)", body)
          == #"400 The body should be like {"milliseconds":200}, and at most 10000."#)
    }
    let client = try await RawClient(cluster.address(1))
    client.send("POST /faults/heal HTTP/1.1\r\nHost: example.org\r\nX-Workbook: cut\r\n\r\n")
    #expect(try await client.answer().status == 403)
  }
}
