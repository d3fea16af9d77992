import Foundation
import Raft
import Testing

@testable import Node

/// Whoever comes to the door of the servers is let in, or told why not, or simply shown out; and
/// nobody else notices.
@Suite struct BadPeerTests {
  /// A cluster of two of which only S1 runs, and a connection to the door of its peers.
  private func door(_ limits: Limits = .patient) async throws -> (TestCluster, RawClient) {
    let cluster = try TestCluster.replication(2, limits)
    try cluster.start([1])
    return (cluster, try await client(of: cluster))
  }

  private func client(of cluster: TestCluster) async throws -> RawClient {
    try await RawClient(cluster.settings[1]!.servers[1]!.peer)
  }

  private static let hello = PeerMessage.hello(Hello(from: 2, to: 1, servers: 2)).frame!

  private func isWell(_ cluster: TestCluster) async throws {
    #expect(try await cluster.status(1)["server"] as? Int == 1)
    try await eventually("a welcome") {
      let friend = try await client(of: cluster)
      friend.send(Self.hello)
      return try await friend.messages(1) == [.welcome] ? true : nil
    }
  }

  private static let refused: [(Hello, String)] = [
    (
      Hello(version: 9, from: 2, to: 1, servers: 2),
      "it speaks version 1 of the protocol, and you speak version 9."
    ),
    (Hello(from: 2, to: 3, servers: 2), "it is S1, and you look for S3."),
    (Hello(from: 2, to: 1, servers: 5), "its cluster has 2 servers, and yours 5."),
    (Hello(from: 1, to: 1, servers: 2), "it is itself S1, and so you are not."),
    (Hello(from: 7, to: 1, servers: 2), "no S7 is in its cluster."),
  ]

  @Test(arguments: refused.indices)
  func `who does not belong here is told why, and shown out`(_ number: Int) async throws {
    let (hello, reason) = Self.refused[number]
    let (cluster, stranger) = try await door()
    stranger.send(PeerMessage.hello(hello).frame!)
    let bytes = await stranger.everything()
    #expect(bytes == PeerMessage.refusal(reason).frame)
    try await isWell(cluster)
  }

  private static let vote = PeerMessage.request(
    number: 1, .requestVote(RequestVote(term: 1, candidateID: 2))
  ).frame!
  private static let nonsense: [(String, [UInt8])] = [
    ("random bytes", (0..<200).map { UInt8($0 * 73 % 251) }),
    ("HTTP", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
    ("a frame that is too long for a hello", [0, 2, 0, 0, 1]),
    ("a question before the hello", vote),
    ("a welcome", PeerMessage.welcome.frame!),
    ("an empty frame", [0, 0, 0, 0]),
  ]

  @Test(arguments: nonsense.indices)
  func `who says what has no place there is shown out`(_ number: Int) async throws {
    let (cluster, stranger) = try await door()
    stranger.send(Self.nonsense[number].1)
    #expect(await stranger.everything().isEmpty, "\(Self.nonsense[number].0)")
    try await isWell(cluster)
  }

  private static let afterwards: [([UInt8], String)] = [
    (hello, "it said what has no place there."),
    (
      [0xFF, 0xFF, 0xFF, 0x7F],
      "a message of 2147483647 bytes, and 16777216 are allowed."
    ),
    ([1, 0, 0, 0, 99], "a message of an unknown kind."),
    (
      PeerMessage.request(number: 1, .requestVote(RequestVote(term: 1, candidateID: 1))).frame!,
      "it sent a message in the name of S1."
    ),
    (
      PeerMessage.request(number: 1, .appendEntries(AppendEntries(term: 1, leaderID: 5))).frame!,
      "it sent a message in the name of S5."
    ),
  ]

  @Test(arguments: afterwards.indices)
  func `a peer that goes wrong is told so, and shown out`(_ number: Int) async throws {
    let (bytes, complaint) = Self.afterwards[number]
    let (cluster, peer) = try await door()
    peer.send(Self.hello + bytes)
    let answer = await peer.everything()
    #expect(answer == PeerMessage.welcome.frame! + PeerMessage.refusal(complaint).frame!)
    #expect(
      cluster.notices.withLock { $0 } == ["S2 was shown the door: \(complaint)"])
    try await isWell(cluster)
  }

  @Test func `a peer's questions are answered, and its numbers come back`() async throws {
    let (cluster, peer) = try await door()
    peer.send(Self.hello + Self.vote)
    let messages = try await peer.messages(2)
    try #require(messages.count == 2)
    guard case .reply(number: 1, .requestVote(let reply)) = messages[1] else {
      return #expect(Bool(false), "\(messages[1])")
    }
    #expect(reply.term >= 1)
    try await isWell(cluster)
  }

  @Test func `extreme numbers are numbers`() async throws {
    let (cluster, peer) = try await door()
    let most = ByteReader.largest
    let request = AppendEntries(
      term: 0, leaderID: 2, prevLogIndex: LogIndex(most), prevLogTerm: Term(most),
      leaderCommit: LogIndex(most))
    peer.send(Self.hello + PeerMessage.request(number: most, .appendEntries(request)).frame!)
    #expect(try await peer.messages(2).count == 2)
    try await isWell(cluster)
  }

  @Test func `who connects and says nothing is shown out, and does not keep others out`()
    async throws
  {
    var limits = Limits.patient
    limits.greeting = 300_000_000
    let (cluster, silent) = try await door(limits)
    let half = try await client(of: cluster)
    half.send(Array(Self.hello.prefix(6)))
    #expect(await silent.everything().isEmpty)
    #expect(await half.everything().isEmpty)
    try await isWell(cluster)
  }

  @Test func `more strangers than may wait are not let in`() async throws {
    var limits = Limits.patient
    limits.strangers = 3
    let (cluster, first) = try await door(limits)
    let others = [try await client(of: cluster), try await client(of: cluster)]
    let late = try await client(of: cluster)
    #expect(await late.everything().isEmpty)
    first.send(Self.hello)
    #expect(try await first.messages(1) == [.welcome])
    for other in others { other.close() }
    try await eventually("room at the door") {
      let friend = try await client(of: cluster)
      friend.send(Self.hello)
      return try await friend.messages(1) == [.welcome] ? true : nil
    }
  }

  @Test func `a peer that connects again takes the place of its earlier connection`() async throws {
    let (cluster, first) = try await door()
    first.send(Self.hello)
    #expect(try await first.messages(1) == [.welcome])
    try await isWell(cluster)
    #expect(await first.everything().isEmpty)
  }

  @Test func `a peer that reads no replies is shown out, and memory stays where it was`()
    async throws
  {
    var limits = Limits.patient
    limits.stall = 500_000_000
    limits.backlog = 10_000
    let (cluster, peer) = try await door(limits)
    peer.send(Self.hello)
    #expect(try await peer.messages(1) == [.welcome])
    peer.stopReading()
    // Each reply has eleven bytes and more; together more than the system and the node keep.
    let requests = Array(repeating: Self.vote, count: 5_000).flatMap { $0 }
    for _ in 0..<400 { peer.send(requests) }
    try await eventually("the end of the connection") {
      cluster.notices.withLock { $0.contains { $0.contains("does not read its replies") } }
        ? true : nil
    }
    try await isWell(cluster)
  }
}
