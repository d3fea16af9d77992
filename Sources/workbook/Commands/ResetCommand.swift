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

  /// Puts the whole skeleton there.
  ///
  /// - Returns: what to tell.
  func start() throws -> [String] {
    let skeleton = try Self.marked(chapter, in: surroundings).replacing { [$0.todo] }
    let url = surroundings.url(chapter.statePath)
    let old = try? Data(contentsOf: url)
    guard old != Data(skeleton.utf8) else {
      return told("\(chapter.statePath) is the skeleton already. Nothing was changed.")
    }
    let backup = try keep(old)
    try surroundings.write(skeleton, to: chapter.statePath)
    return told("\(chapter.statePath) is the skeleton again.", backup: backup)
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
    let backup = try keep(Data(text.utf8))
    try surroundings.write(source.text, to: chapter.statePath)
    return told("\(step.heading) is todo again in \(chapter.statePath).", backup: backup)
  }

  private func told(_ sentence: String, backup: String? = nil) -> [String] {
    var lines = style.wrapped(sentence, indent: 0)
    if let backup {
      lines += style.wrapped("Your file is kept in \(backup). To get it back:", indent: 0)
      lines += style.wrapped("cp \(backup) \(chapter.statePath)", indent: 2, hanging: 4)
    }
    return lines
      + style.advice(
        backup == nil ? "Next:" : "Otherwise, go on:",
        then: [("check \(chapter.number)", "when something is written")])
  }

  /// Puts a copy of the learner's file aside, where no build finds it.
  private func keep(_ old: Data?) throws -> String? {
    guard let old, !old.isEmpty else { return nil }
    let folder = ".workbook/backups/\(chapter.folder)"
    let stamp = surroundings.clock.stamp()
    var path = "\(folder)/State.\(stamp).swift"
    var number = 2
    while FileManager.default.fileExists(atPath: surroundings.url(path).path) {
      path = "\(folder)/State.\(stamp)-\(number).swift"
      number += 1
    }
    do {
      try FileManager.default.createDirectory(
        at: surroundings.url(folder), withIntermediateDirectories: true)
      try old.write(to: surroundings.url(path), options: .atomic)
    } catch {
      throw Trouble(
        "The backup \(path) cannot be written, so nothing was changed: the folder may be "
          + "read-only, or the disk full.")
    }
    return path
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
