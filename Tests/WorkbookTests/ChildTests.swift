import Foundation
import Platform
import Synchronization
import Testing

@Suite struct ChildTests {
  private func run(
    _ script: String, limit: Duration? = nil
  ) async throws -> (end: ChildEnd, lines: [String]) {
    let lines = Mutex<[String]>([])
    let child = ChildProcess(
      executable: URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script])
    let end = try await child.run(limit: limit) { line in lines.withLock { $0.append(line) } }
    return (end, lines.withLock { $0 })
  }

  @Test func `lines come whole, the last one too`() async throws {
    let (end, lines) = try await run("printf 'one\\ntwo'; printf ' and a half\\n\\nthree'; exit 4")
    #expect(end == .exited(4))
    #expect(lines == ["one", "two and a half", "", "three"])
  }

  @Test func `a signal is told apart from an exit`() async throws {
    #expect(try await run("kill -9 $$").end == .signalled(9))
  }

  @Test func `a child that takes too long is ended, and no other is said to`() async throws {
    #expect(try await run("sleep 600", limit: .milliseconds(10)).end == .timedOut)
    #expect(try await run("exit 3", limit: .seconds(600)).end == .exited(3))
  }

  @Test func `a child whose task is cancelled is ended, and waited for`() async throws {
    let (begun, begins) = AsyncStream<Void>.makeStream()
    let child = ChildProcess(
      executable: URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", "echo begun; sleep 600"])
    let running = Task { try await child.run { _ in begins.finish() } }
    for await _ in begun {}
    running.cancel()
    #expect(try await running.value == .signalled(9))
  }

  @Test func `a lock that is let go is free, whatever is being started meanwhile`() async throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-lock-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let isOver = Atomic(false)
    async let children: Void = {
      defer { isOver.store(true, ordering: .relaxed) }
      for _ in 1...50 { _ = try await run("exit 0") }
    }()
    var refusals = 0
    repeat {
      for _ in 1...100 where try FileLock(file) == nil { refusals += 1 }
      await Task.yield()
    } while !isOver.load(ordering: .relaxed)
    try await children
    #expect(refusals == 0)
  }

  @Test func `a child's end is heard, whatever has been started at the same moment`() async throws {
    #if os(Linux)
      // A new child is told one by one what it shall close: the more, the longer that moment.
      let open = try (1...250).map { _ in
        try FileHandle(forReadingFrom: URL(fileURLWithPath: "/dev/null"))
      }
      defer { for file in open { try? file.close() } }
    #endif
    for _ in 1...15 {
      try await withThrowingTaskGroup(of: Void.self) { long in
        try await withThrowingTaskGroup(of: ChildEnd.self) { short in
          for _ in 1...20 {
            long.addTask { _ = try await run("read line") }
            short.addTask { try await run("exit 0").end }
          }
          for try await end in short { #expect(end == .exited(0)) }
        }
        long.cancelAll()
        try await long.waitForAll()
      }
    }
  }

  @Test func `a stamp can stand in the name of a file`() throws {
    let clock = WallClock.stopped(at: Date(timeIntervalSince1970: 1_795_209_307))
    #expect(clock.stamp(in: try #require(TimeZone(identifier: "UTC"))) == "2026-11-20T21-15-07")
  }
}
