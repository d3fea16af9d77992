internal import Foundation
internal import Grading

extension Command {
  static let simulate = Command(
    name: "simulate", summary: "Shows your own code at work, in virtual time.",
    usage: [
      "1 [--solution]", "2 [--seed S] [--servers N] [--solution]",
      "3 [--seed S] [--servers N] [--faults NAME] [--diagram] [--html FILE] [--open]",
      "4 [--seed S] [--servers N] [--faults NAME] [--diagram] [--html FILE] [--open]",
      "3 [--keep FAULTS] [--lose MESSAGES] [--by-hand FAULTS] [--solution]",
      "3 [--trace FILE] [--svg FILE [--from MS] [--to MS]] [--solution]",
      "3 --live [--seed S] [--servers N] [--faults NAME] [--page PORT] [--open]",
    ],
    arguments: [
      .init("1", "who waits for whom in your tasks of chapter 1"),
      .init("2", "your servers of chapter 2, over a network that loses and repeats"),
      .init("3", "your cluster of chapter 3: who stood, who voted for whom, who led"),
      .init("4", "your cluster of chapter 4: its clients, and the log on every server"),
    ],
    options: [
      .init("--seed", "S", "the run of this seed, the same every time"),
      .init("--servers", "N", "how many servers there are: 1 to 5, and 3 if you do not say"),
      .init(
        "--faults", "NAME",
        "what goes wrong: for 3, " + ClusterFaults.names(chapter: 3).joined(separator: ", ")
          + "; for 4, " + ClusterFaults.names(chapter: 4).joined(separator: ", ")),
      .init("--keep", "FAULTS", "of the random faults of a seed these alone: 7:2,5 or 7:none"),
      .init("--lose", "MESSAGES", "these do not arrive, by their numbers in the picture: 9,12-14"),
      .init(
        "--by-hand", "FAULTS", "what you do besides: \"179.5 kill 3; 400 slow 2 90; 500 elect 1\""),
      .init("--diagram", nil, "time down, a lane for each server, messages across; for 3 and 4"),
      .init("--html", "FILE", "a page for a browser, to walk through the run; for 3 and 4"),
      .init("--open", nil, "the same, and opens it"),
      .init("--live", nil, "a page to watch it run: pause, step, go back; for 3 and 4"),
      .init("--page", "PORT", "serve the live page there; else at any port that is free"),
      .init("--svg", "FILE", "a still picture of the run, for a text; for 3 and 4"),
      .init("--from", "MS", "the picture begins here, in virtual milliseconds"),
      .init("--to", "MS", "and ends here"),
      .init("--trace", "FILE", "every event as a line of JSON, for a program; for 3 and 4"),
      .init("--solution", nil, "the reference instead of your file"),
    ],
    examples: [
      .init("simulate 1", "your tasks, drawn along virtual time"),
      .init("simulate 2 --seed 7", "your servers in run 7"),
      .init("simulate 3 --servers 5 --faults leader-killed", "a leader crashes and comes back"),
      .init("simulate 3 --faults leader-killed --diagram", "the same, every message of it"),
      .init("simulate 3 --faults random --keep 1:2,5", "with two of its faults alone"),
      .init("simulate 3 --lose 3,5-6", "without three of its messages"),
      .init("simulate 4 --open", "the run in your browser: step with the arrow keys"),
      .init("simulate 3 --live", "your cluster in slow motion, forwards and back"),
      .init("simulate 4 --faults isolated-leader", "what a leader took that nobody could reach"),
    ],
    exits: .plain + [.init("130", "the live page was ended with Ctrl-C")]
  ) { arguments, surroundings in
    let chapter = try arguments.chapter()
    try checkClusterOptions(arguments, chapter)
    let subject: Subject = arguments.has("--solution") ? .solution : .learner
    let seed = try arguments.seed()
    let servers = try arguments.number("--servers", in: 1...5)
    let faults = try faults(in: arguments, of: chapter)
    let page = page(in: arguments, of: chapter, surroundings)
    let drawing = try drawing(in: arguments, of: chapter, page)
    let storyteller = Storyteller(surroundings)
    guard chapter.number == 1 else {
      let count = try count(servers, for: faults, of: chapter)
      let cast = LiveSimulation.Cast(
        chapter: chapter, subject: subject, seed: seed ?? 1, servers: count, faults: faults,
        kept: try kept(in: arguments, faults), lost: try lost(in: arguments),
        byHand: try byHand(in: arguments, servers: count))
      if let port = try port(in: arguments) {
        try await LiveSimulation(cast, in: surroundings)
          .serve(port: port, opening: arguments.has("--open"))
        return 1
      }
      let code = try await storyteller.tell(
        cast.words + drawing, of: chapter, subject: subject, again: "check \(chapter.number)")
      if let page, code == 0 {
        await surroundings.show(page, opening: arguments.has("--open"))
      }
      return code
    }
    guard seed == nil, servers == nil else {
      throw UsageError("Chapter 1 has neither seeds nor servers.", command: "simulate")
    }
    return try await storyteller.tellParts(of: chapter, subject: subject)
  }

