internal import Foundation
internal import Grading

/// Why a chapter cannot be graded.
enum ChapterProblem: Hashable, Sendable {
  case missing
  case empty
  case doesNotCompile([CompileError])

  /// Looks at the learner's file, before anything is built.
  static func find(in chapter: Chapter, of surroundings: Surroundings) throws -> ChapterProblem? {
    let url = surroundings.url(chapter.statePath)
    guard FileManager.default.fileExists(atPath: url.path) else { return .missing }
    let text = try surroundings.read(chapter.statePath)
    return text.allSatisfy(\.isWhitespace) ? .empty : nil
  }

  /// Reads a failed build for what is wrong with this chapter, or nil if nothing is.
  static func find(in log: BuildLog, for chapter: Chapter, solution: String) -> ChapterProblem? {
    let errors = CompileErrors(log: log, chapter: chapter, solution: solution).all
    return errors.isEmpty ? nil : .doesNotCompile(errors)
  }

  /// One sentence.
  func sentence(for chapter: Chapter) -> String {
    switch self {
    case .missing, .empty:
      let what = self == .missing ? "missing" : "empty"
      return "\(chapter.statePath) is \(what). `\(Command.line("reset \(chapter.number)"))` puts "
        + "the skeleton there."
    case .doesNotCompile(let errors):
      let place = errors.first.map { " \($0.place): \($0.sentence)" } ?? ""
      return "\(chapter.statePath) does not compile.\(place)"
    }
  }

  /// What there is to say under the chapter's heading; of many errors, the first `most`.
  func lines(for chapter: Chapter, most: Int, style: Style) -> [String] {
    guard case .doesNotCompile(let errors) = self else {
      return style.wrapped(sentence(for: chapter), indent: 2)
    }
    var lines = ["  \(style.bad("✗")) \(style.strong("does not compile"))"]
    for error in errors.prefix(most) {
      lines += style.wrapped("\(error.place): \(error.sentence)", indent: 4)
      lines += error.excerpt.flatMap { style.clipped($0, indent: 4) }.map(style.quiet)
    }
    if errors.count > most {
      let rest = errors.count - most
      lines += style.wrapped(
        "… and \(rest) more error\(rest == 1 ? "" : "s"), which may go away with "
          + "\(most == 1 ? "this one" : "these").", indent: 4)
    }
    return lines
  }
}

extension Style {
  /// A line of source, indented; where it is too long, it goes on in the next line.
  func clipped(_ line: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var rest = line[...]
    var lines: [String] = []
    repeat {
      lines.append(margin + rest.prefix(width - indent))
      rest = rest.dropFirst(width - indent)
    } while !rest.isEmpty
    return lines
  }
}
