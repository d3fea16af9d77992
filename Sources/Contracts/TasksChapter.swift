/// What chapter 1 asks of your `State`.
///
/// Time, files, the slow disk and the threads are handed in, so that a grader can hand in virtual
/// ones: three seconds of waiting are then over at once, and the same every time.
public protocol TasksChapter: Actor {
  init(clock: any Clock<Duration>, files: any Files, disk: any Disk, threads: any Threads)

  // 1.1 and 1.2
  func readInTurn(_ names: [String]) async throws -> [String]
  func readAtOnce(_ first: String, _ second: String, _ third: String) async throws -> [String]

  // 1.3
  func readAll(_ names: [String]) async throws -> [String]

  // 1.4
  func load(_ name: String) async throws -> String

  // 1.5
  func sum(_ chunks: [any Chunk]) async throws -> Int

  // 1.6
  func fulfill(with value: Int) -> Bool
  func value() async -> Int

  // 1.7
  func countdown(from start: Int, every interval: Duration) -> AsyncStream<Int>

  // 1.8
  func withDeadline<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value

  // 1.9
  func startTimer(_ period: Duration, _ action: @escaping @Sendable () -> Void)
  func resetTimer()
  func stopTimer()

  // 1.10
  func speedup(parallel fraction: Double, workers: Int) -> Double
  func measuredSpeedup(of job: any Job, workers: Int) async throws -> Double
}

/// Files that are read without a thread being held while they come.
public protocol Files: Sendable {
  /// The contents of the file; the calling task is suspended until they are there.
  func read(_ name: String) async throws -> String
}

/// A disk whose driver knows nothing of tasks.
public protocol Disk: Sendable {
  /// The contents of the file. **Blocks** the calling thread until they are there.
  func readBlocking(_ name: String) throws -> String
}

/// Threads kept for code that blocks.
public protocol Threads: Sendable {
  /// Runs `body` on a thread of its own; the calling task is suspended meanwhile.
  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value
}

/// A part of a long computation: it takes its time, and never suspends.
public protocol Chunk: Sendable {
  func compute() -> Int
}

/// Work of which one part must be done alone and the rest can be done side by side.
public protocol Job: Sendable {
  /// How many pieces can be done side by side.
  var pieces: Int { get }

  /// The part that nobody can help with. It comes first.
  func serialPart() async throws

  /// One of the pieces, from `0..<pieces`; each is to be done once a run.
  func piece(_ number: Int) async throws
}

/// The time was up before the value was there.
public struct DeadlineExceeded: Error, Hashable, Sendable, CustomStringConvertible {
  public init() {}
  public var description: String { "the deadline passed before the operation had finished" }
}
