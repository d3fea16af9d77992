internal import Foundation
internal import Simulator

/// How the work grows: with servers, commands, seeds, and tasks that race.
extension Bench {
  func growth() async throws -> [Figure] {
    [try schedules(), try await servers(), try await seeds()] + (try await commands())
  }

  /// Every schedule of 2, 3 and 4 tasks.
  private func schedules() throws -> Figure {
    Figure(
      "explorer, every schedule of n increments: schedules, time",
      try [2, 3, 4].flatMap { tasks -> [Figure.Value] in
        var coverage = Coverage(schedules: 0, isComplete: false)
        let time = try ContinuousClock().measure { coverage = try Pace.schedules(tasks: tasks) }
        return [
          .init(number: Double(coverage.schedules), unit: "schedules", label: "\(tasks)"),
          .milliseconds(time.inSeconds * 1_000),
        ]
      })
  }

  private func servers() async throws -> Figure {
    var values: [Figure.Value] = []
    for servers in [3, 5, 7] {
      values.append(try await virtualSeconds(of: servers).labelled("\(servers) servers"))
    }
    return Figure("simulator, invariants on", values)
  }

  /// What a seed takes, when there are few and when there are many; how long it took, the start of
  /// a child included.
  private func seeds() async throws -> Figure {
    var values: [Figure.Value] = []
    for seeds in [100, 1_000] {
      let each = try await runs(seeds).inSeconds / Double(seeds) * 1_000
      values.append(.milliseconds(each, label: "of \(seeds)"))
    }
    return Figure("a seeded cluster of 10 virtual s", values)
  }

  /// What a command takes on 3, 5 and 7 servers, and of 1,000, 10,000 and 50,000 on five: the
  /// length of the log is nothing to a message.
  private func commands() async throws -> [Figure] {
    var byServers: [Figure.Value] = []
    for servers in [3, 5, 7] {
      let cost = try await replication(of: 10_000, on: servers)
      byServers.append(cost.each.labelled("\(servers) servers"))
    }
    var costs: [(each: Figure.Value, memory: Int)] = []
    let counts = [1_000, 10_000, 50_000]
    for count in counts { costs.append(try await replication(of: count, on: 5)) }
    func growth(to place: Int) -> Figure {
      Figure(
        "replication, a command of \(counts[place]) against one of \(counts[place - 1])",
        .init(
          number: costs[place].each.number / costs[place - 1].each.number, unit: "times the time",
          digits: 2),
        wanted: .under(1.5))
    }
    return [
      Figure("replication, a command of 10,000", byServers),
      Figure(
        "replication on five servers, a command",
        zip(counts, costs).map { $1.each.labelled("of \($0)") }),
      growth(to: 1), growth(to: 2),
      Figure(
        "10,000 commands on five servers",
        .init(number: costs[1].each.number / 100, unit: "s", digits: 2), wanted: .under(5)),
      Figure("memory for 50,000 commands", .megabytes(costs[2].memory), wanted: .under(200)),
    ]
  }

  /// What a command takes, and the most memory that all of them took.
  private func replication(
    of commands: Int, on servers: Int
  ) async throws -> (each: Figure.Value, memory: Int) {
    let (time, lines) = try await pace(
      chapter: 4, ["--commands", "\(commands)", "--servers", "\(servers)"])
    guard let memory = lines.last.flatMap({ Int($0) }) else {
      throw Trouble("The child did not say how much memory it took.")
    }
    let each = time.inSeconds / Double(commands) * 1_000_000
    return (.init(number: each, unit: "µs"), memory)
  }
}
