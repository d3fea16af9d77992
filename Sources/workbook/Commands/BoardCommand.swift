internal import Foundation
internal import Grading

extension Command {
  /// Without a name: where you are.
  static let board = Command(
    name: "", summary: "Grades every chapter and shows where you are.", usage: [""],
    examples: [.init("", "where you are, and what is next")],
    exits: [.init("0", "always, for it is information; 1 if the workbook itself is broken")],
    most: 0
  ) { _, surroundings in
    let screen = surroundings.screen
    var next: [String]?
    var extras: [Step] = []
    try await Grader(surroundings).gradeAll { chapter, result in
      let board = Board(chapter: chapter, result: result, style: screen.style)
      screen.say(board.lines(full: false) + [""])
      if next == nil, !board.isDone { next = board.next }
      extras += board.openExtras
    }
    screen.say(next ?? Board.everythingDone(openExtras: extras, style: screen.style))
    return 0
  }
}

/// A chapter's heading and its steps' lines.
struct Board {
  let chapter: Chapter
  let result: ChapterResult
  let style: Style
  /// Whether only some of the chapter's steps were graded.
  var isPart = false

  var isDone: Bool {
    guard case .graded(let verdicts) = result else { return false }
    return verdicts.allSatisfy { isPart ? $0.status == .passed : $0.isSettled }
  }

  /// The extra steps that nobody has taken up yet.
  var openExtras: [Step] {
    guard case .graded(let verdicts) = result else { return [] }
    return verdicts.filter { $0.isSettled && $0.status != .passed }.map(\.step)
  }

  /// - Parameter full: details for every step that did not pass; else for the first alone.
  func lines(full: Bool) -> [String] { allLines(full: full).flatMap(style.fitted) }

  private func allLines(full: Bool) -> [String] {
    switch result {
    case .problem(let problem):
      return [heading(count: nil)] + problem.lines(for: chapter, most: full ? 5 : 1, style: style)
    case .graded(let verdicts):
      func passed(isExtra: Bool) -> Int {
        verdicts.count { $0.status == .passed && $0.step.isExtra == isExtra }
      }
      let required = verdicts.count { !$0.step.isExtra }
      let more = passed(isExtra: true)
      let count =
        isPart
        ? nil
        : "\(passed(isExtra: false)) of \(required) steps" + (more > 0 ? ", \(more) extra" : "")
      let first = verdicts.firstIndex { $0.status != .passed && $0.status != .todo }
      return [heading(count: count)]
        + verdicts.indices.flatMap { index -> [String] in
          let lines = Messages.lines(for: verdicts[index], style: style)
          return full || index == first ? lines : Array(lines.prefix(1))
        }
    }
  }

  private func heading(count: String?) -> String {
    let title = "\(chapter.folder.prefix(2)) \(chapter.title)"
    guard let count else { return style.strong(title) }
    let column = min(style.width, 76)
    let gap = max(3, column - title.count - count.count)
    return style.strong(title) + String(repeating: " ", count: gap) + count
  }

  /// What to do and what to type.
  var next: [String] {
    switch result {
    case .problem(.doesNotCompile(let errors)):
      return advice(
        "Next: make \(ChapterProblem.doesNotCompile(errors).path(in: chapter)) compile.",
        then: [("check \(chapter.number)", "all that the compiler says")])
    case .problem(let problem):
      let isState = problem.path(in: chapter) == chapter.statePath
      return advice(
        "Next:",
        then: [(problem.remedy(for: chapter), "put \(isState ? "the skeleton" : "it") in place")])
    case .graded(let verdicts):
      guard let verdict = verdicts.first(where: { isPart ? $0.status != .passed : !$0.isSettled })
      else { return done }
      return advice(for: verdict)
    }
  }

  private func advice(for verdict: Verdict) -> [String] {
    let step = verdict.step
    let place = verdict.place.map { " in \($0)" } ?? ""
    let check = isPart ? "check \(step.number)" : "check \(chapter.number)"
    let hint = ("hint \(step.number)", "if you are stuck")
    if verdict.waitsForAnother, let unwritten = verdict.unwritten {
      return advice("Next: \(unwritten)\(place).", then: [(check, "when it is written")])
    }
    if verdict.status == .todo {
      return advice(
        "Next: write \(step.heading)\(place). Chapters/\(chapter.folder)/README.md explains it.",
        then: [(check, "when it is written"), hint])
    }
    return advice("Next: \(step.heading).", then: [(check, "when it is changed"), hint])
  }

  /// What comes after a chapter that is done.
  private var done: [String] {
    guard !isPart else {
      return advice("Passed.", then: [("check \(chapter.number)", "the whole chapter")])
    }
    var commands = chapter.play + openExtras.map { ("hint \($0.number)", "extra: \($0.title)") }
    let following = Curriculum.chapter(chapter.number + 1)
    if let following {
      commands.append(("check \(following.number)", "the next chapter: \(following.title)"))
    } else {
      commands.append(("", "the board"))
    }
    let text = following.map { " Chapters/\($0.folder)/README.md goes on from here." } ?? ""
    return advice("Chapter \(chapter.number) is done.\(text)", then: commands)
  }

  private func advice(_ sentence: String, then commands: [(String, String)]) -> [String] {
    style.advice(sentence, then: commands)
  }

  static func everythingDone(openExtras: [Step], style: Style) -> [String] {
    style.advice(
      openExtras.isEmpty ? "Every step of every chapter passes." : "Every chapter is done.",
      then: Curriculum.chapters.flatMap(\.play)
        + openExtras.map { ("hint \($0.number)", "extra: \($0.title)") })
  }
}

extension Chapter {
  /// What there is to play with once the chapter is done.
  var play: [(String, String)] {
    switch number {
    case 1: [("simulate 1", "your tasks at work, in virtual time")]
    case 2: [("explore 2.2", "your counter under every schedule"), ("simulate 2", "your servers")]
    case 3: [("simulate 3 --servers 5 --faults random", "your cluster in bad weather")]
    case 4:
      [
        ("simulate 4 --servers 5 --faults random", "your store in bad weather"),
        ("finale", "the end of the weekend: your servers as processes, killed and back"),
      ]
    default: []
    }
  }
}

extension Style {
  /// A line as it is where it fits, colours not counted, and else in several.
  func fitted(_ line: String) -> [String] {
    let visible = line.replacing(#/\x{1B}\[[0-9;]*m/#, with: "")
    guard visible.count > width else { return [line] }
    let indent = visible.prefix { $0 == " " }.count
    return wrapped(String(visible.dropFirst(indent)), indent: indent, hanging: indent + 2)
  }

  /// A sentence, and below it commands with what they are for.
  func advice(_ sentence: String, then commands: [(String, String)]) -> [String] {
    let lines = commands.map { (Command.line($0.0), $0.1) }
    let width = lines.map(\.0.count).max() ?? 0
    return wrapped(sentence, indent: 0)
      + lines.flatMap { line, text -> [String] in
        guard 2 + width + 3 + text.count <= self.width else {
          return wrapped(line, indent: 2, hanging: 4) + wrapped(text, indent: 6)
        }
        let padded = line.padding(toLength: width, withPad: " ", startingAt: 0)
        return ["  \(padded)   \(quiet(text))"]
      }
  }
}
