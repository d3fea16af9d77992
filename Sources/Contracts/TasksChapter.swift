/// What chapter 1 asks of your `State`.
///
/// Time, files, the slow disk and the threads are handed in, so that a grader can hand in virtual
/// ones: three seconds of waiting are then over at once, and the same every time.
public protocol TasksChapter: Actor {
  init(clock: any Clock<Duration>, files: any Files, disk: any Disk, threads: any Threads)

  // MARK: - Waiting for files

  /// 1.1: reads the files one after another. A failure ends it.
  func readInTurn(_ names: [String]) async throws -> [String]

  /// 1.2: reads three files at once, and returns them in the order asked.
  ///
  /// When it has returned or thrown, none of the readings is under way any more.
  func readAtOnce(_ first: String, _ second: String, _ third: String) async throws -> [String]

  /// 1.3: reads all files at once, and returns them in the order asked.
  ///
  /// The first failure is thrown. Before that, the readings still under way are cancelled, and
  /// have ended.
  func readAll(_ names: [String]) async throws -> [String]

  // MARK: - Sharing the pool

  /// 1.4: what the disk has under that name. No thread of the pool waits for it.
  func load(_ name: String) async throws -> String

  /// 1.5: adds up the chunks, of which it computes at most five in one go.
  ///
  /// When it is cancelled it throws `CancellationError`, after five more chunks at the most.
  func sum(_ chunks: [any Chunk]) async throws -> Int

  // MARK: - Handing values over

  /// 1.6: sets the value. Only the first call does, and returns true.
  func fulfill(with value: Int) -> Bool

  /// 1.6: the value; suspended until it has been set. It cannot be cancelled.
  func value() async -> Int

  /// 1.7: the numbers from `start` down to 0, one each `interval`, and then the end.
  ///
  /// The first comes at once. From below 0 there is nothing to count, and the stream ends at once.
  func countdown(from start: Int, every interval: Duration) -> AsyncStream<Int>

  // MARK: - Time

  /// 1.8: what `operation` returns or throws, or `DeadlineExceeded` if `limit` passes before that.
  ///
  /// In either case the operation has ended. If both happen at the same instant, either may win.
  func withDeadline<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value

  /// 1.9: starts the timer, or starts it anew. `action` runs once, on this actor, after `period`.
  ///
  /// The action may start the timer anew.
  func startTimer(_ period: Duration, _ action: @escaping @Sendable () -> Void)

  /// 1.9: begins the period anew. The action does not run before the whole of it has passed.
  ///
  /// What this does to a timer that was stopped or has fired is left to you; the reference starts
  /// it again, as later chapters find handy.
  func resetTimer()

  /// 1.9: stops the timer. Once this has returned, the action does not run.
  func stopTimer()

  // MARK: - How much faster?

  /// 1.10: how many times faster a job gets by `workers`, if they can share `fraction` of it.
  func speedup(parallel fraction: Double, workers: Int) -> Double

  /// 1.10: does `job` alone and by `workers` at once, and divides the one time by the other.
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
public struct DeadlineExceeded: Error, Hashable, Sendable {
  public init() {}
}
