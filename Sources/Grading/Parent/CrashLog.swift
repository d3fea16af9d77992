internal import Foundation

/// What a child left on its output, read for why it crashed and where.
public struct CrashLog: Sendable {
  /// The reason, as a phrase that fits after "crashed:".
  public let reason: String
  /// The first line of a chapter or solution in the backtrace.
  public let place: Place?
  /// Whether the watchdog, or the limit of steps, stopped the code: it was alive, and no use.
  let silence: String?
  /// What the code itself printed, the last lines, without the runtime's report.
  let printed: [String]

  public init(_ text: String, signal: Int32?) {
    place = Self.firstPlace(in: text)
    silence = Self.silence(in: text)
    reason = Self.reason(in: text, signal: signal)
    printed = Self.printed(in: text)
  }

  private static func silence(in text: String) -> String? {
    if text.contains("watchdog: this job computes") {
      return "it computes on and on and never suspends (a loop without an end?)"
    }
    if text.contains("watchdog: this job blocks") {
      return "it blocks its thread, and nothing else can run"
    }
    if text.contains("it suspends again and again and never ends") {
      return "it suspends again and again and never ends"
    }
    return nil
  }

  private static func reason(in text: String, signal: Int32?) -> String {
    if text.contains("failed to allocate") {
      return "it took more memory than a check may have"
    }
    if let match = text.firstMatch(
      of: /(?:Fatal error|Precondition failed|Assertion failed): ([^\n]*)/)
    {
      return phrase(String(match.1))
    }
    if let match = text.firstMatch(of: /Swift runtime failure: ([^*\n]*?)(?: \*| at |\n)/) {
      return phrase(String(match.1))
    }
    if signal == SIGSEGV || signal == SIGBUS { return "the stack overflowed (endless recursion?)" }
    if let signal { return "the system ended it with signal \(signal)" }
    return "it ended without a word"
  }

  private static func phrase(_ text: String) -> String {
    let trimmed = text.trimmingCharacters(in: .whitespaces.union(.init(charactersIn: ".")))
    return trimmed.isEmpty ? "a fatal error without a message" : trimmed
  }

  private static func firstPlace(in text: String) -> Place? {
    guard
      let match = text.firstMatch(
        of: /(?:at | in )\/[^\n:]*\/((?:Chapters|Solutions)\/[^\n:]*\.swift):(\d+)/),
      let line = Int(match.2)
    else { return nil }
    return Place(file: String(match.1), line: line)
  }

  /// At most twelve lines, and none of the runtime's own.
  private static func printed(in text: String) -> [String] {
    let marks = [
      "*** ", "swift-runtime: ", "Thread ", "Fatal error", "watchdog: ", "Backtrace took", "💣",
      "SWIFT TASK",
      "_Concurrency/", "Swift/", "Crash: ", "Illegal instruction",
    ]
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      if line.firstMatch(of: /(?:Fatal error|\.swift:\d+: (?:Precondition|Assertion) failed):/)
        != nil
        || marks.contains(where: { line.hasPrefix($0) })
      {
        break
      }
      lines.append(String(line.prefix(200)))
    }
    return lines.suffix(12)
  }
}
