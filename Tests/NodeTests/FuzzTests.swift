import Foundation
import Raft
import Testing

@testable import Node

/// The decoders that the wire's and HTTP's own tests do not try.
@Suite struct FuzzTests {
  private static let answers = Array(
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab\r\nc"
      + "HTTP/1.1 307 Temporary Redirect\r\nContent-Type: application/json\r\n"
      + "Location: http://127.0.0.1:8101/kv/x\r\nContent-Length: 0\r\n\r\n").utf8)

  @Test func `answers come out whole, in whatever pieces they come`() throws {
    for size in 1...Self.answers.count {
      var reader = HTTPAnswerReader()
      var answers: [HTTPAnswer] = []
      for start in stride(from: 0, to: Self.answers.count, by: size) {
        reader.add(Self.answers[start..<min(start + size, Self.answers.count)])
        while let answer = try reader.next() { answers.append(answer) }
      }
      #expect(
        answers == [
          HTTPAnswer(status: 200, location: nil, body: Array("ab\r\nc".utf8)),
          HTTPAnswer(status: 307, location: "http://127.0.0.1:8101/kv/x", body: []),
        ])
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `no bytes make the reader of answers trap`(_ seed: UInt64) {
    var chance = Chance(seed)
    for _ in 0..<Fuzz.inputs / 8 {
      var reader = HTTPAnswerReader()
      for _ in 0...chance.pick(3) {
        reader.add(Self.spoil(Self.answers, &chance))
        while let answer = try? reader.next() { #expect(answer.status >= 0) }
      }
    }
  }

  /// A log of a few frames, so that all kinds of changes stand in it.
  private static let log: [UInt8] = {
    var bytes = LogReading.header(of: 1)
    var before = PersistentState()
    for state in History.random(12, seed: 3).states {
      for changes in LogFile.frames(from: before, to: state) {
        bytes += StoredFrame.encode(changes, at: bytes.count)
      }
      before = state
    }
    return bytes
  }()

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `no bytes make the reader of logs trap`(_ seed: UInt64) {
    var chance = Chance(seed)
    for _ in 0..<Fuzz.inputs / 8 {
      let bytes = Self.spoil(Self.log, &chance)
      if let reading = try? LogReading(bytes, of: 1, path: "log") {
        #expect(reading.end <= bytes.count)
      }
      // A log's checksums keep most of it from the decoder of changes, so that is tried alone.
      let start = chance.pick(bytes.count + 1)
      _ = try? StoredFrame.changes(in: bytes[start...].prefix(chance.pick(80)))
    }
  }

  private static func spoil(_ whole: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var bytes = whole
    switch chance.pick(5) {
    case 0: bytes = (0..<chance.pick(200)).map { _ in UInt8(chance.pick(256)) }
    case 1: bytes.removeLast(chance.pick(bytes.count))
    case 2: bytes.insert(UInt8(chance.pick(256)), at: chance.pick(bytes.count))
    case 3: bytes.replaceSubrange(chance.pick(bytes.count)..., with: [0, 0, 0, 0, 0, 0, 0, 0])
    default: for _ in 0...chance.pick(6) { bytes[chance.pick(bytes.count)] ^= 1 << chance.pick(8) }
    }
    return bytes
  }
}
