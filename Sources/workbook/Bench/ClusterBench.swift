internal import Foundation
internal import Grading

/// What the references' clusters cost in the simulator.
extension Bench {
  func clusters() async throws -> [Figure] {
    [
      try await clusterPace(), try await clientPace(), try await thousandRuns(),
      try await tracing(),
    ]
  }

  /// Five servers of the reference with 50 ms heartbeats and every invariant checked.
  private func clusterPace() async throws -> Figure {
    Figure(
      "five servers, invariants on", try await virtualSeconds(of: 5), wanted: .atLeast(200))
  }

  /// How many virtual seconds of so many servers' elections pass in one.
  func virtualSeconds(of servers: Int) async throws -> Figure.Value {
    let (time, _) = try await pace(
      chapter: 3, ["--runs", "1", "--seconds", "400", "--servers", "\(servers)"])
    return .init(number: 400 / time.inSeconds, unit: "virtual s/s")
  }

  /// Five servers of the reference with clients, faults and every invariant checked.
  private func clientPace() async throws -> Figure {
    let (time, _) = try await pace(chapter: 4, ["--runs", "20", "--seconds", "20"])
    return Figure(
      "five servers, clients, faults and invariants",
      .init(number: 400 / time.inSeconds, unit: "virtual s/s"), wanted: .atLeast(60))
  }

  private func thousandRuns() async throws -> Figure {
    Figure(
      "1,000 seeded clusters of 10 virtual s", .seconds(try await runs(1_000)),
      wanted: .under(60))
  }

  /// What so many seeds of five servers take, 10 virtual seconds each.
  func runs(_ seeds: Int) async throws -> Duration {
    try await pace(chapter: 3, ["--runs", "\(seeds)", "--seconds", "10"]).0
  }

  /// What it costs to keep every event of a run: the least of three, with and without.
  private func tracing() async throws -> Figure {
    var least = [Double.infinity, .infinity]
    for _ in 1...3 {
      for (place, words) in [[], ["--trace", "all"]].enumerated() {
        let (time, _) = try await pace(chapter: 3, ["--runs", "60", "--seconds", "10"] + words)
        least[place] = min(least[place], time.inSeconds)
      }
    }
    return Figure(
      "tracing every event of a cluster",
      .init(number: (least[1] / least[0] - 1) * 100, unit: "% more time"), wanted: .atMost(30))
  }
}
