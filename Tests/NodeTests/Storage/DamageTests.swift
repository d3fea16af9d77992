import Foundation
import Raft
import Testing

@testable import Node

/// A crash may cut the last write short; nothing else may be wrong with a log file.
@Suite struct DamageTests {
  private let scratch: Scratch
  private let bytes: [UInt8]
  /// How long the file was after each save.
  private let ends: [Int]
  private let history = History.small

  init() throws {
    scratch = try Scratch()
    ends = try history.save(in: scratch.folder)
    bytes = try scratch.bytes()
    #expect(bytes.count == ends.last)
  }

  /// What had been saved when the file was so long.
  private func state(at size: Int) -> PersistentState {
    let saves = ends.prefix { $0 <= size }.count
    return saves == 0 ? PersistentState() : history.states[saves - 1]
  }

  @Test func `cut at every byte, the file holds all saves that were over by then`() throws {
    for size in 0...bytes.count {
      try scratch.write(bytes[..<size])
      let file = try LogFile(scratch.folder, of: 1)
      #expect(file.state == state(at: size), "cut at \(size)")
      let isWhole = size <= LogReading.headerSize || ends.contains(size)
      #expect((file.repair == nil) == isWhole, "cut at \(size)")
    }
  }

  @Test func `after a repair the server goes on, and the repair is told once`() throws {
    let end = ends[4]
    for size in [end - 1, end - 20, ends[3] + 1] {
      try scratch.write(bytes[..<size])
      var state = self.state(at: size)
      do {
        let file = try LogFile(scratch.folder, of: 1)
        #expect(
          file.repair
            == "The last write to \(scratch.log.path) was cut short by a crash; its "
            + "\(size - ends[3]) bytes were removed. Nothing in them had been promised to anybody.")
        state.log.append(contentsOf: entries(9, "after the repair"))
        try file.save(state)
      }
      let file = try LogFile(scratch.folder, of: 1)
      #expect(file.state == state)
      #expect(file.repair == nil)
    }
  }

  @Test func `sectors of the last write that never reached the disk are a torn tail`() throws {
    var state = PersistentState(currentTerm: 3, votedFor: 1)
    state.log.append(contentsOf: entries(3, "before"))
    let long = Command(String(repeating: "abcdefgh", count: 500))
    let (before, after): (Int, [UInt8])
    do {
      let scratch = try Scratch()
      let file = try LogFile(scratch.folder, of: 1)
      try file.save(state)
      before = file.size
      var next = state
      next.log.append(LogEntry(term: 3, command: long))
      try file.save(next)
      after = try scratch.bytes()
    }
    for sector in 0...(after.count / 512) {
      let range = max(before, sector * 512)..<min(after.count, (sector + 1) * 512)
      var torn = after
      for place in range { torn[place] = 0 }
      try scratch.write(torn)
      let file = try LogFile(scratch.folder, of: 1)
      #expect(file.state == state, "sector \(sector)")
      #expect(file.repair != nil)
    }
  }

  @Test func `a flipped bit is found, wherever it is`() throws {
    for place in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(bit)
        #expect(throws: StorageError.self, "byte \(place), bit \(bit)") {
          try LogReading(flipped, of: 1, path: "log")
        }
      }
    }
  }

  @Test func `damage is named with its file and its place, and nothing is changed`() throws {
    let place = ends[2] + 3
    var damaged = bytes
    damaged[place] ^= 0x10
    try scratch.write(damaged)
    #expect(
      throws: StorageError.damaged(
        file: scratch.log.path, offset: ends[2], reason: "a checksum is wrong")
    ) { try LogFile(scratch.folder, of: 1) }
    #expect(try scratch.bytes() == damaged)
  }

  @Test func `a frame in another's place is damage`() throws {
    let swapped = bytes[..<ends[0]] + bytes[ends[1]..<ends[2]] + bytes[ends[0]..<ends[1]]
    #expect(throws: StorageError.self) {
      try LogReading(Array(swapped), of: 1, path: "log")
    }
  }

  @Test func `right checksums do not make nonsense right`() throws {
    let header = LogReading.header(of: 1)
    let nonsense: [[StoredChange]] = [
      [.truncate(after: 1)], [.truncate(after: -1)], [.append(from: 2, entries(1, "a"))],
      [.append(from: 0, entries(1, "a"))],
    ]
    for changes in nonsense {
      let bytes = header + StoredFrame.encode(changes, at: header.count)
      #expect(throws: StorageError.self) { try LogReading(bytes, of: 1, path: "log") }
    }
  }

  @Test func `a client's command that looks like a frame is none`() throws {
    // A frame as it would stand further down, inside a command whose own frame is then torn.
    let inner = StoredFrame.encode([.truncate(after: 0)], at: 0)
    #expect(inner.count < 40)
    guard case .whole = StoredFrame.look(at: 0, in: inner) else {
      Issue.record("a frame is whole where it was written")
      return
    }
    let moved = [0] + inner
    guard case .brokenHeader = StoredFrame.look(at: 1, in: moved) else {
      Issue.record("and nowhere else")
      return
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func `no file makes the reader trap`(_ seed: UInt64) {
    var chance = Chance(seed)
    for _ in 0..<2_000 {
      var file = bytes
      switch chance.pick(3) {
      case 0: file = LogReading.header(of: 1)
      case 1: file.removeLast(chance.pick(file.count))
      default: break
      }
      for _ in 0...chance.pick(8) where !file.isEmpty {
        switch chance.pick(3) {
        case 0: file[chance.pick(file.count)] = UInt8(chance.pick(256))
        case 1: file.insert(UInt8(chance.pick(256)), at: chance.pick(file.count))
        default: file += (0..<chance.pick(40)).map { _ in UInt8(chance.pick(256)) }
        }
      }
      // Either it is read, and then as one of the states that were saved, or it is refused.
      guard let reading = try? LogReading(file, of: 1, path: "log") else { continue }
      #expect(([PersistentState()] + history.states).contains(reading.state))
    }
  }
}
