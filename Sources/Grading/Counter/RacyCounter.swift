internal import Simulator

/// The counter that loses counts, made visible: not now and then, but by schedule.
public enum RacyCounter {
  /// A run in which some of `tasks` increments are lost, as a table.
  ///
  /// Without a seed the run is searched for, schedule by schedule. With one it is that seed's run,
  /// whether it loses anything or not.
  public static func lines(seed: UInt64?, tasks: Int, width: Int) throws -> [String] {
    let style = Style(width: width, isColoured: false)
    let found = try seed.map { try run(under: $0, tasks: tasks) } ?? search(tasks: tasks)
    var lines = style.wrapped(
      "\(count(tasks, "task")) at one counter that starts at 0. Each reads it, waits, and writes"
        + " what it read plus one. \(found.origin)", indent: 0)
    lines +=
      [""] + TraceTable(found.trace, width: width - 2, most: .max).lines.map { "  " + $0 } + [""]
    lines += style.wrapped(verdict(on: found, tasks: tasks), indent: 0)
    if let share = try share(tasks: tasks) { lines += style.wrapped(share, indent: 0) }
    let extra = tasks == 2 ? "" : " --tasks \(tasks)"
    return lines + [
      "", "Another run: swift run workbook explore 2 --seed \((seed ?? 6) &+ 1)\(extra)",
    ]
  }

  private struct Run {
    let value: Int
    let trace: [TraceEvent]
    let origin: String
  }

  @Sendable private static func body(_ simulation: Simulation, _ tasks: Int) async -> Int {
    let counter = ReadWaitWrite(simulation)
    await atOnce(tasks) { number in
      { await counter.increment(task: number) { _ = simulation.now } }
    }
    return await counter.value
  }

  private static func run(under seed: UInt64, tasks: Int) throws -> Run {
    let simulation = Simulation(schedule: .seeded(seed), seed: seed)
    let value = try simulation.run { await body($0, tasks) }
    return Run(value: value, trace: simulation.trace, origin: "Seed \(seed) chose who goes on:")
  }

  /// The first schedule of the systematic search that loses an update.
  private static func search(tasks: Int) throws -> Run {
    var last: Run?
    var tried = 0
    _ = try Exploration.run(most: 10_000) {
      await body($0, tasks)
    } judge: { simulation, result in
      let value = try result.get()
      tried += 1
      let origin =
        value < tasks
        ? "This is schedule \(tried) of a search through all of them:"
        : "\(count(tried, "schedule")) tried, and none loses an update. The last one:"
      last = Run(value: value, trace: simulation.trace, origin: origin)
      return value == tasks
    }
    return last ?? Run(value: 0, trace: [], origin: "")
  }

  private static func verdict(on run: Run, tasks: Int) -> String {
    let total = "\(count(tasks, "increment")), and the counter ends at \(run.value)"
    let lost = tasks - run.value
    guard lost > 0 else { return "\(total). Nothing is lost in this run." }
    return "\(total): \(count(lost, "update")) lost.\(overwriting(in: run.trace))"
  }

  /// The first write that does not raise the counter, and whose work it undoes.
  private static func overwriting(in trace: [TraceEvent]) -> String {
    var value = 0
    var writer: String?
    for event in trace where event.text.hasPrefix("writes ") {
      guard let written = Int(event.text.dropFirst(7)) else { continue }
      if let writer, written <= value {
        return " \(event.lane.capitalizedFirst) wrote \(written) over the \(value) of \(writer),"
          + " which it had never seen."
      }
      value = written
      writer = event.lane
    }
    return ""
  }

  /// How many of all orders of reads and writes lose an update; nil where they are too many to try.
  private static func share(tasks: Int) throws -> String? {
    guard (1...3).contains(tasks) else { return nil }
    let orders = ReadWaitWrite.orders(tasks: tasks)
    let losing = try orders.count { try ReadWaitWrite.replay($0).value < tasks }
    let verb = orders.count == 1 ? "is" : "are"
    return
      "\(count(orders.count, "order")) of these reads and writes \(verb) possible; "
      + "\(losing) \(losing == 1 ? "loses" : "lose") an update."
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

extension String {
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
