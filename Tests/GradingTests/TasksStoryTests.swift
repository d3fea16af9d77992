import Contracts
import Testing

@testable import Grading

/// The pictures of a `State` reading files.
@Suite struct TasksStoryTests {
  private typealias Story = TasksStory<Reader>

  @Test func `readings one after another are stairs`() throws {
    #expect(
      try Story.lines(part: "readInTurn", width: 80) == [
        #"readInTurn(["a", "b", "c", "d"])"#,
        "  a  ████████████████                               0 s to 3 s",
        "  b                  █████                          3 s to 4 s",
        "  c                       ███████████               4 s to 6 s",
        "  d                                  █████████████  6 s to 8.5 s",
        "  It returned after 8.5 s.",
      ])
  }

  @Test func `every part fits the width, and says how it ended`() throws {
    for part in Story.parts {
      let lines = try Story.lines(part: part, width: 80)
      #expect(lines.allSatisfy { $0.count <= 80 })
      #expect(lines.last?.hasPrefix("  It ") == true)
    }
  }

  @Test func `a call that waits for ever is told as such`() throws {
    let lines = try Story.lines(part: "readAtOnce", width: 80)
    #expect(lines == [#"readAtOnce("a", "b", "c")"#, "  It never came back."])
  }

  @Test func `a reading that failed or was cancelled says so`() throws {
    let lines = try Story.lines(part: "readAll, c missing", width: 80)
    #expect(lines.contains { $0.contains("  a  ") && $0.hasSuffix("0 s to 2 s, cancelled") })
    #expect(lines.contains { $0.contains("  c  ") && $0.hasSuffix("0 s to 2 s, missing") })
    #expect(lines.last == #"  It threw NoSuchFile("c") after 2 s."#)
  }

  @Test func `there are no other parts`() {
    #expect(throws: NoSuchPart(name: "more")) { try Story.lines(part: "more", width: 80) }
  }
}

/// Reads in turn and all at once; asked for three files it waits for ever.
private actor Reader: TasksChapter {
  let files: any Files

  init(clock: any Clock<Duration>, files: any Files, disk: any Disk, threads: any Threads) {
    self.files = files
  }

  func readInTurn(_ names: [String]) async throws -> [String] {
    var contents: [String] = []
    for name in names { contents.append(try await files.read(name)) }
    return contents
  }

  func readAtOnce(_: String, _: String, _: String) async throws -> [String] {
    try await withUnsafeThrowingContinuation { (_: UnsafeContinuation<[String], any Error>) in }
  }

  func readAll(_ names: [String]) async throws -> [String] {
    try await withThrowingTaskGroup(of: String.self) { [files] group in
      for name in names { group.addTask { try await files.read(name) } }
      var contents: [String] = []
      for try await text in group { contents.append(text) }
      return contents
    }
  }

  func load(_: String) async throws -> String { todo("1.4") }
  func sum(_: [any Chunk]) async throws -> Int { todo("1.5") }
  func fulfill(with _: Int) -> Bool { todo("1.6") }
  func value() async -> Int { todo("1.6") }
  func countdown(from _: Int, every _: Duration) -> AsyncStream<Int> { todo("1.7") }
  func withDeadline<Value: Sendable>(
    _: Duration, _: @escaping @Sendable () async throws -> Value
  ) async throws -> Value { todo("1.8") }
  func startTimer(_: Duration, _: @escaping @Sendable () -> Void) { todo("1.9") }
  func resetTimer() { todo("1.9") }
  func stopTimer() { todo("1.9") }
  func speedup(parallel _: Double, workers _: Int) -> Double { todo("1.10") }
  func measuredSpeedup(of _: any Job, workers _: Int) async throws -> Double { todo("1.10") }
}
