internal import Foundation
internal import Grading

extension Command {
  /// Where everybody is, for a mentor.
  static let room = Command(
    name: "board", summary: "Shows where many learners are, one checkout each.",
    usage: ["[DIR …] [--json]"],
    arguments: [.init("DIR", "a learner's copy of the workbook; without any, this one")],
    options: [.init("--json", nil, "write one JSON object, for a program, and nothing else")],
    examples: [
      .init("board ../ada ../ben", "two learners, side by side"),
      .init("board ../*/raft-workbook --json", "the whole room, for a script"),
    ],
    exits: [
      .init("0", "everybody was graded, however far they are"),
      .init("1", "a folder is no workbook, or something stood in the way"),
      .init("2", "the command line could not be understood"),
    ],
    notes: [
      "Their folders are only read. What they wrote is graded in a copy of this workbook, so by "
        + "these graders and not by what may have become of theirs."
    ],
    most: .max
  ) { arguments, surroundings in
    let isJSON = arguments.has("--json")
    guard !arguments.words.isEmpty || isJSON else {
      return try await board.run(arguments, surroundings)
    }
    let screen = surroundings.screen
    let room = try Room(surroundings)
    var learners: [Learner] = []
    for name in arguments.words.isEmpty ? [surroundings.root.path] : arguments.words {
      do {
        learners.append(try await room.learner(in: name))
      } catch let trouble as Trouble {
        screen.complain("\(trouble)")
      }
    }
    if isJSON {
      screen.say(try JSONText.encode(RoomReport(learners: learners)))
    } else {
      screen.say(RoomBoard(learners: learners, style: screen.style).lines)
    }
    return learners.count == max(arguments.words.count, 1) ? 0 : 1
  }
}

/// One learner's folder, and what came of grading it.
struct Learner: Sendable {
  /// The folder, as the mentor typed it.
  let name: String
  let results: [(chapter: Chapter, result: ChapterResult)]
}

/// Grades learners' folders in a copy of this workbook, one after the other.
struct Room: Sendable {
  private let surroundings: Surroundings
  private let copy: ScratchCopy

  init(_ surroundings: Surroundings) throws {
    self.surroundings = surroundings
    try ScratchCopy.reserveAll(of: surroundings.root)
    copy = ScratchCopy(1, of: surroundings.root)
    try copy.synchronize()
  }

  /// Grades what stands in `folder`.
  ///
  /// - Throws: `Trouble` where it is no workbook.
  func learner(in folder: String) async throws -> Learner {
    let progress = Progress("grading \(folder) …", on: surroundings.screen)
    defer { progress.end() }
    let theirs = try surroundings.workbook(at: folder)
    for path in Curriculum.chapters.flatMap(\.paths) {
      try copy.put(try? Data(contentsOf: theirs.url(path)), at: path)
    }
    let grader = Grader(
      Surroundings(
        root: copy.folder, screen: surroundings.screen, clock: surroundings.clock,
        environment: surroundings.environment))
    var results: [(chapter: Chapter, result: ChapterResult)] = []
    try await grader.gradeAll { results.append(($0, $1)) }
    return Learner(name: folder, results: results)
  }
}

/// A table of learners and chapters, and for each learner the first thing to look at.
struct RoomBoard {
  let learners: [Learner]
  let style: Style

  private static let column = 13

  var lines: [String] {
    let width = min(learners.map(\.name.count).max() ?? 0, style.width / 2)
    return [style.quiet(row("", Curriculum.chapters.map(\.title), width))]
      + learners.flatMap { learner -> [String] in
        // The end of a path tells learners apart, and not its beginning.
        let name = learner.name.count > width ? "…" + learner.name.suffix(width - 1) : learner.name
        let counts = learner.results.map { count($0.result) }
        return [style.strong(row(name, counts, width))] + first(of: learner) + [""]
      }
  }

  private func row(_ name: String, _ cells: [String], _ width: Int) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let columns = cells.dropLast().map { padded($0, Self.column) } + cells.suffix(1)
    return padded(name, width + 2) + columns.joined()
  }

  private func count(_ result: ChapterResult) -> String {
    guard case .graded(let verdicts) = result else { return "no build" }
    let required = verdicts.filter { !$0.step.isExtra }
    let passed = required.count { $0.status == .passed }
    let isUntouched = verdicts.allSatisfy { $0.status == .todo }
    return isUntouched ? "–" : "\(passed) of \(required.count)"
  }

  /// What a mentor looks at first, and what they type to see it.
  private func first(of learner: Learner) -> [String] {
    for (chapter, result) in learner.results {
      switch result {
      case .problem(let problem):
        return told(problem.sentence(for: chapter), "diff \(chapter.number)", learner)
      case .graded(let verdicts):
        guard let verdict = verdicts.first(where: { $0.status != .passed && $0.status != .todo })
        else { continue }
        let rule = verdict.finding.map { " \($0.rule.id)" } ?? ""
        let place = verdict.place.map { ", \($0)" } ?? ""
        let sentence = verdict.finding.map { " \($0.happened)" } ?? ""
        return told(
          "\(verdict.status.rawValue)\(rule)\(place).\(sentence)", "diff \(verdict.step.number)",
          learner)
      }
    }
    let next = learner.results.lazy.compactMap { _, result -> Step? in
      guard case .graded(let verdicts) = result else { return nil }
      return verdicts.first { !$0.isSettled }?.step
    }.first
    return style.wrapped(next.map { "next: \($0.heading)" } ?? "every chapter is done", indent: 2)
  }

  private func told(_ sentence: String, _ command: String, _ learner: Learner) -> [String] {
    style.wrapped("\(style.bad("✗")) \(sentence)", indent: 2, hanging: 4)
      + style.wrapped(
        style.quiet(Command.line("\(command) --of \(learner.name)")), indent: 4, hanging: 6)
  }
}

/// What `board --json` writes.
struct RoomReport: Encodable {
  struct Entry: Encodable {
    let folder: String
    let chapters: [GradeReport]
  }

  let learners: [Entry]

  init(learners: [Learner]) {
    self.learners = learners.map { learner in
      Entry(
        folder: learner.name,
        chapters: learner.results.map { GradeReport(chapter: $0.chapter, result: $0.result) })
    }
  }
}
