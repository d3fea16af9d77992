import Foundation
import Raft
import Testing

@testable import Node

/// What one server says, the other one hears, and it hears nothing that nobody said.
@Suite struct WireTests {
  static let messages: [PeerMessage] = [
    .hello(Hello(from: 1, to: 2, servers: 3)), .welcome, .refusal("S2 is not S3."),
    .request(
      number: 7,
      .requestVote(RequestVote(term: 3, candidateID: 2, lastLogIndex: 900, lastLogTerm: 2))),
    .reply(number: 7, .requestVote(RequestVote.Reply(term: 3, voteGranted: true))),
    .request(number: 8, .appendEntries(AppendEntries(term: 3, leaderID: 2))),
    .request(
      number: 123_456_789,
      .appendEntries(
        AppendEntries(
          term: 3, leaderID: 2, prevLogIndex: -1, prevLogTerm: 2,
          entries: entries(2, "put x 1", "", "zwölf 日本語") + entries(3, "delete x"),
          leaderCommit: 1_000_000_000_000))),
    .reply(number: 9, .appendEntries(AppendEntries.Reply(term: 4, success: true))),
    .reply(
      number: 9,
      .appendEntries(
        AppendEntries.Reply(
          term: 4, success: false, conflict: AppendEntries.Conflict(term: nil, firstIndex: 5)))),
    .reply(
      number: 9,
      .appendEntries(
        AppendEntries.Reply(
          term: 4, success: false, conflict: AppendEntries.Conflict(term: 2, firstIndex: 5)))),
  ]

  static let stream = messages.flatMap { $0.frame ?? [] }

  @Test(arguments: 1...64)
  func `messages arrive whole, in whatever pieces they come`(_ size: Int) throws {
    var reader = FrameReader()
    var arrived: [PeerMessage] = []
    for start in stride(from: 0, to: Self.stream.count, by: size) {
      reader.add(Self.stream[start..<min(start + size, Self.stream.count)])
      while let message = try reader.next() { arrived.append(message) }
    }
    #expect(arrived == Self.messages)
    #expect(reader.count == 0)
  }

  @Test func `small messages are small`() {
    let heartbeat = AppendEntries(
      term: 3, leaderID: 2, prevLogIndex: 40, prevLogTerm: 3, leaderCommit: 40)
    #expect(PeerMessage.request(number: 60, .appendEntries(heartbeat)).frame?.count == 12)
    let reply = AppendEntries.Reply(term: 3, success: true)
    #expect(PeerMessage.reply(number: 60, .appendEntries(reply)).frame?.count == 9)
  }

  @Test func `every message that is cut short is refused`() {
    for message in Self.messages {
      let body = message.frame!.dropFirst(PeerMessage.lengthSize)
      for count in 0..<body.count {
        #expect(throws: Malformed.self) { try PeerMessage(body.prefix(count)) }
      }
      #expect(throws: Malformed("1 bytes too many")) { try PeerMessage(body + [0]) }
    }
  }

  @Test func `a length that is too large is refused before the message comes`() throws {
    var reader = FrameReader(limit: PeerMessage.mostOfHello)
    reader.add([1, 1, 0])
    let unfinished = try reader.next()
    #expect(unfinished == nil)
    reader.add([0])
    #expect(throws: Malformed("a message of 257 bytes, and 256 are allowed")) {
      try reader.next()
    }
  }

  @Test func `a message that is too long has no frame`() {
    let long = Command(String(repeating: "x", count: PeerMessage.most))
    let request = AppendEntries(
      term: 1, leaderID: 1, entries: [LogEntry(term: 1, command: long)])
    #expect(PeerMessage.request(number: 1, .appendEntries(request)).frame == nil)
  }

  @Test func `of another version only the version is read`() throws {
    var frame = PeerMessage.hello(Hello(version: 9, from: 1, to: 2, servers: 3)).frame!
    frame += [1, 2, 3]
    #expect(
      try PeerMessage(frame[PeerMessage.lengthSize...])
        == .hello(Hello(version: 9, from: 0, to: 0, servers: 0)))
    #expect(throws: Malformed("it is no server of this workbook")) {
      try PeerMessage([1] + Array("raff".utf8) + [2, 2, 4, 6])
    }
  }

  @Test func `more entries than there are bytes are refused before there is room for them`() {
    // The kind, nine small numbers, and a count of two to the sixtieth.
    let claim: [UInt8] = [6, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x80, count: 8) + [0x10]
    #expect(throws: Malformed("it says that more follows than there is")) {
      try PeerMessage(claim[...])
    }
  }

  /// Random bytes, cut frames, flipped bits, wrong lengths: refused, or read as some message.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `no bytes make the reader trap, or take more room than they have`(_ seed: UInt64) {
    var chance = Chance(seed)
    for _ in 0..<Fuzz.inputs / 8 {
      var reader = FrameReader()
      for _ in 0...chance.pick(3) {
        reader.add(Fuzz.frame(Self.messages, &chance))
        while let message = try? reader.next() { #expect(message.frame != nil) }
      }
      #expect(reader.count <= 2_000)
    }
  }
}

/// Bytes that are nearly a message.
enum Fuzz {
  /// How many inputs each decoder is given: 50,000, or as many as the environment's FUZZ says.
  static let inputs =
    ProcessInfo.processInfo.environment["FUZZ"].flatMap(Int.init) ?? 50_000

  static func frame(_ messages: [PeerMessage], _ chance: inout Chance) -> [UInt8] {
    var bytes = messages[chance.pick(messages.count)].frame ?? []
    switch chance.pick(5) {
    case 0: bytes = (0..<chance.pick(64)).map { _ in UInt8(chance.pick(256)) }
    case 1: bytes.removeLast(chance.pick(bytes.count))
    case 2: bytes[chance.pick(4)] = UInt8(chance.pick(256))
    case 3: bytes.insert(UInt8(chance.pick(256)), at: chance.pick(bytes.count))
    default: for _ in 0...chance.pick(4) { bytes[chance.pick(bytes.count)] ^= 1 << chance.pick(8) }
    }
    return bytes
  }
}
