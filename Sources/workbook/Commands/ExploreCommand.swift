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
}
