internal import Foundation
internal import Grading

/// Why a chapter cannot be graded.
enum ChapterProblem: Hashable, Sendable {
  /// One of its files, by its path.
  case missing(String)
  case empty(String)
  case doesNotCompile([CompileError])

  /// Looks at the learner's files, before anything is built.
  static func find(in chapter: Chapter, of surroundings: Surroundings) throws -> ChapterProblem? {
    for path in chapter.paths {
      guard FileManager.default.fileExists(atPath: surroundings.url(path).path) else {
        return .missing(path)
      }
      if try surroundings.read(path).allSatisfy(\.isWhitespace) { return .empty(path) }
    }
    return nil
  }

  /// Reads a failed build for what is wrong with this chapter, or nil if nothing is.
  static func find(in log: BuildLog, for chapter: Chapter, solution: String) -> ChapterProblem? {
    let errors = CompileErrors(log: log, chapter: chapter, solution: solution).all
    return errors.isEmpty ? nil : .doesNotCompile(errors)
  }

  /// One sentence.
  func sentence(for chapter: Chapter) -> String {
    switch self {
    case .missing(let path):
      return "\(path) is missing. `\(Command.line(remedy(for: chapter)))` puts "
        + "\(path == chapter.statePath ? "the skeleton" : "it") there."
    case .empty(let path):
      return "\(path) is empty. `\(Command.line(remedy(for: chapter)))` puts "
        + "\(path == chapter.statePath ? "the skeleton" : "it") there."
    case .doesNotCompile(let errors):
      let place = errors.first.map { " \($0.place): \($0.sentence)" } ?? ""
      return "\(path(in: chapter)) does not compile.\(place)"
    }
  }

  /// The file that it is about.
  func path(in chapter: Chapter) -> String {
    switch self {
    case .missing(let path), .empty(let path): path
    case .doesNotCompile(let errors): errors.first?.place.file ?? chapter.statePath
    }
  }

  /// The command that brings a file back; the learner's State.swift stays if it is another one.
  func remedy(for chapter: Chapter) -> String {
    "\(path(in: chapter) == chapter.statePath ? "reset" : "carry") \(chapter.number)"
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
