import Contracts

/// Chapter 1: tasks. Time, files, the slow disk and the threads are handed in.
public actor State: TasksChapter {
  let clock: any Clock<Duration>
  let files: any Files
  let disk: any Disk
  let threads: any Threads

  // 1.6: the value, once somebody has set it, and who waits for it.
  var fulfilled: Int?
  var waiters: [CheckedContinuation<Int, Never>] = []

  // 1.9: how long the timer runs and what it does then, and the task that waits for that.
  var period: Duration = .zero
  var action: @Sendable () -> Void = {}
  var timer: Task<Void, Never>?

  public init(
    clock: any Clock<Duration>, files: any Files, disk: any Disk, threads: any Threads
  ) {
    self.clock = clock
    self.files = files
    self.disk = disk
    self.threads = threads
  }

  // MARK: - Waiting for files

  /// Reads the files one after another, in the order asked.
  public func readInTurn(_ names: [String]) async throws -> [String] {
    todo("1.1 In turn")
  }

  /// Reads three files at once: it takes as long as the slowest of them.
  public func readAtOnce(
    _ first: String, _ second: String, _ third: String
  ) async throws -> [String] {
    todo("1.2 At once")
  }

  /// Reads any number of files at once. The first failure cancels the rest and is thrown.
  public func readAll(_ names: [String]) async throws -> [String] {
    todo("1.3 Many")
  }

  // MARK: - Sharing the pool

  /// Reads a file from a disk whose driver blocks, without stopping anybody else.
  public func load(_ name: String) async throws -> String {
    todo("1.4 Never block")
  }

  /// Adds up what the chunks compute. Gives way to others, and stops when it is cancelled.
  public func sum(_ chunks: [any Chunk]) async throws -> Int {
    todo("1.5 Give way")
  }

  // MARK: - Handing values over

  /// Sets the value and wakes everybody who waits for it. Only the first call counts.
  public func fulfill(with value: Int) -> Bool {
    todo("1.6 A value handed over")
  }

  /// The value, as soon as somebody has set it.
  public func value() async -> Int {
    todo("1.6 A value handed over")
  }

  /// Counts `start`, `start - 1`, … 0, the first at once and then one each `interval`.
  public func countdown(from start: Int, every interval: Duration) -> AsyncStream<Int> {
    todo("1.7 A stream of values")
  }

  // MARK: - Time

  /// What `operation` returns, or `DeadlineExceeded` once `limit` has passed.
  ///
  /// Whoever loses is cancelled, and has ended before this returns.
  public func withDeadline<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    todo("1.8 A deadline")
  }

  /// Starts the timer: `action` runs once, `period` from now, unless it is stopped or reset.
  public func startTimer(_ period: Duration, _ action: @escaping @Sendable () -> Void) {
    todo("1.9 A restartable timer")
  }

  /// Lets the timer run for its whole period once more, from now, whatever it did before.
  public func resetTimer() {
    todo("1.9 A restartable timer")
  }

  /// Stops the timer: once this has returned, `action` does not run.
  public func stopTimer() {
    todo("1.9 A restartable timer")
  }

  // MARK: - How much faster?

  /// Amdahl's law: how many times faster a job gets if `fraction` of it can be shared out.
  public func speedup(parallel fraction: Double, workers: Int) -> Double {
    todo("1.10 Amdahl's law")
  }

  /// How many times faster `job` is done by `workers` at once than by one alone, as measured.
  public func measuredSpeedup(of job: any Job, workers: Int) async throws -> Double {
    todo("1.10 Amdahl's law")
  }

  /// How long `job` takes when at most `workers` of its pieces are done at a time.
  func time(_ job: any Job, workers: Int) async throws -> Duration {
    todo("1.10 Amdahl's law")
  }
}
