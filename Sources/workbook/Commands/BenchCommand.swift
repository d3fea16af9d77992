internal import Foundation
internal import Platform

extension Command {
  static let bench = Command(
    name: "bench", summary: "Measures how fast the workbook is on this machine.",
    usage: ["[--cluster | --all] [--record] [--json]"],
    options: [
      .init("--cluster", nil, "measure servers as processes instead: writes, restarts, memory"),
      .init("--all", nil, "measure both, and builds: a clean clone to green, an edit to a verdict"),
      .init("--record", nil, "put what was measured in the table of README.md"),
      .init("--json", nil, "write one JSON object, for a program, and nothing else"),
    ],
    examples: [
      .init("bench", "about a minute"), .init("bench --cluster", "about a minute"),
      .init("bench --all", "some minutes, with builds"),
      .init("bench --all --record", "the same, and README.md shows it"),
    ],
    exits: .plain,
    notes: [
      "Times are measured and compared with what is wanted. No test depends on them: a busy "
        + "machine makes a workbook slow, not wrong.",
      "How long a page takes to open is measured where there is a Chromium, and left out where "
        + "there is none.",
      "README.md keeps what was not measured now, as long as it is of the same machine and build.",
    ],
    most: 0
  ) { arguments, surroundings in
    let isAll = arguments.has("--all")
    let isCluster = arguments.has("--cluster")
    guard !isAll || !isCluster else {
      throw UsageError("--all measures what --cluster does as well.", command: "bench")
    }
    let bench = try await Bench(surroundings)
    var parts: [BenchReport.Part] = []
    if !isCluster { parts += try await bench.ownParts() }
    if isCluster || isAll {
      parts.append(.init(title: "servers as processes", figures: try await bench.nodes()))
    }
    if isAll { parts.append(.init(title: "builds", figures: try await bench.builds())) }
    let report = BenchReport(
      machine: .current, toolchain: try await bench.toolchain(), build: BenchReport.ownBuild,
      parts: parts)
    let screen = surroundings.screen
    if arguments.has("--json") {
      screen.say(try JSONText.encode(report))
    } else {
      screen.say(report.lines(style: screen.style))
    }
    if arguments.has("--record") {
      let old = try Recorded.figures.lines(in: surroundings)
      try Recorded.figures.put(report.markdown(keeping: old), in: surroundings)
    }
    return 0
  }
}
