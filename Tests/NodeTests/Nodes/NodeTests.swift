import Foundation
import Raft
import Testing

@testable import Node

/// What ran in the simulator runs on sockets, a clock and a disk.
@Suite struct NodeTests {
  @Test func `servers of chapter 3 elect one leader, and keep no store`() async throws {
    let cluster = try TestCluster.elections(3)
    try cluster.start()
    let roles = try await eventually("one leader, and two who follow") {
      var roles: [String] = []
      for id in cluster.ids {
        let status = try await cluster.status(id)
        #expect(status["chapter"] as? Int == 3 && status["log"] == nil)
        roles.append(status["role"] as? String ?? "")
      }
      return roles.filter { $0 == "leader" }.count == 1 ? roles : nil
    }
    #expect(roles.count == 3)
    let answer = try await cluster.ask(1, "GET /kv/x")
    #expect(answer.status == 501)
    #expect(
      answer.error
        == "Servers of chapter 3 elect leaders and keep no store: that is chapter 4.")
  }

  @Test func `a server alone commits what it is told`() async throws {
    let cluster = try TestCluster.replication(1)
    try cluster.start()
    try await cluster.put("x", "1")
    #expect(try await cluster.get("x") == "1")
    try await cluster.restart(1)
    #expect(try await cluster.get("x") == "1")
  }

  @Test func `a key is written, read, swapped and deleted`() async throws {
    let cluster = try await TestCluster.led(3)
    let leader = try await cluster.leader()
    func ask(_ head: String, _ body: String = "") async throws -> String {
      let answer = try await cluster.ask(leader, head, body)
      return "\(answer.status) \(answer.text)"
    }
    let key = "/kv/f%C3%BCr%20a%2Fb%0A%E6%97%A5%E6%9C%AC"
    #expect(try await ask("GET \(key)") == "404 {\"outcome\":\"ok\",\"value\":null}\n")
    #expect(try await ask("PUT \(key)", "zwölf 100% \n") == "200 {\"outcome\":\"ok\"}\n")
    #expect(
      try await ask("GET \(key)") == "200 {\"outcome\":\"ok\",\"value\":\"zwölf 100% \\n\"}\n")
    let swapped = "200 {\"outcome\":\"ok\",\"swapped\":true}\n"
    let kept = "200 {\"outcome\":\"ok\",\"swapped\":false}\n"
    #expect(try await ask("PUT \(key)?absent", "new") == kept)
    #expect(try await ask("PUT \(key)?expect=other", "new") == kept)
    #expect(try await ask("PUT \(key)?expect=zw%C3%B6lf%20100%25%20%0A", "new") == swapped)
    #expect(try await ask("DELETE \(key)") == "200 {\"outcome\":\"ok\"}\n")
    #expect(try await ask("PUT \(key)?absent", "again") == swapped)
    #expect(try await ask("GET \(key)") == "200 {\"outcome\":\"ok\",\"value\":\"again\"}\n")
  }

  @Test func `who does not lead sends clients on, to the same place`() async throws {
    let cluster = try await TestCluster.led(3)
    let leader = try await cluster.leader()
    for id in cluster.ids where id != leader {
      let answer = try await cluster.ask(id, "PUT /kv/a%20b?expect=x%26y", "z")
      #expect(answer.status == 307)
      #expect(answer.location == "http://\(cluster.address(leader))/kv/a%20b?expect=x%26y")
      #expect(answer.text == "{\"outcome\":\"refused\",\"leader\":\(leader.number)}\n")
    }
  }

  @Test func `without a majority there is no leader, and nobody is told that there is`()
    async throws
  {
    let cluster = try TestCluster.replication(3)
    try cluster.start([1])
    let answer = try await cluster.ask(1, "PUT /kv/x", "1")
    #expect(answer.status == 503)
    #expect(
      answer.text
        == "{\"outcome\":\"refused\",\"leader\":null,"
        + "\"error\":\"No leader is known at the moment: try again soon.\"}\n")
    let status = try await cluster.status(1)
    #expect(status["peers"] as? [String: String] == ["2": "connecting", "3": "connecting"])
  }

  @Test func `what was acknowledged is there after every server has been down`() async throws {
    let cluster = try TestCluster.replication(3)
    try cluster.start()
    for number in 1...20 { try await cluster.put("key\(number)", "value \(number)") }
    for id in cluster.ids { cluster.stop(id) }
    for id in cluster.ids { try await cluster.restart(id) }
    for number in 1...20 {
      #expect(try await cluster.get("key\(number)") == "value \(number)")
    }
  }

  @Test func `the status shows the log, as much of it as is asked for`() async throws {
    let cluster = try TestCluster.replication(1)
    try cluster.start()
    for number in 1...12 { try await cluster.put("k", "\(number)") }
    func log(_ query: String) async throws -> [String] {
      let entries = try await cluster.ask(1, "GET /status\(query)").object["log"]
      return (entries as? [[String: Any]] ?? []).compactMap { $0["command"] as? String }
    }
    #expect(try await log("") == (3...12).map { "put k \($0)" })
    #expect(try await log("?entries=2") == ["put k 11", "put k 12"])
    #expect(try await log("?entries=2&from=4") == ["put k 4", "put k 5"])
    #expect(try await log("?from=12") == ["put k 12"])
    #expect(try await log("?from=13").isEmpty)
    #expect(try await log("?entries=0").isEmpty)
    let status = try await cluster.status(1)
    #expect(status["role"] as? String == "leader" && status["term"] as? Int == 1)
    #expect(status["votedFor"] as? Int == 1 && status["leader"] as? Int == 1)
    #expect(status["commitIndex"] as? Int == 12 && status["lastApplied"] as? Int == 12)
    #expect(status["lastIndex"] as? Int == 12)
    let storage = status["storage"] as? [String: Any]
    #expect(storage?["fsyncs"] as? Int ?? 0 > 0 && storage?["saves"] as? Int ?? 0 > 0)
  }
}