  /// Refuses what is for clusters alone, where the chapter has none.
  private static func checkClusterOptions(_ arguments: Arguments, _ chapter: Chapter) throws {
    guard ClusterFaults.names(chapter: chapter.number).isEmpty else { return }
    let options = ["--live", "--page", "--by-hand", "--lose"]
    if let option = options.first(where: { arguments.has($0) || arguments.values[$0] != nil }) {
      throw UsageError("\(option) is for chapters 3 and 4.", command: "simulate")
    }
  }

  private static func faults(in arguments: Arguments, of chapter: Chapter) throws -> String {
    guard let name = arguments.values["--faults"] else { return "none" }
    let names = ClusterFaults.names(chapter: chapter.number)
    guard !names.isEmpty else {
      throw UsageError("Faults are for chapters 3 and 4.", command: "simulate")
    }
    if names.contains(name) { return name }
    let hint = Suggestion.nearest(to: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
    throw UsageError(
      "There are no faults called '\(name)'.\(hint) There are: "
        + names.joined(separator: ", ") + ".", command: "simulate")
  }

  /// Which of the random faults are to happen, in the runner's words.
  private static func kept(in arguments: Arguments, _ faults: String) throws -> [String] {
    guard let text = arguments.values["--keep"] else { return [] }
    guard faults == "random" else {
      throw UsageError("--keep is for --faults random.", command: "simulate")
    }
    guard let kept = KeptFaults(text) else {
      throw UsageError(
        "--keep takes a seed and numbers of faults, as 7:2,5 or 7:none, and not '\(text)'.",
        command: "simulate")
    }
    return ["--keep", kept.description]
  }

  /// Which messages are to be lost, in the runner's words.
  private static func lost(in arguments: Arguments) throws -> [String] {
    guard let text = arguments.values["--lose"] else { return [] }
    guard let lost = LostMessages(text) else {
      throw UsageError(
        "--lose takes numbers of messages, as 9,12-14, and not '\(text)'.", command: "simulate")
    }
    return ["--lose", lost.description]
  }

  private static func byHand(
    in arguments: Arguments, servers: Int
  ) throws -> HandMadeFaults? {
    guard let text = arguments.values["--by-hand"] else { return nil }
    guard let faults = HandMadeFaults(text, servers: servers) else {
      throw UsageError(
        "\(HandMadeFaults.usage) '\(text)' is something else.", command: "simulate")
    }
    return faults
  }

  /// The page that is wanted, if one is: where somebody says, or else among the pictures.
  private static func page(
    in arguments: Arguments, of chapter: Chapter, _ surroundings: Surroundings
  ) -> URL? {
    if let file = arguments.values["--html"] { return URL(fileURLWithPath: file) }
    guard arguments.has("--open") else { return nil }
    return surroundings.url("\(Examiner.pictures)/simulate-\(chapter.number).html")
  }

  /// Where a live page is wanted; nil where none is.
  private static func port(in arguments: Arguments) throws -> Int? {
    let port = try arguments.number("--page", in: 0...65_535)
    guard arguments.has("--live") else {
      guard port == nil else {
        throw UsageError("--page is for --live.", command: "simulate")
      }
      return nil
    }
    let others = ["--html", "--svg", "--trace"].filter { arguments.values[$0] != nil }
    if let other = others.first ?? (arguments.has("--diagram") ? "--diagram" : nil) {
      throw UsageError("--live is a page of its own: leave out \(other).", command: "simulate")
    }
    return port ?? 0
  }

  /// In which form the run is wanted, in the runner's words.
  private static func drawing(
    in arguments: Arguments, of chapter: Chapter, _ page: URL?
  ) throws -> [String] {
    var words = arguments.has("--diagram") ? ["--as", "diagram"] : []
    words += try still(in: arguments)
    if let page { words += ["--html", page.path] }
    if let file = arguments.values["--trace"] {
      // The runner works in the same folder, but a path says more where it cannot be written.
      words += ["--trace", URL(fileURLWithPath: file).path]
    }
    guard words.isEmpty || !ClusterFaults.names(chapter: chapter.number).isEmpty else {
      throw UsageError(
        "Diagrams, pictures, pages and traces are for chapters 3 and 4.", command: "simulate")
    }
    return words
  }

  /// Which still picture is wanted, in the runner's words.
  private static func still(in arguments: Arguments) throws -> [String] {
    let start = try arguments.number("--from", in: 0...3_600_000)
    let end = try arguments.number("--to", in: (start ?? 0)...3_600_000)
    guard let file = arguments.values["--svg"] else {
      guard start == nil, end == nil else {
        throw UsageError("--from and --to are for --svg.", command: "simulate")
      }
      return []
    }
    var words = ["--svg", URL(fileURLWithPath: file).path]
    if let start { words += ["--from", "\(start)"] }
    if let end { words += ["--to", "\(end)"] }
    return words
  }

  /// How many servers there are: 3, or as many as it takes, where nobody said.
  private static func count(
    _ servers: Int?, for faults: String, of chapter: Chapter
  ) throws -> Int {
    guard let sizes = ClusterFaults.sizes(of: faults, chapter: chapter.number) else {
      return servers ?? 3
    }
    guard let servers else { return max(3, sizes.lowerBound) }
    if sizes.contains(servers) { return servers }
    let wanted =
      sizes.count == 1
      ? "exactly \(sizes.lowerBound)" : "\(sizes.lowerBound) to \(sizes.upperBound)"
    throw UsageError("'\(faults)' takes \(wanted) servers.", command: "simulate")
  }
}
