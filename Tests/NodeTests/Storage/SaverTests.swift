import Foundation
import Platform
import Raft
import Testing

@testable import Node

/// Many savers, one fsync, and nobody is told that something is safe which is not.
@Suite struct SaverTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func saver() throws -> Saver { Saver(try LogFile(scratch.folder, of: 1)) }

  /// What the file holds at this moment.
  private func read() throws -> PersistentState {
    try LogReading(scratch.bytes(), of: 1, path: "log").state
  }

  @Test func `when a save returns, the file holds it`() async throws {
    let saver = try saver()
    for state in History.random(50, seed: 4).states {
      try await saver.save(state)
      #expect(try read() == state)
    }
  }

  @Test func `a state that is on the disk costs nothing`() async throws {
    let saver = try saver()
    let state = History.small.states[3]
    try await saver.save(state)
    #expect(saver.figures.fsyncs == 1)
    try await saver.save(state)
    #expect(saver.figures.fsyncs == 1)
    let isDone = Shared(false)
    saver.save(state) { _ in isDone.withLock { $0 = true } }
    #expect(isDone.withLock { $0 })
  }

  @Test func `many savers share an fsync, and each finds its entries in the file`() async throws {
    let saver = try saver()
    let count = 2_000
    let states = Shared(PersistentState(currentTerm: 1))
    let path = scratch.log.path
    await withTaskGroup(of: Void.self) { group in
      for number in 1...count {
        group.addTask {
          await withCheckedContinuation { (waiting: CheckedContinuation<Void, Never>) in
            // The lock stands for the visit of a server: states are saved in their order.
            states.withLock { state in
              state.log.append(LogEntry(term: 1, command: Command("\(number)")))
              let last = state.log.lastIndex
              saver.save(state) { error in
                #expect(error == nil)
                if number % 200 == 0 {
                  let bytes = FileManager.default.contents(atPath: path).map(Array.init) ?? []
                  let saved = try? LogReading(bytes, of: 1, path: path).state.log.lastIndex
                  #expect(saved ?? 0 >= last)
                }
                waiting.resume()
              }
            }
          }
        }
      }
    }
    #expect(try read().log.lastIndex == LogIndex(count))
    #expect(saver.figures.fsyncs < count)
    #expect(saver.figures.saves == count)
  }

  #if os(Linux)
    /// A log on a disk that has no room left.
    private func full() throws -> sending LogFile {
      let lock = try #require(try FileLock(scratch.folder.appendingPathComponent("lock")))
      let disk = try DurableFile(URL(fileURLWithPath: "/dev/full"))
      return LogFile(disk, size: 20, holding: PersistentState(), lock: lock)
    }

    @Test func `a full disk is told in a sentence, to everybody, for ever`() async throws {
      let saver = Saver(try full())
      for state in History.small.states.prefix(3) {
        let error = await #expect(throws: SystemError.self) { try await saver.save(state) }
        #expect("\(error!)" == "There is no room left on the disk (writing /dev/full).")
      }
      #expect(saver.figures.fsyncs == 0)
    }

    @Test func `a log on a full disk is not begun`() throws {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.folder.appendingPathComponent("log.new").path,
        withDestinationPath: "/dev/full")
      let error = #expect(throws: SystemError.self) { try LogFile(scratch.folder, of: 1) }
      #expect(error?.isDiskFull == true)
    }
  #endif
}
