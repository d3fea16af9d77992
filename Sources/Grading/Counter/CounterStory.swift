public import Contracts
internal import Raft
internal import Simulator

/// Runs of a learner's own counter, told as tables. The same seed tells the same story.
public enum CounterStory<State: CounterChapter> {
  /// Several tasks that call `increment(pausing:)` at once: the runs that step 2.2 judges.
  public static func increment(seed: UInt64, tasks: Int, width: Int) throws -> [String] {
    let style = Style(width: width, isColoured: false)
    let simulation = Simulation(schedule: .seeded(seed), seed: seed, limits: .grading)
    let result = Result {
      try simulation.run {
        await IncrementRun(
          of: CounterChecks<State>.makeState(), in: $0, tasks: tasks)
      }
    }
    var lines = style.wrapped(
      "\(tasks) tasks call your increment(pausing:) at once. Seed \(seed) chose who goes on:",
      indent: 0)
    lines += table(simulation.trace, width: width)
    switch result {
    case .success(let run):
      let returned = run.returned.map(\.description).joined(separator: ", ")
      let isRight = run.value == tasks && run.returned.sorted() == Array(1...max(tasks, 1))
      lines += style.wrapped(
        "The value is \(run.value), and the calls returned \(returned). "
          + (isRight
            ? "Nothing is lost in this run."
            : "\(tasks) increments should leave \(tasks), and return each number once."),
        indent: 0)
    case .failure(SimulationError.stuck):
      lines += style.wrapped(
        "Here it ends: everything waits, and nothing is left that could wake it.", indent: 0)
    case .failure(let error): throw error
    }
    return lines + ["", "Another run: swift run workbook explore 2.2 --seed \(seed &+ 1)"]
  }

  /// Servers that exchange their counts over a bad network: the runs that step 2.7 judges.
  public static func cluster(servers: Int, seed: UInt64, width: Int) throws -> [String] {
    let style = Style(width: width, isColoured: false)
    let simulation = Simulation(schedule: .seeded(seed), seed: seed, limits: .grading)
    let result = Result {
      try simulation.run { await CountCluster(of: State.self, servers: servers, in: $0) }
    }
    var lines = style.wrapped(
      "\(servers) servers, \(CountCluster.rounds) exchanges each, over a network that loses,"
        + " delays, repeats and reorders; then one exchange each without faults. Seed \(seed):",
      indent: 0)
    lines += table(simulation.trace, width: width)
    switch result {
    case .success(let cluster):
      lines += ["What each server knows at the end:", ""] + cluster.table.map { "  " + $0 } + [""]
      lines += style.wrapped(
        cluster.problem?.happened
          ?? (cluster.isAgreed
            ? "Nobody ever knew more of another than the other had, and in the end all agree."
            : "Somebody still does not know somebody's count."),
        indent: 0)
    case .failure(SimulationError.stuck):
      lines += style.wrapped(
        "Here it ends: everything waits, and nothing is left that could wake it.", indent: 0)
    case .failure(let error): throw error
    }
    return lines + ["", "Another run: swift run workbook simulate 2 --seed \(seed &+ 1)"]
  }

  private static func table(_ trace: [TraceEvent], width: Int) -> [String] {
    [""] + TraceTable(trace, width: width - 2, most: .max).lines.map { "  " + $0 } + [""]
  }
}
