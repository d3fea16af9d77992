internal import Foundation
internal import Grading

/// A wrong implementation that must be refused, or a right one that must be accepted.
struct Mutant: Hashable, Sendable {
  /// A change to the solution.
  struct Edit: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      /// The body of this function becomes these lines.
      case body(String, [String])
      /// These lines, which stand there once, become those.
      case replace([String], with: [String])
    }

    let kind: Kind
    /// Where it stands in the Markdown.
    let line: Int
  }

  let name: String
  /// Where it stands in the Markdown.
  let place: Place
  let step: Step
  /// Which of the chapter's files it changes, where that is not the one to write in.
  let file: String?
  /// The id of the rule that it breaks; nil for a variant, which breaks none.
  let breaks: String?
  let edits: [Edit]
  /// The folder, from `Tests/Mutants` on, of whole files that take the place of the chapter's: for
  /// what was written apart from the solution.
  var whole: String?
  /// How many more clusters its last step plays than it always does.
  var runs = 0

  var isVariant: Bool { breaks == nil }
}

/// A mistake in a catalogue of mutants.
struct CatalogueError: Error, Hashable, CustomStringConvertible {
  let place: Place
  let problem: String

  var description: String { "\(place): \(problem)" }
}

extension Mutant {
  /// The solution with this mutant's changes, as it is put in the learner's place.
  func applied(to solution: String) throws -> String {
    // The marks of what is taken over stand in the learner's file as well.
    var source = EditableSource(file == nil ? try Skeleton.stripped(solution) : solution)
    for edit in edits {
      func problem(_ text: String) -> CatalogueError {
        CatalogueError(place: Place(file: place.file, line: edit.line), problem: text)
      }
      switch edit.kind {
      case .body(let name, let lines):
        guard !source.isAmbiguous(name) else {
          throw problem("there are several functions \(name): say which, with its labels")
        }
        guard source.replaceBody(of: name, with: lines.map { $0.isEmpty ? "" : "    " + $0 })
        else { throw problem("the solution has no function \(name)") }
      case .replace(let old, let new):
        switch Self.replace(old, with: new, in: source.lines) {
        case .success(let lines): source = EditableSource(lines.joined(separator: "\n"))
        case .failure(let count):
          throw problem(
            count.number == 0
              ? "the text to find is not in the solution"
              : "the text to find is in the solution \(count.number) times, and must be there once")
        }
      }
    }
    return source.text
  }

  private struct Occurrences: Error { let number: Int }

  /// Lines are compared without their indentation; a single line may be a part of one.
  private static func replace(
    _ old: [String], with new: [String], in lines: [String]
  ) -> Result<[String], Occurrences> {
    let wanted = old.map(\.trimmed)
    let have = lines.map(\.trimmed)
    guard !wanted.isEmpty, have.count >= wanted.count else { return .failure(.init(number: 0)) }
    let places = (0...(have.count - wanted.count)).filter {
      Array(have[$0..<$0 + wanted.count]) == wanted
    }
    if places.isEmpty, wanted.count == 1, new.count == 1 {
      let count = lines.reduce(0) { $0 + $1.components(separatedBy: wanted[0]).count - 1 }
      guard count == 1 else { return .failure(.init(number: count)) }
      return .success(
        lines.map { $0.replacingOccurrences(of: wanted[0], with: new[0].trimmed) })
    }
    guard places.count == 1 else { return .failure(.init(number: places.count)) }
    let indent = String(lines[places[0]].prefix { $0 == " " })
    var result = lines
    result.replaceSubrange(
      places[0]..<places[0] + wanted.count, with: new.map { $0.isEmpty ? "" : indent + $0 })
    return .success(result)
  }
}

extension String {
  /// Without the white space at both ends.
  var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
