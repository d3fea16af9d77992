internal import Foundation
internal import Traces

extension Messages {
  /// The line of a step on a board, and below it what there is to say.
  public static func lines(for verdict: Verdict, style: Style = .plain) -> [String] {
    switch verdict.status {
    case .passed, .todo:
      return [headline(for: verdict, style: style)]
    case .failed, .crashed, .timeout:
      return [headline(for: verdict, style: style)]
        + (verdict.finding.map { story(of: $0, for: verdict, style: style) } ?? [])
        + printed(by: verdict, style: style) + whatNext(after: verdict)
    }
  }

  /// The line of a step on a board, and nothing below it.
  public static func headline(for verdict: Verdict, style: Style = .plain) -> String {
    let number = verdict.step.number.padding(toLength: 4, withPad: " ", startingAt: 0)
    let heading = "\(number) \(verdict.step.title)"
    switch verdict.status {
    case .passed:
      return "  \(style.good("✓")) \(heading)"
    case .todo:
      let place = verdict.place.map { " (\($0))" } ?? ""
      return "  \(style.quiet("○")) \(heading): \(unwritten(verdict))\(place)"
    case .failed, .crashed, .timeout:
      return "  \(style.bad("✗")) \(style.strong(heading))"
    }
  }

  /// A verdict for a test's output: one line, and the story below it where there is one.
  public static func testLines(for verdict: Verdict) -> String {
    let place = verdict.place.map { " — \($0)" } ?? ""
    let first: String
    switch verdict.status {
    case .passed:
      first = "\(verdict.step.heading): passed"
    case .todo where verdict.waitsForAnother:
      first = "\(verdict.step.number) \(unwritten(verdict))\(place)"
    case .todo:
      first = "\(verdict.step.heading): \(unwritten(verdict))\(place)"
    case .failed, .crashed, .timeout:
      first = "\(verdict.step.heading): \(verdict.finding?.happened ?? "no verdict")\(place)"
    }
    guard let finding = verdict.finding else { return first }
    let rest =
      story(of: finding, for: verdict, style: .plain, withWhatHappened: false)
      + printed(by: verdict, style: .plain) + whatNext(after: verdict)
    return ([first] + rest).joined(separator: "\n")
  }

  /// A verdict in one line, for programs: what happened, and the rule.
  public static func summary(of verdict: Verdict) -> String {
    switch verdict.status {
    case .passed: "passed"
    case .todo: unwritten(verdict)
    case .failed, .crashed, .timeout:
      verdict.finding.map { "\($0.happened) \($0.rule.sentence)" } ?? "no verdict"
    }
  }

  // MARK: - The parts of a message

  /// What happened; the rule and where it comes from; what was had, got and said; the trace.
  private static func story(
    of finding: Finding, for verdict: Verdict, style: Style, withWhatHappened: Bool = true
  ) -> [String] {
    // A rule that was still being checked is not broken yet.
    let lead = verdict.status == .failed ? "" : "This was being checked: "
    var lines = withWhatHappened ? style.wrapped(finding.happened, indent: 9) : []
    lines += style.wrapped("\(lead)\(finding.rule.sentence) (\(finding.rule.section))", indent: 9)
    lines += facts(of: finding, style: style)
    if !finding.trace.isEmpty {
      let table = TraceTable(finding.trace, width: style.width - 11)
      lines += [""] + table.lines.map { "           " + style.quiet($0) } + [""]
    }
    if let diagram = finding.diagram {
      lines += [""] + diagram.lines(width: style.width - 9).map { "         " + style.quiet($0) }
      lines.append("")
    }
    return lines
  }

  private static func facts(of finding: Finding, style: Style) -> [String] {
    let width = finding.facts.map(\.label.count).max() ?? 0
    return finding.facts.enumerated().flatMap { index, fact in
      let label = fact.label.padding(toLength: width, withPad: " ", startingAt: 0)
      let isLast = index == finding.facts.count - 1
      let reference = isLast ? finding.reference : nil
      return style.wrapped(
        "\(label)   \(fact.text)" + (reference.map { "    the reference says  \($0)" } ?? ""),
        indent: 11, hanging: 11 + width + 3)
    }
  }

  private static func printed(by verdict: Verdict, style: Style) -> [String] {
    guard !verdict.printed.isEmpty else { return [] }
    return ["         Your code printed:"] + verdict.printed.map { "           \(style.quiet($0))" }
  }

  /// Where to look, the command for a hint, and the command that runs exactly this again.
  private static func whatNext(after verdict: Verdict) -> [String] {
    let place = verdict.place.map { "\($0)    " } ?? ""
    return ["         \(place)\(hintCommand(verdict.step))"]
      + (verdict.finding?.replay.map { ["         Again: \($0)"] } ?? [])
      + (verdict.finding?.picture.map { ["         To see it, open \($0) in a browser."] } ?? [])
  }
}
