internal import Contracts
internal import Simulator
internal import Synchronization

/// 1.10: how much faster a job gets, said by a formula and by a clock.
extension TasksChecks {
  static var amdahlsLaw: [Check] {
    [
      amdahlFormula, amdahlEachOnce, amdahlSerialFirst, amdahlBounded, amdahlBusy, amdahlRatio,
      amdahlFailure,
    ]
  }

  private static var amdahlFormula: Check {
    Check(
      "1.10.formula", "The speedup is 1 / ((1 - P) + P / N), for a part P and N workers.",
      section: "Amdahl 1967", calling: "speedup(parallel: 0.5, workers: 2)"
    ) { rule in
      try underSeeds(1) { simulation in
        let state = TasksWorld(simulation).makeState(State.self)
        for part in [0.5, 0, 1, 0.25, 0.95] {
          for workers in [2, 1, 4, 1_000_000] {
            let said = await state.speedup(parallel: part, workers: workers)
            let expected = 1 / ((1 - part) + part / Double(workers))
            guard abs(said - expected) <= 1e-9 * expected else {
              throw rule.broken(
                "speedup(parallel: \(part), workers: \(workers)) is not what the law says.",
                [Fact("it returned", Messages.trimmed(said))],
                reference: Messages.trimmed(expected))
            }
          }
        }
      }
    }
  }

  private static var amdahlEachOnce: Check {
    Check(
      "1.10.each-once", "The job is done twice, alone and together, and all of it each time.",
      section: "chapter 1, Amdahl's law",
      calling: "measuredSpeedup(of: job, workers: 3), for 7 pieces, 2 or none,"
    ) { rule in
      for pieces in [7, 2, 0] {
        try measuring(pieces: pieces) { job, _ in
          if let stranger = job.work.compactMap(\.piece).first(where: { $0 >= pieces }) {
            throw rule.broken(
              "The pieces are 0 to \(pieces - 1), and piece \(stranger) was asked for.")
          }
          for part in [nil] + (0..<pieces).map(Int?.some) {
            let count = job.work.count { $0.piece == part }
            guard count != 2 else { continue }
            let name = part.map { "Piece \($0) of \(pieces)" } ?? "The serial part"
            throw rule.broken(
              "\(name) was not done once alone and once together.",
              [Fact("in all", "\(count)")], reference: "2")
          }
        }
      }
    }
  }

  private static var amdahlSerialFirst: Check {
    Check(
      "1.10.serial-first", "The serial part comes first, and nothing is done beside it.",
      section: "Amdahl 1967", calling: "measuredSpeedup(of: job, workers: 3)"
    ) { rule in
      try measuring(pieces: 7) { job, _ in
        let serial = job.work.filter { $0.piece == nil }
        for work in job.work {
          guard let piece = work.piece else { continue }
          guard let before = serial.last(where: { $0.start <= work.start }) else {
            throw rule.broken(
              "Piece \(piece) was begun at \(at(work.start)), before the serial part was.")
          }
          guard before.end <= work.start else {
            throw rule.broken(
              "Piece \(piece) was begun at \(at(work.start)), and the serial part, begun at "
                + "\(at(before.start)), was done only at \(at(before.end)).")
          }
        }
      }
    }
  }

  private static var amdahlBounded: Check {
    Check(
      "1.10.bounded", "No more pieces are under way than there are workers: alone, that is one.",
      section: "chapter 1, Amdahl's law", calling: "measuredSpeedup(of: job, workers: 3)"
    ) { rule in
      for workers in [3, 2] {
        try measuring(pieces: 7, workers: workers) { job, _ in
          let most = job.runs.map(\.most).sorted()
          guard most.count == 2, most[0] <= 1, most[1] <= workers else {
            throw rule.broken(
              "The job of 7 pieces was to be done once by one worker, and once by \(workers).",
              [Fact("at a time", "up to " + list(most.map { "\($0)" }) + " pieces")],
              reference: "up to 1 and \(workers) pieces")
          }
        }
      }
    }
  }

  private static var amdahlBusy: Check {
    Check(
      "1.10.busy", "No worker is idle while there are pieces left for it.",
      section: "chapter 1, Amdahl's law", calling: "measuredSpeedup(of: job, workers: 3)"
    ) { rule in
      // Pieces take equally long: batches are as good as a piece to whoever is free.
      for (pieces, workers, alone, together) in [
        (7, 3, 2250, 1250), (2, 3, 1000, 750), (7, 5, 2250, 1000), (4, 1, 1500, 1500),
      ] {
        try measuring(pieces: pieces, workers: workers) { job, _ in
          let expected = [Duration.milliseconds(together), .milliseconds(alone)]
          let lengths = job.runs.map(\.length).sorted()
          guard lengths == expected else {
            throw rule.broken(
              "A serial part of 500 ms and \(pieces) pieces of 250 ms were done by one worker, "
                + "and again by \(workers).",
              [Fact("it took", list(lengths.reversed().map(at)))],
              reference: list(expected.reversed().map(at)))
          }
        }
      }
    }
  }

