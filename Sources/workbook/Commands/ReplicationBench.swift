internal import Foundation

/// What chapter 4's clusters cost: with clients and faults, and by the command.
extension Bench {
  /// Five servers of the reference with clients, faults and every invariant checked.
  func clientPace() async throws -> Figure {
    let (time, _) = try await pace(chapter: 4, ["--runs", "20", "--seconds", "20"])
    let pace = 400 / seconds(time)
    return Figure(
      name: "five servers, clients, faults and invariants",
      measured: String(format: "%.0f virtual s per second", pace),
      wanted: "at least 60 virtual s per second", isMet: pace >= 60)
  }

  /// Commands replicated on five servers: what all take, what one takes, and that the length of the
  /// log is nothing to a message.
  func manyCommands() async throws -> [Figure] {
    var costs: [Double] = []
    var memory = 0
    for count in [1_000, 10_000, 50_000] {
      let (time, lines) = try await pace(chapter: 4, ["--commands", "\(count)"])
      costs.append(seconds(time) / Double(count) * 1_000_000)
      memory = lines.last.flatMap { Int($0) } ?? 0
    }
    func each(_ cost: Double) -> String { String(format: "%.0f µs each", cost) }
    let total = costs[1] / 100
    return [
      Figure(
        name: "10,000 commands on five servers", measured: String(format: "%.2f s", total),
        wanted: "under 5.00 s", isMet: total < 5),
      Figure(
        name: "the same, 1,000 and 10,000",
        measured: "\(each(costs[0])), \(each(costs[1]))", wanted: "no more each for more",
        isMet: costs[1] < costs[0] * 1.5),
      Figure(
        name: "the same, 50,000", measured: each(costs[2]), wanted: "no more each for more",
        isMet: costs[2] < costs[1] * 1.5),
      Figure(
        name: "memory for 50,000 commands", measured: "\(memory / 1_000_000) MB",
        wanted: "under 200 MB", isMet: memory > 0 && memory < 200_000_000),
    ]
  }
}
