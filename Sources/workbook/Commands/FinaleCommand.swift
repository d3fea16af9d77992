internal import Foundation
internal import Grading
internal import Synchronization

extension Command {
  static let finale = Command(
    name: "finale", summary: "Your own servers as processes: killed, brought back, and verified.",
    usage: ["[--servers N] [--chapter N] [--solution] [--trace FILE] [--html FILE]"],
    options: [
      .init("--servers", "N", "how many servers there are: 3 to 9, and 5 if you do not say"),
      .init("--chapter", "N", "whose servers: 4"),
      .init("--solution", nil, "the reference instead of your file"),
    ] + FleetRecord.options,
    examples: [.init("finale", "the end of the weekend: half a minute")],
    exits: [
      .init("0", "every promise held"), .init("1", "one did not, or something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
    ],
    notes: [
      "What ran in the simulator runs here unchanged, with real connections, a real clock and a "
        + "real disk. So two runs are not the same, and a chapter is done when `check` says so; "
        + "this is to see it live. The servers' logs stay in .workbook/finale."
    ],
    most: 0
  ) { arguments, surroundings in
    let start = try FleetStart(arguments, chapters: 4...4, leastServers: 3, for: "finale")
    let screen = surroundings.screen
    let record = try FleetRecord(arguments, in: surroundings)
    let fleet = try await start.fleet("finale", in: surroundings, isTraced: record.isWanted)
    do {
      try await record.run(fleet) { try await Finale(fleet: fleet, screen: screen).play() }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      screen.say(fleet.ending(error, style: screen.style))
      return 1
    }
    screen.say(
      [""]
        + screen.style.advice(
          "Done: \(start.servers) servers, killed and back, and nothing lost.",
          then: [("cluster" + start.option, "the same servers, and you decide what happens")]))
    return 0
  }
}

extension Fleet {
  /// Why a run did not come to its end, and what to type next.
  ///
  /// A server that has ended by itself is the reason, whatever was noticed of it.
  func ending(_ error: any Error, style: Style) -> [String] {
    let ended = lastWords.withLock { $0.first }
    let again = FleetStart.option(for: plan.subject)
    let judge = ("check \(plan.chapter.number)\(again)", "judges every step, and says where")
    let look = ("cluster\(again)", "the same servers, to look at and to try")
    if let ended, ended.isUnwritten {
      return [""]
        + style.advice(
          "Chapter \(plan.chapter.number) is not finished yet. \(ended.sentence)", then: [judge])
    }
    if let ended {
      return ["", "    \(style.bad("✗")) " + ended.sentence] + style.advice("", then: [judge])
    }
    guard let failure = error as? BrokenPromise else {
      return [""] + style.advice("\(error)", then: [judge, look])
    }
    var lines = style.wrapped("  " + failure.happened, indent: 4, hanging: 6)
    lines[0] = "    \(style.bad("✗")) " + lines[0].drop { $0 == " " }
    lines += style.wrapped(
      "\(failure.rule.sentence.dropLast()) (\(failure.rule.section)).", indent: 6)
    let width = failure.facts.map(\.label.count).max() ?? 0
    lines += failure.facts.map {
      "        " + $0.label.padding(toLength: width + 3, withPad: " ", startingAt: 0) + $0.text
    }
    return lines + [""] + style.advice("Next:", then: [judge, look])
  }
}
