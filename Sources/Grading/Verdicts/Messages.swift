internal import Foundation
internal import Simulator

/// The sentences that verdicts are told in. They stand together, and tests hold their words.
///
/// How they are set on a screen is `VerdictText`'s.
public enum Messages {
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

  static func forbidden(_ violation: Forbidden.Call) -> Finding {
    Finding(
      violation.rule, "Line \(violation.line) uses \(violation.text), which is not handed in.")
  }

  /// "not written yet", or whom the step waits for.
  static func unwritten(_ verdict: Verdict) -> String {
    if verdict.waitsForAnother, let unwritten = verdict.unwritten {
      return "waits: \(unwritten) is not written yet"
    }
    return verdict.step.isExtra ? "extra, not written yet" : "not written yet"
  }

  /// The command that gives the next hint.
  static func hintCommand(_ step: Step) -> String { "swift run workbook hint \(step.number)" }

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
}
