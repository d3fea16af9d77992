internal import Foundation
internal import Grading

extension Command {
  static let carry = Command(
    name: "carry", summary: "Takes your own code of an earlier chapter along into a later one.",
    usage: ["4"],
    arguments: [.init("4", "your bodies of chapter 3, in their places in chapter 4")],
    examples: [.init("carry 4", "so that what runs at the end is your own code")],
    exits: [
      .init("0", "done; what had to stay behind is named"),
      .init("1", "nothing could be carried, or something stood in the way"),
      .init("2", "the command line could not be understood"),
    ],
    notes: [
      "It copies and does not grade: carry what `check 3` is content with. Functions of your own "
        + "that your bodies call come along; what cannot is named. It may be typed again at any "
        + "time.",
      "Backups are in .workbook/backups. `reset 4` puts the solved bodies back.",
    ]
  ) { arguments, surroundings in
    let chapter = try arguments.chapter()
    guard let inheritance = chapter.inheritance else {
      let others = Curriculum.chapters.filter { $0.inheritance != nil }.map { "\($0.number)" }
      throw UsageError(
        "Chapter \(chapter.number) takes nothing over from an earlier one. 'carry' is for "
          + "chapter \(others.joined(separator: " and ")).", command: "carry")
    }
    guard let earlier = Curriculum.chapter(inheritance.chapter) else { return 1 }
    let carry = Carry(
      chapter: chapter, inheritance: inheritance, earlier: earlier, surroundings: surroundings)
    surroundings.screen.say(try carry.lines())
    return 0
  }
}

/// Carries bodies from one chapter's file into another's.
struct Carry {
  let chapter: Chapter
  let inheritance: Inheritance
  let earlier: Chapter
  let surroundings: Surroundings

  private var style: Style { surroundings.screen.style }
  private var path: String { chapter.path(of: inheritance) }
  private var solvedPath: String { chapter.solutionPath(of: inheritance) }

  /// Carries what can be carried.
  ///
  /// - Returns: what to tell.
  /// - Throws: `Trouble` where nothing can, and nothing was changed.
  func lines() throws -> [String] {
    let learner = try readable(earlier)
    let state = try readable(chapter)
    let solved = try surroundings.read(solvedPath)
    let old = try? Data(contentsOf: surroundings.url(path))
    let isThere = old.map { !$0.allSatisfy { [9, 10, 13, 32].contains($0) } } ?? false
    let target = isThere ? try surroundings.read(path) : solved
    let carrying = try carrying(learner, into: target, state: state, solved: solved)
    guard !carrying.carried.isEmpty || !isThere else { throw Trouble(nothing(carrying)) }
    guard Data(carrying.text.utf8) != old else {
      return style.wrapped("\(path) has them already. Nothing was changed.", indent: 0)
        + told(carrying) + next(carrying)
    }
    let backup = try Backups(chapter: chapter, surroundings: surroundings).keep(old, of: path)
    try surroundings.write(carrying.text, to: path)
    return told(carrying) + (backup.map { style.tellBackup($0, of: path) } ?? []) + next(carrying)
  }

  private func readable(_ chapter: Chapter) throws -> String {
    let path = chapter.statePath
    let command = Command.line("check \(chapter.number)")
    guard FileManager.default.fileExists(atPath: surroundings.url(path).path) else {
      throw Trouble(ChapterProblem.missing(path).sentence(for: chapter) + " Nothing was changed.")
    }
    let text = try surroundings.read(path)
    guard Carrying.isReadable(text) else {
      throw Trouble(
        "\(path) cannot be read: its braces do not match, so nobody can tell where a body ends. "
          + "Nothing was changed. `\(command)` shows what the compiler says.")
    }
    return text
  }

  private func carrying(
    _ learner: String, into target: String, state: String, solved: String
  ) throws -> Carrying {
    do {
      return try Carrying(
        from: learner, skeleton: try surroundings.read(earlier.solutionPath), into: target,
        state: state, reference: [try surroundings.read(chapter.solutionPath), solved])
    } catch let error as MarkerError {
      throw Trouble(
        "\(path), \(error). The places are found by these lines, so nothing was changed. "
          + "`cp \(solvedPath) \(path)` puts the solved file there; then carry again.")
    }
  }

  // MARK: - What to tell

  private func told(_ carrying: Carrying) -> [String] {
    var lines: [String] = []
    let steps = carrying.carried.map(\.step).unique
    if steps.isEmpty {
      lines += style.wrapped("\(path) is the solved one again.", indent: 0)
    } else {
      lines += style.wrapped(
        "\(path) holds your own \(steps.enumerated(by: "and")) now.", indent: 0)
    }
    if !carrying.helpers.isEmpty {
      lines += style.wrapped(
        "With them came \(carrying.helpers.enumerated(by: "and")), which they use.", indent: 0)
    }
    if !carrying.left.isEmpty {
      lines += ["Left as it was, which works:"]
      lines += reasons(carrying)
    }
    return lines
  }

  private func nothing(_ carrying: Carrying) -> String {
    (["There is nothing that could be carried into \(path), and nothing was changed."]
      + reasons(carrying)).joined(separator: "\n")
  }

  private func reasons(_ carrying: Carrying) -> [String] {
    carrying.left.flatMap { place, reason in
      style.wrapped(
        "\(place.step) \(place.name.prefix { $0 != "(" }): \(sentence(reason))", indent: 2,
        hanging: 4)
    }
  }

  private func sentence(_ reason: Carrying.Reason) -> String {
    let from = earlier.statePath
    let number = chapter.number
    switch reason {
    case .missing: return "\(from) has no such function."
    case .unwritten: return "it is not written yet in \(from)."
    case .otherParameters: return "yours takes other parameters than the chapter's."
    case .leadsByItself:
      return "yours sets the role to leader by itself. In chapter \(number) there is more to do "
        + "then: let it call becomeLeader(), as the skeleton of chapter \(earlier.number) does."
    case .needs(let name, let line, let text):
      return "it needs `\(name)`, which \(chapter.statePath) does not have. Copy it there, and "
        + "carry again: `\(text)` (\(from):\(line))."
    case .taken(let name, let line):
      return
        "it needs your `\(name)` (\(from):\(line)), and chapter \(number) has one of that name "
        + "for something else. Give yours another name, and carry again."
    }
  }

  private func next(_ carrying: Carrying) -> [String] {
    let check = ("check \(chapter.number)", "grades chapter \(chapter.number) with them")
    let again = ("carry \(chapter.number)", "again, when there is more to carry")
    return style.advice("Next:", then: carrying.left.isEmpty ? [check] : [check, again])
  }
}

extension [String] {
  /// Each once, in order.
  fileprivate var unique: [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }

  /// "3.1, 3.2 and 3.3".
  fileprivate func enumerated(by word: String) -> String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " \(word) \(last)"
  }
}
