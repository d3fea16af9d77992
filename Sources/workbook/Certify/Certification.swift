internal import Foundation
internal import Grading

/// What came of grading one mutant.
struct Certificate: Sendable {
  enum Outcome: Hashable, Sendable {
    /// A mutant, refused at its step for its rule.
    case killed
    case survived
    /// Refused, for another step or rule than its own.
    case blamed(step: String, rule: String)
    case doesNotCompile(String)
    /// A variant that passes every step.
    case accepted
    case refused(step: String, rule: String, message: String)
  }

  let mutant: Mutant
  let outcome: Outcome
  /// The steps that were judged, by number, and whether they passed.
  let marks: [String: Bool]

  var isGood: Bool { outcome == .killed || outcome == .accepted }

  init(of mutant: Mutant, graded grade: Certifier.Grade) {
    switch grade {
    case .verdicts(let verdicts): self.init(of: mutant, verdicts: verdicts)
    case .doesNotCompile(let error): self.init(of: mutant, doesNotCompile: error)
    }
  }

  /// Judges the verdicts on the steps up to the mutant's own, or on all of them for a variant.
  init(of mutant: Mutant, verdicts: [Verdict]) {
    self.mutant = mutant
    // An extra step that is left out is not judged.
    marks = Dictionary(
      uniqueKeysWithValues: verdicts.filter { $0.status == .passed || !$0.isSettled }
        .map { ($0.step.number, $0.status == .passed) })
    let first = verdicts.first { !$0.isSettled }
    let rule = first?.finding?.rule.id ?? first?.status.rawValue ?? ""
    switch (first, mutant.breaks) {
    case (nil, nil): outcome = .accepted
    case (nil, _?): outcome = .survived
    case (let first?, nil):
      outcome = .refused(
        step: first.step.number, rule: rule, message: first.finding?.happened ?? "")
    case (let first?, let breaks?):
      outcome =
        first.step == mutant.step && rule == breaks
        ? .killed : .blamed(step: first.step.number, rule: rule)
    }
  }

  init(of mutant: Mutant, doesNotCompile error: String) {
    self.mutant = mutant
    outcome = .doesNotCompile(error)
    marks = [:]
  }

  /// What went wrong, in a sentence; nil if nothing did.
  var complaint: String? {
    let own = "\(mutant.step.number), \(mutant.breaks ?? "")"
    switch outcome {
    case .killed, .accepted: return nil
    case .survived: return "survived: nothing found that it breaks \(mutant.breaks ?? "")."
    case .blamed(let step, let rule): return "blamed on \(step), \(rule); it is of \(own)."
    case .doesNotCompile(let error): return "does not compile: \(error)"
    case .refused(let step, let rule, let message):
      return "is right and was refused by \(step), \(rule): \(message)"
    }
  }
}

/// The kill matrix of a chapter, and what it comes to.
struct KillMatrix {
  let chapter: Chapter
  let certificates: [Certificate]
  let style: Style

  var lines: [String] {
    var lines = [style.strong("\(chapter.folder.prefix(2)) \(chapter.title)")]
    for (title, isVariant) in [("mutants", false), ("variants", true)] {
      let rows = certificates.filter { $0.mutant.isVariant == isVariant }
      guard !rows.isEmpty else { continue }
      lines += table(title, rows)
    }
    for certificate in certificates {
      guard let complaint = certificate.complaint else { continue }
      lines += style.wrapped(
        "\(certificate.mutant.place): \(certificate.mutant.name) \(complaint)", indent: 2,
        hanging: 4)
    }
    return lines
  }

  private func table(_ title: String, _ rows: [Certificate]) -> [String] {
    let width = max(title.count, rows.map(\.mutant.name.count).max() ?? 0)
    let cells = chapter.steps.map { $0.number.count }
    let fits = 2 + width + cells.reduce(0) { $0 + $1 + 2 } <= style.width
    func row(_ name: String, _ marks: [String]) -> [String] {
      let columns = zip(marks, cells).map { mark, width in
        "  " + String(repeating: " ", count: max(0, width - 1)) + mark
      }.joined()
      return fits
        ? ["  " + name.padding(toLength: width, withPad: " ", startingAt: 0) + columns]
        : ["  " + name, columns]
    }
    let numbers = chapter.steps.map { "  " + $0.number }.joined()
    let head =
      fits
      ? ["  " + title.padding(toLength: width, withPad: " ", startingAt: 0) + numbers]
      : ["  " + title, numbers]
    return head.map(style.quiet)
      + rows.flatMap { certificate in
        row(
          certificate.mutant.name,
          chapter.steps.map { step in
            certificate.marks[step.number].map { $0 ? style.good("✓") : style.bad("✗") } ?? "·"
          })
      } + [""]
  }

  /// How many there are of each outcome.
  static func summary(_ certificates: [Certificate]) -> String {
    func count(_ isCounted: (Certificate.Outcome) -> Bool) -> Int {
      certificates.count { isCounted($0.outcome) }
    }
    let mutants = certificates.count { !$0.mutant.isVariant }
    let parts: [(Int, String)] = [
      (count { $0 == .survived }, "survived"),
      (count { if case .blamed = $0 { true } else { false } }, "blamed on another step or rule"),
      (count { if case .doesNotCompile = $0 { true } else { false } }, "do not compile"),
      (count { if case .refused = $0 { true } else { false } }, "refused although right"),
    ]
    return "\(count { $0 == .killed }) of \(mutants) mutants killed at their step by their rule, "
      + "\(count { $0 == .accepted }) of \(certificates.count - mutants) variants accepted"
      + parts.filter { $0.0 > 0 }.map { "; \($0.0) \($0.1)" }.joined() + "."
  }
}
