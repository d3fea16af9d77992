internal import Foundation
internal import Simulator

/// How the work grows: with servers, commands, seeds, and tasks that race.
extension Bench {
  func growth() async throws -> [Figure] {
    try schedules() + (try await servers()) + (try await seeds()) + (try await commands())
  }

  private func schedules() throws -> [Figure] {
    try [2, 3, 4].map { tasks in
      var coverage = Coverage(schedules: 0, isComplete: false)
      let time = try ContinuousClock().measure { coverage = try Pace.schedules(tasks: tasks) }
      return Figure("explorer, \(tasks) increments, \(coverage)", .milliseconds(time))
    }
  }

  private func servers() async throws -> [Figure] {
    var figures: [Figure] = []
    for servers in [3, 5, 7] {
      figures.append(
        Figure("simulator, \(servers) servers", try await virtualSeconds(of: servers)))
    }
    return figures
  }

  /// What a seed takes, when there are few and when there are many; the start of a child is part
  /// of it.
  private func seeds() async throws -> [Figure] {
    var figures: [Figure] = []
    for seeds in [100, 1_000] {
      let time = try await runs(seeds) / seeds
      figures.append(
        Figure("simulator, one of \(seeds) seeds of 10 virtual s", .milliseconds(time)))
    }
    return figures
  }

  /// What a command takes on 3, 5 and 7 servers, and of 1,000, 10,000 and 50,000 on five: the
  /// length of the log is nothing to a message.
  private func commands() async throws -> [Figure] {
    var figures: [Figure] = []
    for servers in [3, 7] {
      let cost = try await replication(of: 10_000, on: servers)
      figures.append(Figure("replication, \(servers) servers, one of 10000 commands", cost.each))
    }
    var costs: [(each: Figure.Value, memory: Int)] = []
    let counts = [1_000, 10_000, 50_000]
    for count in counts {
      costs.append(try await replication(of: count, on: 5))
      figures.append(
        Figure(
          "replication, 5 servers, one of \(count) commands", costs[costs.count - 1].each))
    }
    func growth(to place: Int) -> Figure {
      Figure(
        "the same, one of \(counts[place]) against one of \(counts[place - 1])",
        .init(
          number: costs[place].each.number / costs[place - 1].each.number, unit: "times",
          digits: 2),
        wanted: .under(1.5))
    }
    return figures + [
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
