internal import Foundation
internal import Grading

/// An error of the compiler's, in its words or, where those lead astray, in ours.
struct CompileError: Hashable, Sendable {
  let place: Place
  let sentence: String
  var excerpt: [String] = []
}

/// The errors of a failed build that are one chapter's.
///
/// Most are told as the compiler tells them. What breaks the contract is said in the workbook's
/// words, since the compiler points at the type, and at a file of which the learner knows nothing.
struct CompileErrors {
  let log: BuildLog
  let chapter: Chapter
  /// The solution's text: it shows how the type is declared.
  let solution: String

  /// File by file, in the order of the lines.
  var all: [CompileError] {
    var found: [CompileError] = []
    for (index, diagnostic) in log.diagnostics.enumerated() where diagnostic.kind == .error {
      if chapter.paths.contains(diagnostic.file) {
        found += errors(from: diagnostic, at: index)
      } else if isAboutTheType(diagnostic) {
        found.append(
          CompileError(place: Place(file: chapter.statePath, line: 1), sentence: declaration))
      }
    }
    var seen: Set<CompileError> = []
    return found.filter { seen.insert($0).inserted }.sorted {
      ($0.place.file, $0.place.line) < ($1.place.file, $1.place.line)
    }
  }

  /// The runner looks for `Chapter01.State` and does not find it, or not as it should be.
  private func isAboutTheType(_ diagnostic: Diagnostic) -> Bool {
    guard diagnostic.file.hasPrefix("Sources/runner/") else { return false }
    let module = "Chapter" + chapter.folder.prefix(2)
    let shown = ([diagnostic.message] + diagnostic.excerpt).joined(separator: "\n")
    return diagnostic.message.contains(module)
      || (diagnostic.message.contains("State") && shown.contains("\(module).State"))
  }

  private var declaration: String {
    let line = solution.split(separator: "\n").first { $0.hasPrefix("public actor State") }
    let wanted = line.map { $0.prefix { $0 != "{" } }.map(String.init) ?? "public actor State"
    let text = wanted.reversed().drop { $0 == " " }.reversed()
    return "The file must declare `\(String(text))`: that is where the graders look."
  }

  private func errors(from diagnostic: Diagnostic, at index: Int) -> [CompileError] {
    let place = Place(file: diagnostic.file, line: diagnostic.line)
    guard diagnostic.message.contains("type 'State' does not conform to protocol") else {
      return [
        CompileError(
          place: place, sentence: "error: \(diagnostic.message)", excerpt: diagnostic.excerpt)
      ]
    }
    let notes = log.diagnostics[(index + 1)...].prefix { $0.kind == .note }
    let candidates = ([diagnostic] + notes.filter { chapter.paths.contains($0.file) })
      .flatMap(Self.candidates)
    var errors: [CompileError] = []
    for requirement in requirements(after: index) {
      let nearby = candidates.filter { $0.name == requirement.base }
      if nearby.isEmpty {
        errors.append(CompileError(place: place, sentence: missing(requirement.name)))
      }
      errors += nearby.map { candidate in
        CompileError(
          place: candidate.place,
          sentence: Self.sentence(about: candidate, wanted: requirement.name))
      }
    }
    // Where it is said without a requirement, it has been said with one before.
    guard errors.isEmpty, !isSaidBetter(than: diagnostic) else { return errors }
    return [
      CompileError(
        place: place, sentence: "error: \(diagnostic.message)", excerpt: diagnostic.excerpt)
    ]
  }

  /// Whether the same is said in another place, with what the protocol requires.
  private func isSaidBetter(than diagnostic: Diagnostic) -> Bool {
    log.diagnostics.indices.contains { index in
      log.diagnostics[index].kind == .error
        && log.diagnostics[index].message == diagnostic.message
        && log.diagnostics[index].head != diagnostic.head && !requirements(after: index).isEmpty
    }
  }

  private func missing(_ name: String) -> String {
    "\(name) is missing, which chapter \(chapter.number) asks for. "
      + "`\(Command.line("diff \(chapter.number)"))` shows how it begins."
  }

  private static func sentence(about candidate: Candidate, wanted: String) -> String {
    if candidate.note.contains("is 'async', but protocol requirement is not") {
      return "\(wanted) is declared `async` here. It is a rule, and a rule has no async: nothing "
        + "may happen between its first line and its last."
    }
    if candidate.note.contains("throws, but protocol does not allow it") {
      return "\(wanted) is declared `throws` here. It always has an answer: take the word away."
    }
    if let type = candidate.note.firstMatch(of: /non-matching type '(.*)'/) {
      return "\(wanted) is not declared as the chapter asks. Its type is \(type.1)."
    }
    return "\(wanted) is not declared as the chapter asks: \(candidate.note)."
  }

  /// A function that might have been meant for a requirement, and why it is not.
  private struct Candidate {
    let name: String
    let place: Place
    let note: String
  }

  /// The functions in an excerpt that bear a note saying "candidate".
  private static func candidates(in diagnostic: Diagnostic) -> [Candidate] {
    var candidates: [Candidate] = []
    var last: (line: Int, text: String)?
    for row in diagnostic.excerpt {
      if let match = row.wholeMatch(of: /\s*(\d+)\s*\|\s?(.*)/), let line = Int(match.1) {
        last = (line, String(match.2))
      } else if let note = row.firstMatch(of: /note: (candidate .*)/), let last,
        let name = last.text.firstMatch(of: /(?:func|var|let|init)\s*(\w*)/)
      {
        let isInit = name.1.isEmpty
        candidates.append(
          Candidate(
            name: isInit ? "init" : String(name.1),
            place: Place(file: diagnostic.file, line: last.line), note: String(note.1)))
      }
    }
    return candidates
  }

  /// What the notes below an error say that the protocol requires. A note's excerpt shows its
  /// neighbours' words too, and not each of them has a head of its own.
  private func requirements(after index: Int) -> [(name: String, base: String)] {
    var seen: Set<String> = []
    return log.diagnostics[(index + 1)...].prefix { $0.kind == .note }
      .flatMap { [$0.message] + $0.excerpt }
      .compactMap(Self.requirement)
      .filter { seen.insert($0.name).inserted }
  }

  /// The function that a note says the protocol requires.
  private static func requirement(in note: String) -> (name: String, base: String)? {
    guard let match = note.firstMatch(of: /protocol requires (?:\w+ )+'([^']+)'/) else {
      return nil
    }
    let name = String(match.1)
    return (name, String(name.prefix { $0 != "(" }))
  }
}
