public import Contracts
internal import Simulator

/// How a `State` reads files, drawn as bars over virtual time: its concurrency, to be looked at.
public enum TasksStory<State: TasksChapter> {
  /// What can be shown, in the order in which it is written. Each part is run by itself, since one
  /// that is not written yet ends its process.
  public static var parts: [String] {
    ["readInTurn", "readAtOnce", "readAll", "readAll, c missing"]
  }

  /// One part, in lines of at most `width` columns.
  ///
  /// - Throws: where there is no such part.
  public static func lines(part: String, width: Int) throws -> [String] {
    switch part {
    case "readInTurn":
      show(#"readInTurn(["a", "b", "c", "d"])"#, width) { state in
        try await state.readInTurn(["a", "b", "c", "d"])
      }
    case "readAtOnce":
      show(#"readAtOnce("a", "b", "c")"#, width) { state in
        try await state.readAtOnce("a", "b", "c")
      }
    case "readAll":
      show(#"readAll(["a", "b", "c", "d"])"#, width) { state in
        try await state.readAll(["a", "b", "c", "d"])
      }
    case "readAll, c missing":
      show(#"readAll(["a", "b", "c", "d"]), and there is no c"#, width, missing: ["c"]) { state in
        try await state.readAll(["a", "b", "c", "d"])
      }
    default: throw NoSuchPart(name: part)
    }
  }

  /// How long the files take: four different times, so that the order of arrival is none of names.
  private static var durations: [String: Duration] {
    ["a": .seconds(3), "b": .seconds(1), "c": .seconds(2), "d": .milliseconds(2500)]
  }

  private static func show(
    _ title: String, _ width: Int, missing: Set<String> = [],
    _ call: @escaping @Sendable (State) async throws -> [String]
  ) -> [String] {
    let simulation = Simulation(schedule: .inOrder, limits: .grading)
    let world = TasksWorld(simulation, durations: durations, missing: missing)
    let state = world.makeState(State.self)
    let end: String
    do {
      let outcome = try simulation.run { _ in await simulation.outcome { try await call(state) } }
      let what = outcome.error.map { "threw \($0)" } ?? "returned"
      end = "It \(what) after \(Messages.describe(outcome.time))."
    } catch SimulationError.stuck {
      end = "It never came back."
    } catch {
      end = "\(error)"
    }
    let bars = ReadingBars(
      of: world.files.readings, over: durations.values.reduce(.zero, +), width: width)
    return [title] + bars.lines + ["  " + end]
  }
}

/// There is nothing of that name to show.
struct NoSuchPart: Error, Equatable, CustomStringConvertible {
  let name: String
  var description: String { "there is no part '\(name)'" }
}

/// Readings as bars, one below the other, on one scale of time.
private struct ReadingBars {
  let lines: [String]

  /// - Parameter span: what the whole width stands for. The same for all parts, so that they can be
  ///   compared at a glance.
  init(of readings: [SimulatedFiles.Reading], over span: Duration, width: Int) {
    let names = readings.map(\.name.count).max() ?? 0
    let columns = max(20, min(60, width - names - 34))
    func column(_ time: Duration) -> Int {
      min(columns, Int((time / span * Double(columns)).rounded()))
    }
    lines = readings.map { reading in
      let start = column(reading.start)
      let length = max(1, column(reading.end ?? span) - start)
      let name = reading.name.padding(to: names)
      let bar = String(repeating: " ", count: start) + String(repeating: "█", count: length)
      let times =
        Messages.describe(reading.start) + " to "
        + (reading.end.map(Messages.describe) ?? "…")
      let remark = reading.wasCancelled ? ", cancelled" : reading.wasMissing ? ", missing" : ""
      return "  \(name)  \(bar.padding(to: columns))  \(times)\(remark)"
    }
  }
}

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
