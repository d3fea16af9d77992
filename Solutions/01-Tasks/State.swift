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
    // BEGIN 1.1 In turn
    var contents: [String] = []
    for name in names {
      contents.append(try await files.read(name))
    }
    return contents
    // END 1.1
  }

  /// Reads three files at once: it takes as long as the slowest of them.
  public func readAtOnce(
    _ first: String, _ second: String, _ third: String
  ) async throws -> [String] {
    // BEGIN 1.2 At once
    async let one = files.read(first)
    async let two = files.read(second)
    async let three = files.read(third)
    return try await [one, two, three]
    // END 1.2
  }

  /// Reads any number of files at once. The first failure cancels the rest and is thrown.
  public func readAll(_ names: [String]) async throws -> [String] {
    // BEGIN 1.3 Many
    try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (place, name) in names.enumerated() {
        group.addTask { (place, try await self.files.read(name)) }
      }
      var contents = Array(repeating: "", count: names.count)
      for try await (place, text) in group {
        contents[place] = text
      }
      return contents
    }
    // END 1.3
  }

  // MARK: - Sharing the pool

  /// Reads a file from a disk whose driver blocks, without stopping anybody else.
  public func load(_ name: String) async throws -> String {
    // BEGIN 1.4 Never block
    let disk = disk
    return try await threads.run { try disk.readBlocking(name) }
    // END 1.4
  }

  /// Adds up what the chunks compute. Gives way to others, and stops when it is cancelled.
  public func sum(_ chunks: [any Chunk]) async throws -> Int {
    // BEGIN 1.5 Give way
    var total = 0
    for chunk in chunks {
      try Task.checkCancellation()
      total += chunk.compute()
      await Task.yield()
    }
    return total
    // END 1.5
  }

  // MARK: - Handing values over

  /// Sets the value and wakes everybody who waits for it. Only the first call counts.
  public func fulfill(with value: Int) -> Bool {
    // BEGIN 1.6 A value handed over
    guard fulfilled == nil else { return false }
    fulfilled = value
    for waiter in waiters { waiter.resume(returning: value) }
    waiters = []
    return true
    // END 1.6
  }

  /// The value, as soon as somebody has set it.
  public func value() async -> Int {
    // BEGIN 1.6 A value handed over
    if let fulfilled { return fulfilled }
    return await withCheckedContinuation { waiters.append($0) }
    // END 1.6
  }

  /// Counts `start`, `start - 1`, … 0, the first at once and then one each `interval`.
  public func countdown(from start: Int, every interval: Duration) -> AsyncStream<Int> {
    // BEGIN 1.7 A stream of values
    let clock = clock
    return AsyncStream { continuation in
      let counting = Task {
        for number in stride(from: start, through: 0, by: -1) {
          continuation.yield(number)
          guard number > 0 else { break }
          do { try await clock.sleep(for: interval) } catch { break }
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in counting.cancel() }
    }
    // END 1.7
  }

  // MARK: - Time

  /// What `operation` returns, or `DeadlineExceeded` once `limit` has passed.
  ///
  /// Whoever loses is cancelled, and has ended before this returns.
  public func withDeadline<Value: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    // BEGIN 1.8 A deadline
    try await withThrowingTaskGroup(of: Value.self) { group in
      let clock = clock
      group.addTask { try await operation() }
      group.addTask {
        try await clock.sleep(for: limit)
        throw DeadlineExceeded()
      }
      defer { group.cancelAll() }
      guard let winner = try await group.next() else { throw DeadlineExceeded() }
      return winner
    }
    // END 1.8
  }

  /// Starts the timer: `action` runs once, `period` from now, unless it is stopped or reset.
  public func startTimer(_ period: Duration, _ action: @escaping @Sendable () -> Void) {
    // BEGIN 1.9 A restartable timer
    self.period = period
    self.action = action
    resetTimer()
    // END 1.9
  }

  /// Lets the timer run for its whole period once more, from now, whatever it did before.
  public func resetTimer() {
    // BEGIN 1.9 A restartable timer
    timer?.cancel()
    timer = Task {
      do { try await clock.sleep(for: period) } catch { return }
      // It may have been cancelled after it woke and before it got its turn here.
      guard !Task.isCancelled else { return }
      action()
    }
    // END 1.9
  }

  /// Stops the timer: once this has returned, `action` does not run.
  public func stopTimer() {
    // BEGIN 1.9 A restartable timer
    timer?.cancel()
    timer = nil
    // END 1.9
  }

  // MARK: - How much faster?

  /// Amdahl's law: how many times faster a job gets if `fraction` of it can be shared out.
  public func speedup(parallel fraction: Double, workers: Int) -> Double {
    // BEGIN 1.10 Amdahl's law
    1 / ((1 - fraction) + fraction / Double(workers))
    // END 1.10
  }

  /// How many times faster `job` is done by `workers` at once than by one alone, as measured.
  public func measuredSpeedup(of job: any Job, workers: Int) async throws -> Double {
    // BEGIN 1.10 Amdahl's law
    let alone = try await time(job, workers: 1)
    let together = try await time(job, workers: workers)
    return alone / together
    // END 1.10
  }

  /// How long `job` takes when at most `workers` of its pieces are done at a time.
  func time(_ job: any Job, workers: Int) async throws -> Duration {
    // BEGIN 1.10 Amdahl's law
    try await clock.measure {
      try await job.serialPart()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for piece in 0..<job.pieces {
          if piece >= workers { try await group.next() }
          group.addTask { try await job.piece(piece) }
        }
        try await group.waitForAll()
      }
    }
    // END 1.10
  }
}
