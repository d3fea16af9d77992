internal import Foundation
internal import Grading

extension Command {
  static let cluster = Command(
    name: "cluster", summary: "Runs your own servers as processes, and lets you kill them.",
    usage: [
      "[--servers N] [--chapter N] [--solution] [--keep] [--page PORT | --no-page] "
        + "[--script FILE] [--json] [--trace FILE] [--html FILE]"
    ],
    options: FleetStart.options + [
      .init("--chapter", "N", "3 or 4, and 4 if you do not say; servers of chapter 3 only elect"),
      .init("--keep", nil, "go on with the logs of the last time, instead of empty ones"),
      .init("--page", "PORT", "serve the page there, for a browser; else at any port that is free"),
      .init("--no-page", nil, "serve no page"),
      .init("--script", "FILE", "take the commands from a file, up to the first that fails"),
      .init("--json", nil, "write a JSON object for each command, for a program"),
    ] + FleetRecord.options,
    examples: [
      .init("cluster", "five servers of your chapter 4, on real connections and a real disk"),
      .init("cluster --solution --servers 3", "three of the reference"),
    ],
    exits: [
      .init("0", "left with `quit`, or at the end of the script"),
      .init("1", "a command failed, or something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
    ],
    notes: [
      "Once the servers run, `help` lists what you can type. They listen on 127.0.0.1 alone, and "
        + "end with this command, however it ends. Their logs stay in .workbook/cluster.",
      "A trace is written at the end of the script, after `quit`, or after Ctrl-C; a second Ctrl-C "
        + "does not wait for it.",
    ],
    most: 0
  ) { arguments, surroundings in
    let start = try FleetStart(arguments, chapters: 3...4, for: "cluster")
    let screen = surroundings.screen
    let script = try arguments.values["--script"].map { try ClusterScript(file: $0) }
    try script?.check(servers: 1...start.servers)
    let isJSON = arguments.has("--json")
    let record = try FleetRecord(arguments, in: surroundings)
    let wantsPage = script == nil && !isJSON && !arguments.has("--no-page")
    let port = try arguments.number("--page", in: 0...65_535) ?? (wantsPage ? 0 : nil)
    let fleet = try await start.fleet(
      "cluster", in: surroundings, keeps: arguments.has("--keep"), isTraced: record.isWanted
    ) { ended in
      if !isJSON { screen.complain(ended.sentence) }
    }
    let console = ClusterConsole(fleet: fleet, screen: screen, isJSON: isJSON)
    return try await record.run(fleet, isQuiet: isJSON) {
      try await console.showing(port, inPanel: script == nil) {
        if let script { return try await console.run(script) }
        return try await console.converse()
      }
    }
  }
}
