internal import Grading

/// What came of grading a generated mutant.
enum GeneratedOutcome: Hashable, Sendable {
  /// Refused by this step: its own, or the first other one of the chapter.
  case killed(Step)
  /// It does not compile, and so it is no mutant.
  case stillborn
  /// It survived, and this is why it is right.
  case equivalent(String)
  case survived
  /// It is listed as right, and this step refused it.
  case belied(Step)

  init(_ grade: Certifier.Grade, reason: String?) {
    switch (grade, reason) {
    case (.doesNotCompile, _): self = .stillborn
    case (.verdicts(let verdicts), let reason):
      switch (verdicts.first { !$0.isSettled }?.step, reason) {
      case (let step?, nil): self = .killed(step)
      case (let step?, _?): self = .belied(step)
      case (nil, let reason?): self = .equivalent(reason)
      case (nil, nil): self = .survived
      }
    }
  }

  var isGood: Bool {
    switch self {
    case .killed, .stillborn, .equivalent: true
    case .survived, .belied: false
    }
  }
}

/// What the generated mutants come to, step by step.
struct GeneratedTable {
  let chapters: [Chapter]
  let results: [(mutant: GeneratedMutant, outcome: GeneratedOutcome)]
  let style: Style

  var lines: [String] {
    let columns: [(title: String, isCounted: (Step, GeneratedOutcome) -> Bool)] = [
      ("made", { _, _ in true }),
      ("killed", { if case .killed = $1 { true } else { false } }),
      ("by another step", { if case .killed(let step) = $1 { step != $0 } else { false } }),
      ("stillborn", { $1 == .stillborn }),
      ("equivalent", { if case .equivalent = $1 { true } else { false } }),
      ("unexplained", { !$1.isGood }),
    ]
    func row(_ name: String, _ cells: [String]) -> String {
      let padded = zip(cells, columns).map { cell, column in
        String(repeating: " ", count: max(0, column.title.count - cell.count) + 2) + cell
      }
      return "  " + name.padding(6) + padded.joined()
    }
    func row(_ name: String, _ results: [(mutant: GeneratedMutant, outcome: GeneratedOutcome)])
      -> String
    {
      row(
        name,
        columns.map { column in
          "\(results.count { column.isCounted($0.mutant.step, $0.outcome) })"
        })
    }
    let steps = chapters.flatMap(\.steps).map { step in
      (step, results.filter { $0.mutant.step == step })
    }
    return [style.quiet(row("step", columns.map(\.title)))]
      + steps.filter { !$0.1.isEmpty }.map { row($0.0.number, $0.1) } + [row("all", results)]
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