  private static var amdahlRatio: Check {
    Check(
      "1.10.ratio",
      "The speedup is the time it takes alone, divided by the time it takes together.",
      section: "chapter 1, Amdahl's law", calling: "measuredSpeedup(of: job, workers: 3)"
    ) { rule in
      for (pieces, expected) in [(7, 1.8), (2, 1000.0 / 750), (0, 1)] {
        try measuring(pieces: pieces) { job, said in
          guard abs(said - expected) <= 1e-9 else {
            throw rule.broken(
              "The job took \(list(job.runs.map(\.length).sorted().reversed().map(at))).",
              [Fact("it returned", Messages.trimmed(said))],
              reference: Messages.trimmed(expected))
          }
        }
      }
    }
  }

  private static var amdahlFailure: Check {
    Check(
      "1.10.failure",
      "If any part fails, its error is thrown on: what was not done is not measured.",
      section: "chapter 1, Amdahl's law", calling: "measuredSpeedup(of: job, workers: 3)"
    ) { rule in
      // The last piece is one that nobody has to wait for before another can begin. And what was
      // done well once may fail the second time.
      for (part, run) in [(4, 1), (6, 1), (nil, 1), (4, 2), (6, 2), (nil, 2)] as [(Int?, Int)] {
        try underSeeds(3) { simulation in
          let state = TasksWorld(simulation).makeState(State.self)
          let failure = PartFailed(piece: part, run: run)
          let job = SimulatedJob(simulation, pieces: 7, failing: failure)
          let outcome = await simulation.outcome {
            try await state.measuredSpeedup(of: job, workers: 3)
          }
          guard outcome.error is PartFailed else {
            let name = part.map { "Piece \($0) of the job" } ?? "The serial part of the job"
            throw rule.broken(
              "\(name) failed when it was done \(run == 1 ? "first" : "for the second time"), "
                + "and the caller does not get to know it.",
              [outcome.fact], reference: "\(failure)")
          }
        }
      }
    }
  }

  /// Lets a job of equal pieces be measured, and looks at how it was done.
  private static func measuring(
    pieces: Int, workers: Int = 3,
    _ judge: @escaping @Sendable (SimulatedJob, Double) throws -> Void
  ) throws {
    try underSeeds(3) { simulation in
      let state = TasksWorld(simulation).makeState(State.self)
      let job = SimulatedJob(simulation, pieces: pieces)
      let said = try await state.measuredSpeedup(of: job, workers: workers)
      try judge(job, said)
    }
  }
}

/// A part of a job could not be done, the first time or the second.
private struct PartFailed: Error, CustomStringConvertible {
  /// nil is the serial part.
  let piece: Int?
  let run: Int
  var description: String { piece.map { "PieceFailed(\($0))" } ?? "SerialPartFailed()" }
}

/// A job whose serial part takes 500 ms and each piece 250 ms, and a record of who did what when.
private final class SimulatedJob: Job {
  struct Work: Sendable {
    /// nil is the serial part.
    let piece: Int?
    let start: Duration
    var end: Duration
  }

  /// What was done from one serial part to the next.
  struct Run: Sendable {
    var work: [Work] = []

    var length: Duration {
      guard let first = work.first else { return .zero }
      return (work.map(\.end).max() ?? first.start) - first.start
    }

    /// The most pieces that were under way at one time.
    var most: Int {
      let pieces = work.filter { $0.piece != nil }
      return pieces.map { one in pieces.count { $0.start <= one.start && one.start < $0.end } }
        .max() ?? 0
    }
  }

  let pieces: Int
  private let failing: PartFailed?
  private let simulation: Simulation
  private let log = Mutex<[Work]>([])

  init(_ simulation: Simulation, pieces: Int, failing: PartFailed? = nil) {
    self.simulation = simulation
    self.pieces = pieces
    self.failing = failing
  }

  /// Everything that was done, in the order in which it was begun.
  var work: [Work] { log.withLock { $0 } }

  var runs: [Run] {
    work.reduce(into: []) { runs, work in
      if work.piece == nil || runs.isEmpty { runs.append(Run()) }
      runs[runs.count - 1].work.append(work)
    }
  }

  func serialPart() async throws { try await perform(nil, for: .milliseconds(500)) }

  func piece(_ number: Int) async throws { try await perform(number, for: .milliseconds(250)) }

  private func perform(_ piece: Int?, for duration: Duration) async throws {
    let number = log.withLock {
      $0.append(Work(piece: piece, start: simulation.now, end: simulation.now + duration))
      return $0.count - 1
    }
    simulation.record("job", piece.map { "piece \($0)" } ?? "the serial part")
    try await simulation.clock.sleep(for: duration)
    let run = log.withLock {
      $0[number].end = simulation.now
      return $0[...number].count { $0.piece == piece }
    }
    if let failing, failing.piece == piece, failing.run == run { throw failing }
  }
}
