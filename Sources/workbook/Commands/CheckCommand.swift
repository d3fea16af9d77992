internal import Foundation
internal import Grading

extension Command {
  static let check = Command(
    name: "check", summary: "Grades one chapter, or one step.",
    usage: ["N [--runs R] [--json] [--solution]", "N.k [--runs R] [--json] [--solution]"],
    arguments: [.init("N", "a chapter, such as 1"), .init("N.k", "a step, such as 1.3")],
    options: [
      .init("--runs", "R", "play so many clusters more: for 3.8 and 4.10"),
      .init("--json", nil, "write one JSON object, for a program, and nothing else"),
      .init("--solution", nil, "grade the reference instead of your file"),
    ],
    examples: [
      .init("check 1", "all of chapter 1"), .init("check 1.3", "one step of it"),
      .init("check 3.8 --runs 1000", "a thousand more clusters, each with its own bad luck"),
    ],
    exits: .graded,
    notes: [
      "A chapter that does not compile stops no other: if need be, this one is built alone."
    ]
  ) { arguments, surroundings in
    let target = try arguments.target()
    let runs = try runs(in: arguments, of: target)
    let result = try await Grader(surroundings).grade(
      target.chapter, steps: target.step.map { [$0] },
      subject: arguments.has("--solution") ? .solution : .learner, runs: runs)
    let screen = surroundings.screen
    let board = Board(
      chapter: target.chapter, result: result, style: screen.style, isPart: target.step != nil)
    if arguments.has("--json") {
      screen.say(try GradeReport(chapter: target.chapter, result: result).json)
    } else {
      screen.say(board.lines(full: true) + [""] + board.next)
    }
    return board.isDone ? 0 : 1
  }

  private static func runs(in arguments: Arguments, of target: Target) throws -> Int {
    guard let runs = try arguments.number("--runs", in: 1...10_000) else { return 0 }
    let steps = target.step.map { [$0] } ?? target.chapter.steps
    guard steps.contains(where: { ["3.8", "4.10"].contains($0.number) }) else {
      throw UsageError("--runs is for the clusters of 3.8 and 4.10.", command: "check")
    }
    return runs
  }
}

/// What `check --json` writes.
struct GradeReport: Encodable {
  struct Entry: Encodable {
    let verdict: Verdict

    private enum Key: String, CodingKey {
      case step, title, extra, status, rule, section, message, file, line, picture
    }

    /// Every key is there in every entry: whoever reads it need not ask which are.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(verdict.step.number, forKey: .step)
      try container.encode(verdict.step.title, forKey: .title)
      try container.encode(verdict.step.isExtra, forKey: .extra)
      try container.encode(verdict.status, forKey: .status)
      try container.encode(verdict.finding?.rule.id, forKey: .rule)
      try container.encode(verdict.finding?.rule.section, forKey: .section)
      try container.encode(message, forKey: .message)
      try container.encode(verdict.place?.file, forKey: .file)
      try container.encode(verdict.place?.line, forKey: .line)
      try container.encode(verdict.finding?.picture, forKey: .picture)
    }

    private var message: String? {
      if let finding = verdict.finding { return finding.happened }
      guard verdict.status == .todo else { return nil }
      return verdict.waitsForAnother
        ? "waits: \(verdict.unwritten ?? "") is not written yet" : "not written yet"
    }
  }

  private let chapter: Int
  private let steps: [Entry]
  private let problem: String?

  init(chapter: Chapter, result: ChapterResult) {
    self.chapter = chapter.number
    switch result {
    case .graded(let verdicts):
      steps = verdicts.map(Entry.init)
      problem = nil
    case .problem(let problem):
      steps = []
      self.problem = problem.sentence(for: chapter)
    }
  }

  var json: String {
    get throws { try JSONText.encode(self) }
  }
}

/// JSON on one line, the same every time.
enum JSONText {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
