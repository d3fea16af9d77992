internal import Foundation
internal import Grading

/// A chapter's catalogue of mistakes and variants, read from Markdown.
struct Catalogue: Sendable {
  let mutants: [Mutant]
  /// What is wrong with the file, each with its line.
  let errors: [CatalogueError]

  init(_ text: String, file: String) {
    var reader = CatalogueReader(file: file)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      reader.read(String(line))
    }
    reader.finish()
    mutants = reader.mutants
    errors = reader.errors.sorted { $0.place.line < $1.place.line }
  }
}

/// Reads a catalogue line by line.
private struct CatalogueReader {
  /// An entry that is being read.
  private struct Entry {
    let name: String
    let line: Int
    let isVariant: Bool
    var step: Step?
    var file: String?
    var breaks: String?
    var bodies: [(name: String, line: Int)] = []
    var find: (lines: [String], line: Int)?
    var edits: [Mutant.Edit] = []
    var whole: String?
    var runs = 0
  }

  private struct Fence {
    let kind: String
    let line: Int
    var lines: [String] = []
  }

  let file: String
  private(set) var mutants: [Mutant] = []
  private(set) var errors: [CatalogueError] = []
  private var number = 0
  private var readsVariants: Bool?
  private var entry: Entry?
  private var fence: Fence?
  private var names: Set<String> = []

  init(file: String) { self.file = file }

  private mutating func complain(_ problem: String, line: Int? = nil) {
    errors.append(
      CatalogueError(place: Place(file: file, line: line ?? number), problem: problem))
  }

  mutating func read(_ line: String) {
    number += 1
    if fence != nil {
      if line.hasPrefix("```") { closeFence() } else { fence?.lines.append(line) }
    } else if line.hasPrefix("```") {
      openFence(String(line.dropFirst(3)).trimmingCharacters(in: .whitespaces))
    } else if line.hasPrefix("### ") {
      begin(String(line.dropFirst(4)).trimmingCharacters(in: .whitespaces))
    } else if line.hasPrefix("## ") {
      endEntry()
      switch line.dropFirst(3).trimmingCharacters(in: .whitespaces) {
      case "Mutants": readsVariants = false
      case "Variants": readsVariants = true
      case let other: complain("there is no section '\(other)': only Mutants and Variants")
      }
    } else if line.hasPrefix("- "), entry != nil {
      readFact(String(line.dropFirst(2)))
    }
  }

  mutating func finish() {
    if let fence { complain("this fence is not closed", line: fence.line) }
    fence = nil
    endEntry()
  }

  private mutating func begin(_ name: String) {
    endEntry()
    guard let readsVariants else {
      complain("'\(name)' stands before ## Mutants and ## Variants")
      return
    }
    if !names.insert(name).inserted { complain("there are two entries called '\(name)'") }
    entry = Entry(name: name, line: number, isVariant: readsVariants)
  }

  private mutating func readFact(_ fact: String) {
    let parts = fact.split(separator: ":", maxSplits: 1).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    let names = ["step", "file", "breaks", "body", "whole", "runs"]
    guard parts.count == 2, names.contains(parts[0]) else { return }
    switch parts[0] {
    case "step":
      entry?.step = Curriculum.step(parts[1])?.step
      if entry?.step == nil { complain("there is no step \(parts[1])") }
    case "file": entry?.file = parts[1]
    case "breaks": entry?.breaks = parts[1]
    case "whole": entry?.whole = parts[1]
    case "runs":
      entry?.runs = Int(parts[1]) ?? 0
      if entry?.runs ?? 0 <= 0 { complain("'\(parts[1])' is no number of runs") }
    default: entry?.bodies.append((parts[1], number))
    }
  }

  private mutating func openFence(_ info: String) {
    fence = Fence(kind: info, line: number)
  }

  private mutating func closeFence() {
    guard let fence else { return }
    self.fence = nil
    guard entry != nil, fence.kind.hasPrefix("swift") else { return }
    switch fence.kind {
    case "swift find":
      entry?.find = (Self.core(fence.lines), fence.line)
    case "swift replace":
      guard let find = entry?.find else {
        complain("this replaces nothing: no ```swift find stands before it", line: fence.line)
        return
      }
      entry?.find = nil
      entry?.edits.append(
        .init(kind: .replace(find.lines, with: Self.core(fence.lines)), line: find.line))
    case "swift":
      guard let body = entry?.bodies.first else {
        complain("this code has no '- body: name' line before it", line: fence.line)
        return
      }
      entry?.bodies.removeFirst()
      entry?.edits.append(.init(kind: .body(body.name, Self.core(fence.lines)), line: body.line))
    default: complain("a fence is ```swift, ```swift find or ```swift replace", line: fence.line)
    }
  }

  /// Without empty lines at both ends, and without the indentation that all lines share.
  private static func core(_ lines: [String]) -> [String] {
    func isBlank(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }
    var lines = lines[...]
    while lines.first.map(isBlank) == true { lines.removeFirst() }
    while lines.last.map(isBlank) == true { lines.removeLast() }
    let margin = lines.filter { !isBlank($0) }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return lines.map { isBlank($0) ? "" : String($0.dropFirst(margin)) }
  }

  private mutating func endEntry() {
    guard let ended = entry else { return }
    entry = nil
    func complain(_ problem: String, line: Int? = nil) {
      errors.append(
        CatalogueError(
          place: Place(file: file, line: line ?? ended.line),
          problem: "\(ended.name): \(problem)"))
    }
    for body in ended.bodies {
      complain("the body of \(body.name) has no ```swift fence", line: body.line)
    }
    if let find = ended.find { complain("no ```swift replace follows", line: find.line) }
    let hasCode = !ended.edits.isEmpty || !ended.bodies.isEmpty || ended.find != nil
    switch (hasCode, ended.whole) {
    case (false, nil): complain("it changes nothing: no code follows")
    case (true, let folder?): complain("it is whole in \(folder), and changes the solution as well")
    default: break
    }
    if ended.isVariant, ended.breaks != nil { complain("a variant breaks no rule") }
    if !ended.isVariant, ended.breaks == nil { complain("'- breaks: RULE' is missing") }
    guard let step = ended.step else {
      complain("'- step: N.k' is missing")
      return
    }
    mutants.append(
      Mutant(
        name: ended.name, place: Place(file: file, line: ended.line), step: step, file: ended.file,
        breaks: ended.isVariant ? nil : ended.breaks ?? "", edits: ended.edits,
        whole: ended.whole, runs: ended.runs))
  }
}
