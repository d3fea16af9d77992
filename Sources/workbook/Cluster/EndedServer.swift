internal import Foundation
internal import Grading
internal import Platform

/// A server that ended by itself, in a sentence.
struct EndedServer: Hashable, Sendable {
  let sentence: String
  /// Whether it came to a place where nothing is written yet.
  let isUnwritten: Bool

  /// - Parameter lines: what the process wrote, the last of it.
  init(_ server: Int, end: ChildEnd, lines: [String], root: URL) {
    let last = (lines.last { !$0.isEmpty } ?? "").replacing(root.path + "/", with: "")
    isUnwritten = end == .exited(3)
    switch end {
    case .exited(3): sentence = "S\(server) ended: \(last)."
    case .exited(0): sentence = "S\(server) was asked to end, and ended."
    case .exited(let code) where !Self.isCrash(lines):
      sentence =
        last.isEmpty ? "S\(server) ended with exit code \(code)." : "S\(server) ended: \(last)"
    case .exited, .signalled, .timedOut:
      var signal: Int32?
      if case .signalled(let number) = end { signal = number }
      let log = CrashLog(lines.joined(separator: "\n"), signal: signal)
      let place = log.place.map { " (\($0))" } ?? ""
      sentence = "S\(server) crashed: \(log.reason)\(place)."
    }
  }

  private static func isCrash(_ lines: [String]) -> Bool {
    lines.contains { $0.contains("Fatal error") || $0.hasPrefix("*** ") }
  }
}
