internal import Foundation
internal import Grading

extension Command {
  static let simulate = Command(
    name: "simulate", summary: "Shows your own code at work, in virtual time.",
    usage: [
      "1 [--solution]", "2 [--seed S] [--servers N] [--solution]",
      "3 [--seed S] [--servers N] [--faults NAME] [--solution]",
    ],
    arguments: [
      .init("1", "who waits for whom in your tasks of chapter 1"),
      .init("2", "your servers of chapter 2, over a network that loses and repeats"),
      .init("3", "your cluster of chapter 3: who stood, who voted for whom, who led"),
    ],
    options: [
      .init("--seed", "S", "the run of this seed, the same every time"),
      .init("--servers", "N", "how many servers there are: 1 to 5, and 3 if you do not say"),
      .init(
        "--faults", "NAME",
        "for 3: what goes wrong: "
          + ElectionScenario.allCases.map(\.rawValue).joined(separator: ", ")),
      .init("--solution", nil, "the reference instead of your file"),
    ],
    examples: [
      .init("simulate 1", "your tasks, drawn along virtual time"),
      .init("simulate 2 --seed 7", "your servers in run 7"),
      .init("simulate 3 --servers 5 --faults leader-killed", "a leader crashes and comes back"),
    ],
    exits: .plain
  ) { arguments, surroundings in
    let chapter = try arguments.chapter()
    let subject: Subject = arguments.has("--solution") ? .solution : .learner
    let seed = try arguments.seed()
    let servers = try arguments.number("--servers", in: 1...5)
    let faults = try faults(in: arguments, of: chapter)
    let storyteller = Storyteller(surroundings)
    guard chapter.number == 1 else {
      let words = [
        "simulate", "\(chapter.number)", "--seed", "\(seed ?? 1)", "--servers", "\(servers ?? 3)",
        "--faults", faults.rawValue,
      ]
      return try await storyteller.tell(
        words, of: chapter, subject: subject, again: "check \(chapter.number)")
    }
    guard seed == nil, servers == nil else {
      throw UsageError("Chapter 1 has neither seeds nor servers.", command: "simulate")
    }
    return try await storyteller.tellParts(of: chapter, subject: subject)
  }

  private static func faults(
    in arguments: Arguments, of chapter: Chapter
  ) throws -> ElectionScenario {
    guard let name = arguments.values["--faults"] else { return .none }
    guard chapter.number >= 3 else {
      throw UsageError("Faults are for chapter 3.", command: "simulate")
    }
    if let faults = ElectionScenario(rawValue: name) { return faults }
    let names = ElectionScenario.allCases.map(\.rawValue)
    let hint = Suggestion.nearest(to: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
    throw UsageError(
      "There are no faults called '\(name)'.\(hint) There are: "
        + names.joined(separator: ", ") + ".", command: "simulate")
  }
}
