import Foundation
import Raft
import Testing

@testable import Node

/// What a server has saved, it finds again.
@Suite struct LogFileTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func open(_ id: ServerID = 1) throws -> LogFile { try LogFile(scratch.folder, of: id) }

  @Test func `a new folder holds the state of a new server`() throws {
    let folder = scratch.folder.appendingPathComponent("a/b")
    #expect(try LogFile(folder, of: 1).state == PersistentState())
    #expect(try LogFile(folder, of: 1).state == PersistentState())
  }

  @Test func `after every save the file holds the state`() throws {
    for state in History.small.states {
      #expect(try open().save(state))
      #expect(try open().state == state)
      #expect(try open().repair == nil)
    }
  }

  @Test func `nothing is written where nothing changed`() throws {
    let file = try open()
    let state = try #require(History.small.states.last)
    #expect(try file.save(state))
    let size = file.size
    #expect(try !file.save(state))
    #expect(file.size == size)
    #expect(try scratch.bytes().count == size)
  }

  @Test func `a save costs what has changed, not what the log holds`() throws {
    let file = try open()
    var state = PersistentState(currentTerm: 1)
    state.log.append(contentsOf: (0..<1000).flatMap { entries(1, "put x \($0)") })
    try file.save(state)
    let size = file.size
    state.log.append(contentsOf: entries(1, "one more"))
    try file.save(state)
    #expect(file.size - size < 40)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `truncations across many records, by chance`(_ seed: UInt64) throws {
    let history = History.random(60, seed: seed)
    let file = try open()
    for (number, state) in history.states.enumerated() {
      try file.save(state)
      if number % 20 == 19 { #expect(try read() == state) }
    }
  }

  /// What a copy of the file says: the folder itself is in use.
  private func read() throws -> PersistentState {
    try LogReading(scratch.bytes(), of: 1, path: "log").state
  }

  @Test func `a save too long for one frame is several`() throws {
    let long = Command(String(repeating: "x", count: 1_500_000))
    var state = PersistentState(currentTerm: 1)
    state.log.append(contentsOf: (0..<9).map { _ in LogEntry(term: 1, command: long) })
    state.log.append(contentsOf: entries(1, "the last"))
    #expect(LogFile.frames(from: PersistentState(), to: state).count > 2)
    try open().save(state)
    #expect(try open().state == state)
  }

  @Test func `a file full of what is gone is written anew`() throws {
    var state = PersistentState(currentTerm: 1)
    let long = Command(String(repeating: "x", count: 1_000_000))
    do {
      let file = try open()
      for term in 1...10 {
        state.log.truncate(after: 0)
        state.log.append(LogEntry(term: Term(term), command: long))
        try file.save(state)
      }
      #expect(file.size > 10_000_000)
    }
    do {
      let file = try open()
      #expect(file.state == state)
      #expect(file.size < 1_100_000)
      state.log.append(contentsOf: entries(11, "and on it goes"))
      try file.save(state)
    }
    #expect(try open().state == state)
  }

  @Test func `a folder has one process at a time`() throws {
    let file = try open()
    #expect(throws: StorageError.inUse(folder: scratch.folder.path)) { try open() }
    withExtendedLifetime(file) {}
  }

  @Test func `a folder has one server`() throws {
    try open().save(History.small.states[1])
    #expect(
      throws: StorageError.ofAnotherServer(file: scratch.log.path, owner: 1, asked: 2)
    ) { try open(2) }
  }

  @Test func `another version's file is left alone`() throws {
    let bytes = LogReading.header(of: 1, version: 7) + [1, 2, 3]
    try scratch.write(bytes)
    #expect(throws: StorageError.unknownVersion(file: scratch.log.path, version: 7)) { try open() }
    #expect(try scratch.bytes() == bytes)
  }

  @Test func `what is no log is left alone`() throws {
    try scratch.write(Array("Dear diary, today I have lost a leader.".utf8))
    #expect(throws: StorageError.notALog(file: scratch.log.path)) { try open() }
    try scratch.write(Array("Dear".utf8))
    #expect(throws: StorageError.notALog(file: scratch.log.path)) { try open() }
  }

  @Test func `a folder that cannot be made is told in a sentence`() throws {
    try scratch.write([])
    let folder = scratch.log.appendingPathComponent("below")
    let error = #expect(throws: (any Error).self) { try LogFile(folder, of: 1) }
    #expect("\(error!)" == "Not a directory (making the folder \(folder.path)).")
  }

  @Test func `the sentences`() {
    let damaged = StorageError.damaged(file: "log", offset: 77, reason: "a checksum is wrong")
    #expect(
      damaged.description
        == "log is damaged at byte 77: a checksum is wrong. This is not the end of a write that a "
        + "crash cut short, so the server does not start: it may have promised what it cannot "
        + "read. Restore the file from a copy.")
    #expect(
      StorageError.inUse(folder: "node-1").description
        == "Another server is running in node-1. A folder belongs to one process at a time.")
    #expect(
      StorageError.ofAnotherServer(file: "log", owner: 1, asked: 2).description
        == "log is the log of S1, and this server is S2. Give each server its own folder.")
  }
}
