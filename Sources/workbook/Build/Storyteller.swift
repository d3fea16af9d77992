internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// Runs the learner's code in a child, to show what it does.
struct Storyteller: Sendable {
  private let surroundings: Surroundings

  init(_ surroundings: Surroundings) { self.surroundings = surroundings }

  /// Shows one run.
  ///
  /// - Parameters:
  ///   - words: what the runner is asked to do.
  ///   - again: the command that judges the same code, for when it crashes.
  /// - Returns: the exit code.
  func tell(
    _ words: [String], of chapter: Chapter, subject: Subject, again: String
  ) async throws -> Int32 {
    let runner = try await Grader(surroundings).runner(for: chapter).get()
    let said = try await run(words, by: runner, subject: subject)
    show(said, again: again)
    return said.end == .exited(0) ? 0 : 1
  }

  /// Plays one run of a cluster, and keeps it.
  ///
  /// - Returns: its story, and its trace as a file has it.
  /// - Throws: `Trouble`, with what a person is told, where the run does not come to its end.
  func record(
    _ words: [String], of chapter: Chapter, subject: Subject
  ) async throws -> (story: [String], trace: Data) {
    let runner = try await Grader(surroundings).runner(for: chapter).get()
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    let said = try await run(words + ["--trace", file.path], by: runner, subject: subject)
    guard said.end == .exited(0), let trace = try? Data(contentsOf: file) else {
      let lines = Self.told(
        said.lines, end: said.end, again: "check \(chapter.number)", root: surroundings.root,
        style: .plain)
      throw Trouble(lines.joined(separator: "\n"))
    }
    return (said.lines, trace)
  }

  /// Shows each part that the chapter has, in a child of its own: what is not written yet, or
  /// crashes, costs its part and no other.
  func tellParts(of chapter: Chapter, subject: Subject) async throws -> Int32 {
    let runner = try await Grader(surroundings).runner(for: chapter).get()
    let words = ["simulate", "\(chapter.number)"]
    let list = try await run(words, by: runner, subject: subject)
    guard list.end == .exited(0) else {
      throw Trouble("The runner does not start:\n" + list.lines.joined(separator: "\n"))
    }
    var excuse: [String] = []
    for part in list.lines {
      let said = try await run(words + ["--part", part], by: runner, subject: subject)
      // Several parts may wait for one body that is not written yet.
      if said.end != .exited(0), said.lines == excuse { continue }
      excuse = said.end == .exited(0) ? [] : said.lines
      show(said, again: "check \(chapter.number)")
      surroundings.screen.say()
    }
    return 0
  }

  /// Shows what a child said, and if it did not come to its end, why not.
  private func show(_ said: (lines: [String], end: ChildEnd), again: String) {
    let screen = surroundings.screen
    screen.say(
      Self.told(
        said.lines, end: said.end, again: again, root: surroundings.root, style: screen.style))
  }

  private func run(
    _ words: [String], by runner: URL, subject: Subject
  ) async throws -> (lines: [String], end: ChildEnd) {
    let screen = surroundings.screen
    var environment = surroundings.environment
    environment["SWIFT_DETERMINISTIC_HASHING"] = "1"
    environment["SWIFT_BACKTRACE"] = "enable=no"
    let progress = Progress("running …", on: screen)
    defer { progress.end() }
    let lines = Mutex<[String]>([])
    let options = ["--subject", subject.rawValue, "--width", "\(screen.style.width)"]
    let child = ChildProcess(
      executable: runner, arguments: words + options, environment: environment)
    let end = try await child.run(limit: Examiner.limit) { line in
      lines.withLock { $0.append(line) }
    }
    return (lines.withLock { $0 }, end)
  }

  /// What the child said, and if it did not come to its end, why not. With 1 it says itself what is
  /// wrong, and with 74 that it could not write a file.
  static func told(
    _ lines: [String], end: ChildEnd, again: String, root: URL, style: Style
  ) -> [String] {
    switch end {
    case .exited(0), .exited(1), .exited(74): return lines
    case .exited(3):
      // The contract's `todo`, which tells where it stands and leaves.
      let place = (lines.last ?? "").replacingOccurrences(of: root.path + "/", with: "")
      return lines.dropLast() + style.wrapped(place, indent: 0)
    case .exited, .signalled, .timedOut:
      let reason = end == .timedOut ? "came to no end" : "crashed"
      return lines.prefix { !$0.contains("Fatal error") && !$0.hasPrefix("***") }
        + style.advice("Your code \(reason) in this run.", then: [(again, "says why, and where")])
    }
  }
}
