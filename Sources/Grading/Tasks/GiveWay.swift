internal import Contracts
internal import Simulator
internal import Synchronization

/// 1.5: a long computation that lets others have their turn.
extension TasksChecks {
  static var giveWay: [Check] {
    [giveWayTotal, giveWayOften, giveWayStops, giveWayNone]
  }

  /// How many chunks may be computed in one go.
  private static var bound: Int { 5 }

  private static var giveWayTotal: Check {
    Check(
      "1.5.total", "The sum is that of all chunks.",
      section: "chapter 1, give way", calling: "sum(of 23 chunks)"
    ) { rule in
      try underSeeds(3) { simulation in
        let bench = Workbench(simulation)
        let state = TasksWorld(simulation).makeState(State.self)
        let total = try await state.sum(bench.chunks(23))
        let expected = (1...23).reduce(0, +)
        guard total == expected else {
          throw rule.broken(
            "The chunks 1, 2, 3, … 23 do not add up to \(total).",
            [Fact("it returned", "\(total)")], reference: "\(expected)")
        }
      }
    }
  }

  private static var giveWayOften: Check {
    Check(
      "1.5.gives-way",
      "After at most \(bound) chunks it suspends, so that others have their turn.",
      section: "SE-0304", calling: "sum(of 40 chunks)"
    ) { rule in
      try underSeeds(3) { simulation in
        let bench = Workbench(simulation)
        let state = TasksWorld(simulation).makeState(State.self)
        _ = try await state.sum(bench.chunks(40))
        let stretch = bench.longestStretch
        guard stretch.count <= bound else {
          throw rule.broken(
            "It computed chunks \(stretch.lowerBound) to \(stretch.upperBound) in one go. "
              + "With 10 ms a chunk, nobody else had a turn for \(stretch.count * 10) ms.",
            [Fact("in one go", "\(stretch.count) chunks")], reference: "at most \(bound)")
        }
      }
    }
  }

  private static var giveWayStops: Check {
    Check(
      "1.5.stops",
      "When it is cancelled it throws CancellationError, after at most \(bound) more chunks.",
      section: "SE-0304", calling: "sum(of 40 chunks), cancelled during one of them,"
    ) { rule in
      // Whenever it comes: who looks at every tenth chunk is in time for some cancellations.
      for number in [10] + Array(1...30) {
        try underSeeds(2) { try await cancelled(during: number, $0, rule) }
      }
    }
  }

  private static func cancelled(
    during number: Int, _ simulation: Simulation, _ rule: Rule
  ) async throws {
    let bench = Workbench(simulation)
    let state = TasksWorld(simulation).makeState(State.self)
    let caller = Task { try await state.sum(bench.chunks(40)) }
    bench.onChunk(number) { caller.cancel() }
    let result = await caller.result
    let computed = bench.computed
    let outcome = CallOutcome(result: result, time: simulation.now)
    guard computed <= number + bound else {
      throw rule.broken(
        "It was cancelled during chunk \(number), and went on up to chunk \(computed).",
        [outcome.fact], reference: "CancellationError()")
    }
    guard outcome.error is CancellationError else {
      throw rule.broken(
        "It was cancelled during chunk \(number) of 40, and its caller does not get to know it.",
        [outcome.fact], reference: "CancellationError()")
    }
  }

  private static var giveWayNone: Check {
    Check(
      "1.5.none", "The sum of no chunks is 0.",
      section: "chapter 1, give way", calling: "sum([])"
    ) { rule in
      try underSeeds(1) { simulation in
        let total = try await TasksWorld(simulation).makeState(State.self).sum([])
        guard total == 0 else {
          throw rule.broken(
            "There was nothing to add up.", [Fact("it returned", "\(total)")], reference: "0")
        }
      }
    }
  }
}

/// Where chunks are computed, and a record of how many in one go.
private final class Workbench: Sendable {
  private struct Contents {
    /// For each chunk computed, the job of the simulation in which it was.
    var jobs: [Int] = []
    var hooks: [Int: @Sendable () -> Void] = [:]
  }

  private let simulation: Simulation
  private let contents = Mutex(Contents())

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// Chunks that compute 1, 2, 3, … and hold their thread for 10 ms each.
  func chunks(_ count: Int) -> [any Chunk] {
    (1...count).map { BenchChunk(bench: self, value: $0) }
  }

  var computed: Int { contents.withLock { $0.jobs.count } }

  /// The most chunks that were computed without a suspension, counted from 1.
  var longestStretch: ClosedRange<Int> {
    let jobs = contents.withLock { $0.jobs }
    var longest = 1...1
    var start = 0
    for end in jobs.indices {
      if jobs[end] != jobs[start] { start = end }
      if end - start + 1 > longest.count { longest = (start + 1)...(end + 1) }
    }
    return longest
  }

  func onChunk(_ number: Int, _ hook: @escaping @Sendable () -> Void) {
    contents.withLock { $0.hooks[number] = hook }
  }

  fileprivate func compute(_ value: Int) -> Int {
    let hook = contents.withLock { contents in
      contents.jobs.append(simulation.steps)
      return contents.hooks[contents.jobs.count]
    }
    simulation.block(for: .milliseconds(10))
    hook?()
    return value
  }
}

private struct BenchChunk: Chunk {
  let bench: Workbench
  let value: Int

  func compute() -> Int { bench.compute(value) }
}
