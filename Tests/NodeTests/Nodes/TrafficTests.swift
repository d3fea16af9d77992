import Foundation
import Platform
import Raft
import Testing

@testable import Node

/// What a node tells of its messages and of its election timer, for pages that show them.
@Suite struct TrafficTests {
  private static let vote = PeerRequest.requestVote(RequestVote(term: 3, candidateID: 1))

  @Test(arguments: [0, 123_456_789, 86_400_000_000_000])
  func `the last messages are kept, in order`(_ start: Int64) {
    let traffic = Traffic(of: 1, since: start)
    let first = traffic.last
    for _ in 1...150 { traffic.sent(Self.vote, traffic.nextQuestion(), to: 2, nil) }
    #expect(traffic.last == first + 150)
    let all = traffic.messages(after: 0)
    #expect(all.map(\.place) == Array(first + 87...first + 150))
    #expect(Set(all.map(\.number)).count == Traffic.most)
    #expect(traffic.messages(after: first + 148).map(\.place) == [first + 149, first + 150])
    #expect(traffic.messages(after: first + 150).isEmpty)
  }

  @Test func `a message has one number for both ends, and a reply another`() {
    let (asker, asked) = (Traffic(of: 1, since: 0), Traffic(of: 2, since: 0))
    asker.sent(Self.vote, 7, to: 2, .cut)
    let reply = PeerReply.requestVote(RequestVote.Reply(term: 3, voteGranted: true))
    asked.sent(reply, 7, to: 1, nil)
    let question = asker.messages(after: 0)[0]
    #expect(question.number == Traffic.number(7, from: 1, isReply: false))
    #expect(question.loss == .cut && !question.isReply)
    let answer = asked.messages(after: 0)[0]
    #expect(answer.number == Traffic.number(7, from: 1, isReply: true))
    #expect(answer.loss == nil && answer.isReply && answer.term == 3)
    let later = Traffic(of: 1, since: 1_000_000_000)
    #expect(later.nextQuestion() > 7)
  }

  @Test func `the status tells what was sent since, and what was lost`() async throws {
    let cluster = try await TestCluster.led(3)
    let leader = try await cluster.leader()
    let others = cluster.ids.filter { $0 != leader }
    func messages(_ query: String) async throws -> [[String: Any]] {
      try await cluster.ask(leader, "GET /status\(query)").object["messages"] as? [[String: Any]]
        ?? []
    }
    #expect(try await messages("").isEmpty)
    let sent = try #require(try await cluster.status(leader)["sent"] as? Int)
    try await eventually("heartbeats to both") {
      let messages = try await messages("?since=\(sent)")
      let beats = messages.filter { $0["kind"] as? String == "AppendEntries" }
      #expect(messages.allSatisfy { $0["from"] as? Int == leader.number })
      let peers = Set(beats.compactMap { $0["to"] as? Int })
      return peers == Set(others.map(\.number)) ? true : nil
    }
    #expect(try await messages("?since=0").count <= 64)
    try await cluster.cut(leader, from: [others[0]])
    try await eventually("a message that is lost") {
      try await messages("?since=\(sent)").contains { message in
        message["to"] as? Int == others[0].number && message["lost"] as? Bool == true
      } ? true : nil
    }
    let answer = try await cluster.ask(leader, "GET /status?since=x")
    #expect(answer.error == "since is a number from 0 to \(1 << 60).")
  }

  @Test func `the election timer is told where it runs`() async throws {
    let cluster = try TestCluster.replication(3)
    try cluster.start()
    try await eventually("followers with a timer, and a leader without") {
      var kinds: [String] = []
      for id in cluster.ids {
        let status = try await cluster.status(id)
        let timer = status["timer"] as? [String: Int]
        if let timer, let due = timer["due"], let period = timer["period"] {
          #expect((300_000_000...600_000_000).contains(period))
          #expect(due <= MonotonicClock.nanoseconds + Int64(period))
        }
        kinds.append("\(status["role"] ?? "") \(timer == nil ? "rests" : "runs")")
      }
      return kinds.sorted() == ["follower runs", "follower runs", "leader rests"] ? true : nil
    }
  }
}
