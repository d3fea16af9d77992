internal import Foundation
internal import Simulator

/// Every sentence that a verdict is told in. They stand together, and tests hold their words.
public enum Messages {
  // MARK: - What happened

  static func neverCameBack(_ check: Check, after time: Duration) -> Finding {
    Finding(
      check.rule,
      "\(check.call) never came back: everything waits, and nothing is left that could wake it.",
      facts: [Fact("it waits", "since \(describe(time)) of virtual time")])
  }

  static func leaked(_ leak: Leak, in check: Check) -> Finding {
    let rule = leak == .realSleep ? Forbidden.time : Forbidden.threads
    return Finding(rule, "\(check.call): \(leak.description)")
  }

  static func threw(_ error: any Error, in check: Check) -> Finding {
    Finding(check.rule, "\(check.call) threw \(error).")
  }

  static func crashed(_ rule: Rule, calling call: String, reason: String) -> Finding {
    Finding(rule, "\(call) crashed: \(reason).")
  }

  static func endedTheProcess(_ rule: Rule, calling call: String, code: Int32) -> Finding {
    Finding(rule, "\(call) ended the whole process, with exit code \(code).")
  }

  static func noAnswer(_ rule: Rule, calling call: String, reason: String) -> Finding {
    Finding(rule, "\(call) gave no answer: \(reason).")
  }

  static func forbidden(_ violation: SourceFile.Violation) -> Finding {
    Finding(
      violation.rule, "Line \(violation.line) uses \(violation.call), which is not handed in.")
  }

  /// A duration as people say it: "0 s", "250 ms", "1.5 s".
  public static func describe(_ time: Duration) -> String {
    let nanoseconds = time.nanoseconds
    if nanoseconds != 0, abs(nanoseconds) < 1_000_000 { return "\(nanoseconds) ns" }
    let milliseconds = Double(nanoseconds) / 1_000_000
    if milliseconds != 0, abs(milliseconds) < 1000 { return "\(trimmed(milliseconds)) ms" }
    return "\(trimmed(milliseconds / 1000)) s"
  }

  /// A number without needless digits: "3", "1.5", "2.667".
  public static func trimmed(_ number: Double) -> String {
    guard number.isFinite else { return "\(number)" }
    let rounded = (number * 1000).rounded() / 1000
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? String(Int(rounded)) : String(rounded)
  }

  // MARK: - A verdict on a screen

  /// The command that gives the next hint.
  static func hintCommand(_ step: Step) -> String { "swift run workbook hint \(step.number)" }

  /// The line of a step on a board, and below it what there is to say.
  public static func lines(for verdict: Verdict, style: Style = .plain) -> [String] {
    let number = verdict.step.number.padding(toLength: 4, withPad: " ", startingAt: 0)
    let head = "\(number) \(verdict.step.title)"
    switch verdict.status {
    case .passed:
      return ["  \(style.good("✓")) \(head)"]
    case .todo:
      return ["  \(style.quiet("○")) \(head) — \(todoText(verdict))"]
    case .failed, .crashed, .timeout:
      return ["  \(style.bad("✗")) \(style.strong(head))"] + details(of: verdict, style: style)
    }
  }

  /// "not written yet", or whom the step waits for, and where.
  static func todoText(_ verdict: Verdict) -> String {
    let place = verdict.place.map { " (\($0))" } ?? ""
    if verdict.waitsForAnother, let unwritten = verdict.unwritten {
      return "waits: \(unwritten) is not written yet\(place)"
    }
    return "not written yet\(place)"
  }

  private static func details(of verdict: Verdict, style: Style) -> [String] {
    guard let finding = verdict.finding else { return [] }
    var lines = style.wrapped(finding.happened, indent: 9)
    lines += style.wrapped("\(finding.rule.sentence) (\(finding.rule.section))", indent: 9)
    lines += facts(of: finding, style: style)
    if !finding.trace.isEmpty {
      lines.append("")
      lines += TraceTable(finding.trace, width: style.width - 11).lines
        .map { "           " + style.quiet($0) }
    }
    if !verdict.printed.isEmpty {
      lines.append("         it printed")
      lines += verdict.printed.map { "           \(style.quiet($0))" }
    }
    lines.append(
      "         "
        + [verdict.place.map(\.description), hintCommand(verdict.step)].compactMap { $0 }
        .joined(separator: "    "))
    if let replay = finding.replay { lines.append("         again: \(replay)") }
    return lines
  }

  private static func facts(of finding: Finding, style: Style) -> [String] {
    let width = finding.facts.map(\.label.count).max() ?? 0
    return finding.facts.enumerated().flatMap { index, fact in
      let label = fact.label.padding(toLength: width, withPad: " ", startingAt: 0)
      let isLast = index == finding.facts.count - 1
      let reference =
        isLast ? finding.reference.map { "    the reference says  \($0)" } ?? "" : ""
      return style.wrapped(
        "\(label)   \(fact.text)\(reference)", indent: 11, hanging: 11 + width + 3)
    }
  }

  /// A verdict for a test's output: one line where there is nothing to show but that.
  public static func testLines(for verdict: Verdict) -> String {
    switch verdict.status {
    case .passed: return "\(verdict.step.heading): passed"
    case .todo:
      let place = verdict.place.map { " — \($0)" } ?? ""
      return verdict.waitsForAnother
        ? "\(verdict.step.number) waits: \(verdict.unwritten ?? "") is not written yet\(place)"
        : "\(verdict.step.heading): not written yet\(place)"
    case .failed, .crashed, .timeout:
      guard let finding = verdict.finding else { return "\(verdict.step.heading): failed" }
      let place = verdict.place.map { " — \($0)" } ?? ""
      let rest = details(of: verdict, style: .plain).drop {
        $0.trimmingCharacters(in: .whitespaces) != finding.rule.sentence
          && !$0.contains("(\(finding.rule.section))")
      }
      return
        (["\(verdict.step.heading): \(finding.happened)\(place)"]
        + ["         \(finding.rule.sentence) (\(finding.rule.section))"] + rest.dropFirst())
        .joined(separator: "\n")
    }
  }
}
