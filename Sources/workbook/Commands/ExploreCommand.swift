internal import Foundation
internal import Grading

extension Command {
  static let explore = Command(
    name: "explore", summary: "Shows the order of events in which a counter loses counts.",
    usage: ["2 [--seed S] [--tasks T]", "2.2 [--seed S] [--tasks T]", "2 --threads"],
    arguments: [
      .init("2", "a counter that reads, waits and writes: how it loses counts"),
      .init("2.2", "your own counter of step 2.2, in the same situation"),
    ],
    options: [
      .init("--seed", "S", "the run of this seed, the same every time"),
      .init("--tasks", "T", "how many tasks count at once: 1 to 12, and 2 if you do not say"),
      .init("--threads", nil, "real threads instead, which nobody can repeat"),
      .init("--solution", nil, "for 2.2: the reference instead of your file"),
    ],
    examples: [
      .init("explore 2", "one lost count, event by event"),
      .init("explore 2.2 --seed 7", "your counter in run 7"),
    ],
    exits: .plain
  ) { arguments, surroundings in
    let target = try arguments.target()
    guard target.chapter.number == 2, target.step == nil || target.step?.number == "2.2" else {
      throw UsageError(
        "There is nothing to explore in \(arguments.words[0]): it is 2, or 2.2 for your own "
          + "counter.", command: "explore")
    }
    let screen = surroundings.screen
    let seed = try arguments.seed()
    let tasks = try arguments.number("--tasks", in: 1...12) ?? 2
    if target.step != nil {
      return try await Storyteller(surroundings).tell(
        ["explore", "2.2", "--seed", "\(seed ?? 7)", "--tasks", "\(tasks)"], of: target.chapter,
        subject: arguments.has("--solution") ? .solution : .learner, again: "check 2.2")
    }
    screen.say(
      arguments.has("--threads")
        ? RealThreads.lines()
        : try RacyCounter.lines(seed: seed, tasks: tasks, width: screen.style.width))
    return 0
  }

  static let simulate = Command(
    name: "simulate", summary: "Shows your own code at work, in virtual time.",
    usage: ["1 [--solution]", "2 [--seed S] [--servers N] [--solution]"],
    arguments: [
      .init("1", "who waits for whom in your tasks of chapter 1"),
      .init("2", "your servers of chapter 2, over a network that loses and repeats"),
    ],
    options: [
      .init("--seed", "S", "for 2: the run of this seed, the same every time"),
      .init("--servers", "N", "for 2: how many servers there are: 1 to 5, and 3 if you do not say"),
      .init("--solution", nil, "the reference instead of your file"),
    ],
    examples: [
      .init("simulate 1", "your tasks, drawn along virtual time"),
      .init("simulate 2 --seed 7", "your servers in run 7"),
    ],
    exits: .plain
  ) { arguments, surroundings in
    let chapter = try arguments.chapter()
    let subject: Subject = arguments.has("--solution") ? .solution : .learner
    let seed = try arguments.seed()
    let servers = try arguments.number("--servers", in: 1...5)
    let storyteller = Storyteller(surroundings)
    guard chapter.number == 1 else {
      return try await storyteller.tell(
        [
          "simulate", "\(chapter.number)", "--seed", "\(seed ?? 1)", "--servers", "\(servers ?? 3)",
        ],
        of: chapter, subject: subject, again: "check \(chapter.number)")
    }
    guard seed == nil, servers == nil else {
      throw UsageError("--seed and --servers are for chapter 2.", command: "simulate")
    }
    return try await storyteller.tellParts(of: chapter, subject: subject)
  }
}
