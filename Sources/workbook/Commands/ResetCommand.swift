internal import Foundation
internal import Grading
internal import Platform

extension Command {
  static let reset = Command(
    name: "reset", summary: "Starts a chapter or a step afresh; your file is kept in a backup.",
    usage: ["N", "N.k"],
    arguments: [
      .init("N", "a chapter: the whole skeleton comes back"),
      .init("N.k", "a step: only its bodies become todo again"),
    ],
    options: [.init("--yes", nil, "accepted for scripts; nothing is ever asked")],
    examples: [.init("reset 1", "chapter 1 from the start"), .init("reset 1.3", "step 1.3 again")],
    exits: .plain,
    notes: ["Backups are in .workbook/backups, one for each reset. Nothing there is overwritten."]
  ) { arguments, surroundings in
    let target = try arguments.target()
    let reset = Reset(chapter: target.chapter, surroundings: surroundings)
    surroundings.screen.say(try target.step.map(reset.cutBack) ?? reset.start())
    return 0
  }
}

/// Puts a skeleton, or a part of one, in the learner's place.
struct Reset {
  let chapter: Chapter
  let surroundings: Surroundings

  private var style: Style { surroundings.screen.style }

  /// Puts the whole skeleton there, and what the chapter takes over as it was before `carry`.
  ///
  /// - Returns: what to tell.
  func start() throws -> [String] {
    let skeleton = try Self.marked(chapter, in: surroundings).replacing { [$0.todo] }
    var files = [(path: chapter.statePath, text: skeleton, what: "the skeleton")]
    if let inheritance = chapter.inheritance {
      let solved = try surroundings.read(chapter.solutionPath(of: inheritance))
      files.append((chapter.path(of: inheritance), solved, "the solved one"))
    }
    var lines: [String] = []
    var isChanged = false
    for file in files {
      let old = try? Data(contentsOf: surroundings.url(file.path))
      guard old != Data(file.text.utf8) else {
        if file.path == chapter.statePath {
          lines += style.wrapped("\(file.path) is \(file.what) already.", indent: 0)
        }
        continue
      }
      let backup = try Backups(chapter: chapter, surroundings: surroundings).keep(
        old, of: file.path)
      try surroundings.write(file.text, to: file.path)
      isChanged = true
      lines += style.wrapped("\(file.path) is \(file.what) again.", indent: 0)
      if let backup { lines += style.tellBackup(backup, of: file.path) }
    }
    guard isChanged else {
      return told("\(chapter.statePath) is the skeleton already. Nothing was changed.")
    }
    return lines + next(isKept: lines.count > 1)
  }

  /// Puts `todo` back in the bodies of one step.
  func cutBack(_ step: Step) throws -> [String] {
    let solution = try Self.marked(chapter, in: surroundings)
    let text = try surroundings.read(chapter.statePath)
    var source = EditableSource(text)
    for name in step.functions where source.body(of: name) == nil {
      throw Trouble(
        "\(chapter.statePath) has no function \(name) that could be cut back. "
          + "`\(Command.line("reset \(chapter.number)"))` puts the whole skeleton in place, and "
          + "keeps your file in a backup.")
    }
    for region in solution.regions where region.step == step.number {
      guard let name = region.function else { continue }
      _ = source.replaceBody(of: name, with: [region.todo])
    }
    guard source.text != text else {
      return told("\(step.heading) is not written yet. Nothing was changed.")
    }
    let backup = try Backups(chapter: chapter, surroundings: surroundings)
      .keep(Data(text.utf8), of: chapter.statePath)
    try surroundings.write(source.text, to: chapter.statePath)
    return told("\(step.heading) is todo again in \(chapter.statePath).", backup: backup)
  }

  private func told(_ sentence: String, backup: String? = nil) -> [String] {
    style.wrapped(sentence, indent: 0)
      + (backup.map { style.tellBackup($0, of: chapter.statePath) } ?? [])
      + next(isKept: backup != nil)
  }

  private func next(isKept: Bool) -> [String] {
    style.advice(
      isKept ? "Otherwise, go on:" : "Next:",
      then: [("check \(chapter.number)", "when something is written")])
  }

  /// The solution, with its markers found.
  static func marked(_ chapter: Chapter, in surroundings: Surroundings) throws -> MarkedSource {
    do {
      return try MarkedSource(try surroundings.read(chapter.solutionPath))
    } catch let error as MarkerError {
      throw Trouble("\(chapter.solutionPath), \(error)")
    }
  }
}
