internal import Grading

/// A learner's file beside the solution, step by step.
struct ChapterDiff {
  /// The bodies of one step.
  struct StepDiff {
    enum State: Hashable { case same, differs, unwritten }

    let step: Step
    let state: State
    /// For each function that differs: its name, and how.
    let functions: [(name: String, diff: LineDiff, isMissing: Bool)]
  }

  let chapter: Chapter
  let steps: [StepDiff]
  /// Everything outside of the steps' bodies.
  let elsewhere: LineDiff
  /// What the chapter takes over, if it does.
  let inherited: InheritedDiff?

  init(
    chapter: Chapter, learner: String, solution: MarkedSource, inherited: InheritedDiff? = nil
  ) {
    self.chapter = chapter
    self.inherited = inherited
    var learnerRest = EditableSource(learner)
    let learnerSource = learnerRest
    steps = chapter.steps.map { step in
      let regions = solution.regions.filter { $0.step == step.number }
      let functions = regions.map { region in
        let name = region.function ?? region.heading
        let body = learnerSource.body(of: name)
        let diff = LineDiff(from: body ?? [], to: Array(solution.lines[region.body]))
        return (name: name, diff: diff, isMissing: body == nil, body: body)
      }
      let written = functions.filter { function in
        function.body.map { !Self.isUnwritten($0, step) } ?? false
      }
      let different = functions.filter { !$0.diff.isEmpty || $0.isMissing }
      return StepDiff(
        step: step, state: different.isEmpty ? .same : written.isEmpty ? .unwritten : .differs,
        functions: different.map { ($0.name, $0.diff, $0.isMissing) })
    }
    for region in solution.regions {
      guard let name = region.function else { continue }
      _ = learnerRest.replaceBody(of: name, with: [Self.placeholder(region)])
    }
    let rest = solution.replacing { [Self.placeholder($0)] }
    elsewhere = LineDiff(
      from: learnerRest.lines,
      to: rest.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
  }

  private static func isUnwritten(_ body: [String], _ step: Step) -> Bool {
    body.contains { $0.contains("todo(\"\(step.number) ") }
  }

  /// What stands for a body outside of which is compared.
  private static func placeholder(_ region: MarkedSource.Region) -> String {
    "\(region.indent)// \(region.heading)"
  }

  // MARK: - On a screen

  func lines(of only: Step?, style: Style) -> [String] {
    var lines: [String] = []
    let shown = steps.filter { only == nil || $0.step == only }
    if shown.contains(where: { $0.state == .differs }) || (only == nil && !elsewhere.isEmpty) {
      lines += style.wrapped(
        "\(style.bad("-")) \(chapter.statePath)   \(style.good("+")) \(chapter.solutionPath)",
        indent: 0)
      lines.append("")
    }
    for step in shown { lines += self.lines(of: step, isAlone: only != nil, style: style) }
    guard only == nil else { return lines }
    lines += inherited.map { $0.lines(style: style) } ?? []
    if elsewhere.isEmpty { return lines + ["Elsewhere: same"] }
    return lines + [style.strong("Elsewhere: differs")]
      + Self.set(elsewhere.text(context: 2), style: style)
  }

  private func lines(of diff: StepDiff, isAlone: Bool, style: Style) -> [String] {
    let heading = diff.step.heading
    switch diff.state {
    case .same: return ["\(heading): same"]
    case .unwritten where !isAlone: return ["\(heading): not written yet"]
    case .unwritten, .differs:
      let state = diff.state == .differs ? "differs" : "not written yet"
      return [style.strong("\(heading): \(state)")]
        + diff.functions.flatMap { name, diff, isMissing -> [String] in
          let note = isMissing ? " (your file has none, or its braces do not match)" : ""
          return style.wrapped(name + note, indent: 2)
            + Self.set(diff.text(context: 100), style: style)
        } + [""]
    }
  }

  static func set(
    _ lines: [(sign: Character, text: String)], style: Style
  ) -> [String] {
    let margin =
      lines.filter { !$0.text.isEmpty && $0.text != "…" }
      .map { $0.text.prefix { $0 == " " }.count }.min() ?? 0
    return lines.flatMap { sign, text -> [String] in
      let code = text == "…" ? text : String(text.dropFirst(margin))
      let set = style.clipped("\(sign) \(code)", indent: 4)
      return set.map { sign == "-" ? style.bad($0) : sign == "+" ? style.good($0) : $0 }
    }
  }

  // MARK: - For a program

  struct Report: Encodable {
    struct Entry: Encodable {
      let step: String
      let differs: Bool
    }
    let chapter: Int
    let steps: [Entry]
    let elsewhere: Bool
  }

  func report(of only: Step?) -> Report {
    Report(
      chapter: chapter.number,
      steps: steps.filter { only == nil || $0.step == only }
        .map { .init(step: $0.step.number, differs: $0.state != .same) },
      elsewhere: !elsewhere.isEmpty || inherited?.elsewhere.isEmpty == false)
  }
}
