internal import Foundation
internal import Grading

/// What README.md says of the graders, step by step: which known mistakes they find, which right
/// answers they accept, and what became of the generated mutants.
///
/// Each chapter's figures stay as they are until they are recorded anew.
struct Published: Hashable {
  /// The mutants and variants of the catalogue.
  struct Known: Hashable {
    var killed, mutants, accepted, variants: Int
  }

  struct Generated: Hashable {
    var made, killed, stillborn, equivalent: Int
  }

  /// Of each step that has been certified, by number.
  var known: [String: Known] = [:]
  /// Of each step whose generated mutants have all been graded, by number.
  var generated: [String: Generated] = [:]

  init() {}

  /// Reads what `lines` writes; other lines are for people.
  init(_ lines: [String]) {
    for line in lines {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == Self.head.count, Curriculum.step(cells[0]) != nil else { continue }
      let numbers = cells[1...2].flatMap { $0.components(separatedBy: " of ") }.compactMap(Int.init)
      if numbers.count == 4 {
        known[cells[0]] = Known(
          killed: numbers[0], mutants: numbers[1], accepted: numbers[2], variants: numbers[3])
      }
      let made = cells[3...].compactMap { Int($0) }
      if made.count == 4 {
        generated[cells[0]] = Generated(
          made: made[0], killed: made[1], stillborn: made[2], equivalent: made[3])
      }
    }
  }

  private static let head = [
    "step", "mutants killed", "variants accepted", "generated", "killed", "stillborn",
    "equivalent",
  ]

  /// A table in Markdown: a row for each chapter, and one for each of its steps.
  var lines: [String] {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    func cells(_ known: Known?, _ generated: Generated?) -> [String] {
      let first =
        known.map {
          ["\($0.killed) of \($0.mutants)", "\($0.accepted) of \($0.variants)"]
        } ?? ["not run", "not run"]
      let second = generated.map { [$0.made, $0.killed, $0.stillborn, $0.equivalent] }
      return first + (second?.map { "\($0)" } ?? Array(repeating: "not run", count: 4))
    }
    let rows = Curriculum.chapters.flatMap { chapter -> [String] in
      let numbers = chapter.steps.map(\.number)
      let sums = cells(
        sum(numbers.map { known[$0] }, of: [\.killed, \.mutants, \.accepted, \.variants]),
        sum(numbers.map { generated[$0] }, of: [\.made, \.killed, \.stillborn, \.equivalent]))
      return [row((["\(chapter.number) \(chapter.title)"] + sums).map { "**\($0)**" })]
        + numbers.map { row([$0] + cells(known[$0], generated[$0])) }
    }
    return [row(Self.head), row(["---"] + Array(repeating: "---:", count: 6))] + rows
  }

  /// Nil where a part is missing.
  private func sum<Part>(_ parts: [Part?], of figures: [WritableKeyPath<Part, Int>]) -> Part? {
    guard var sum = parts.first ?? nil else { return nil }
    for part in parts.dropFirst() {
      guard let part else { return nil }
      for figure in figures { sum[keyPath: figure] += part[keyPath: figure] }
    }
    return sum
  }
}

// MARK: - What has just been seen

extension Published {
  /// Puts what came of whole chapters in the place of what is there.
  mutating func record(_ certificates: [Certificate], of chapters: [Chapter]) {
    for step in chapters.flatMap(\.steps) {
      let own = certificates.filter { $0.mutant.step == step }
      let mutants = own.count { !$0.mutant.isVariant }
      known[step.number] = Known(
        killed: own.count { $0.outcome == .killed }, mutants: mutants,
        accepted: own.count { $0.outcome == .accepted }, variants: own.count - mutants)
    }
  }

  mutating func record(
    _ results: [(mutant: GeneratedMutant, outcome: GeneratedOutcome)], of chapters: [Chapter]
  ) {
    for step in chapters.flatMap(\.steps) {
      let outcomes = results.filter { $0.mutant.step == step }.map(\.outcome)
      generated[step.number] = Generated(
        made: outcomes.count,
        killed: outcomes.count { if case .killed = $0 { true } else { false } },
        stillborn: outcomes.count { $0 == .stillborn },
        equivalent: outcomes.count { if case .equivalent = $0 { true } else { false } })
    }
  }

  /// Has README.md say what `change` makes of what it says now.
  static func update(
    in surroundings: Surroundings, _ change: (inout Published) -> Void
  ) throws {
    var published = Published(try Recorded.certificates.lines(in: surroundings))
    change(&published)
    try Recorded.certificates.put(published.lines, in: surroundings)
  }
}

// MARK: - Whether it still holds

extension Published {
  /// Where these figures cannot be of the catalogues, solutions and operators as they are now, and
  /// what to type. What has not been run says nothing wrong.
  func complaints(in surroundings: Surroundings) throws -> [String] {
    let equivalents = Equivalents(try surroundings.read(Equivalents.path)).reasons.keys
    return try Curriculum.chapters.flatMap { chapter -> [String] in
      let mutants = try CertifyPlan(chapters: [chapter], only: nil).jobs(in: surroundings)
        .map(\.mutant)
      let made = try GeneratedMutant.all(
        of: chapter, solution: surroundings.read(chapter.solutionPath))
      return chapter.steps.flatMap { step -> [String] in
        let own = mutants.filter { $0.step == step }
        let wrong = own.count { !$0.isVariant }
        let all = Known(
          killed: wrong, mutants: wrong, accepted: own.count - wrong, variants: own.count - wrong)
        var complaints: [String] = []
        if let known = known[step.number], known != all {
          complaints.append(Self.complaint(step, known.words, all.words, "", chapter))
        }
        if let generated = generated[step.number] {
          let now = Generated(
            made: made.count { $0.step == step },
            killed: generated.made - generated.stillborn - generated.equivalent,
            stillborn: generated.stillborn,
            equivalent: equivalents.count { $0.hasPrefix("\(step.number)-") })
          if generated != now {
            complaints.append(
              Self.complaint(step, generated.words, now.words, " --generate", chapter))
          }
        }
        return complaints
      }
    }
  }

  private static func complaint(
    _ step: Step, _ said: String, _ now: String, _ option: String, _ chapter: Chapter
  ) -> String {
    "\(Recorded.path) says of \(step.number): \(said). It should be: \(now). Type: "
      + Command.line("certify \(chapter.number)\(option) --record")
  }
}

extension Published.Known {
  fileprivate var words: String {
    "\(killed) of \(mutants) mutants killed, \(accepted) of \(variants) variants accepted"
  }
}

extension Published.Generated {
  fileprivate var words: String {
    "\(made) generated, \(killed) killed, \(stillborn) stillborn, \(equivalent) equivalent"
  }
}
