internal import Grading

extension Command {
  static let search = Command(
    name: "search", summary: "Tries everything that can happen to a small cluster of yours.",
    usage: ["N [--seconds S] [--depth D] [--solution]"],
    arguments: [.init("N", "3, your elections, or 4, your replication")],
    options: [
      .init("--seconds", "S", "how long to search: 1 to 50, and 20 if you do not say"),
      .init("--depth", "D", "how many steps at most: 1 to 50, and as many as there is time for"),
      .init("--solution", nil, "the reference instead of your files"),
    ],
    examples: [
      .init("search 3", "elections of two, three and four servers"),
      .init("search 4 --depth 8", "everything that is within eight steps of a start"),
    ],
    exits: [
      .init("0", "nothing that was tried is wrong"),
      .init("1", "something is, and it is shown; or something stood in the way"),
      .init("2", "the command line could not be understood"),
    ],
    notes: [
      "A step is a message that arrives, a timeout, a command or a crash. Messages may come in any "
        + "order, twice, or never. What is found is shown in as few steps as there can be."
    ]
  ) { arguments, surroundings in
    let chapter = try arguments.chapter()
    guard [3, 4].contains(chapter.number) else {
      throw UsageError("Only chapters 3 and 4 have clusters to search.", command: "search")
    }
    let seconds = try arguments.number("--seconds", in: 1...50) ?? 20
    let depth = try arguments.number("--depth", in: 1...50)
    return try await Storyteller(surroundings).tell(
      ["search", "\(chapter.number)", "--seconds", "\(seconds)"]
        + (depth.map { ["--depth", "\($0)"] } ?? []),
      of: chapter, subject: arguments.has("--solution") ? .solution : .learner,
      again: "check \(chapter.number)")
  }
}
