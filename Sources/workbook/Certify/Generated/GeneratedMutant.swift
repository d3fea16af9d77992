internal import Grading

/// A solution with one small change that an operator makes, which some check ought to refuse.
struct GeneratedMutant: Sendable {
  /// The step, the operator, and a number made from the lines: `4.5-drop-conjunct-1f3a`. It stays
  /// as long as the code that it changes does, wherever that moves.
  let id: String
  let chapter: Chapter
  let step: Step
  /// The first line that it changes.
  let place: Place
  /// The lines that it changes, before and after.
  let change: LineDiff
  /// The chapter's whole file.
  let text: String
}

extension GeneratedMutant {
  /// Every mutant of a chapter's marked bodies, in the order of the file.
  ///
  /// What two operators make alike is made once.
  static func all(of chapter: Chapter, solution: String) throws -> [GeneratedMutant] {
    let marked = try MarkedSource(solution)
    let tokens = SourceFile(solution).tokens
    var texts: Set<String> = [marked.replacing { Array(marked.lines[$0.body]) }]
    var ids: [String: Int] = [:]
    var mutants: [GeneratedMutant] = []
    for region in marked.regions {
      guard let step = chapter.steps.first(where: { $0.number == region.step }) else { continue }
      let body = CodeBody(
        tokens.filter { region.body.contains($0.line - 1) }, in: marked.lines)
      for (name, change) in changes(in: body) {
        let (old, new) = lines(of: change, in: marked.lines)
        let text = marked.replacing { other in
          guard other == region else { return Array(marked.lines[other.body]) }
          return marked.lines[other.body.lowerBound..<change.start.line] + new
            + marked.lines[change.end.line + 1..<other.end]
        }
        guard texts.insert(text).inserted else { continue }
        let code = ([region.function ?? ""] + old + ["→"] + new).map(\.trimmed)
        let id = "\(step.number)-\(change.kind ?? name)-\(fingerprint(of: code))"
        ids[id, default: 0] += 1
        let count = ids[id] ?? 1
        mutants.append(
          GeneratedMutant(
            id: count == 1 ? id : "\(id)-\(count)", chapter: chapter, step: step,
            place: Place(file: chapter.solutionPath, line: change.start.line + 1),
            change: LineDiff(from: old, to: new), text: text))
      }
    }
    return mutants
  }

  private static func changes(in body: CodeBody) -> [(name: String, change: CodeBody.Change)] {
    let found = MutationOperator.all.flatMap { mutation in
      mutation.changes(body).map { (name: mutation.name, change: $0) }
    }
    // Sorting keeps no order among equals, so the number in the list decides between them.
    return found.enumerated().sorted {
      ($0.element.change.start, $0.offset) < ($1.element.change.start, $1.offset)
    }.map(\.element)
  }

  /// The lines that it changes, before and after.
  private static func lines(
    of change: CodeBody.Change, in lines: [String]
  ) -> (old: [String], new: [String]) {
    let old = lines[change.start.line...change.end.line]
    let line =
      old[change.start.line].prefix(change.start.column) + change.replacement
      + old[change.end.line].dropFirst(change.end.column)
    return (Array(old), line.allSatisfy(\.isWhitespace) ? [] : [String(line)])
  }

  /// Four digits that depend on every character (FNV-1a): the same in every run.
  private static func fingerprint(of lines: [String]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in lines.joined(separator: "\n").utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let digits = String((hash ^ (hash >> 32)) & 0xffff, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
