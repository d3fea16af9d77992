import Foundation
import Grading
import Testing

/// Whether somebody asked for a verdict on a chapter.
///
/// `swift test` alone checks the whole package, and what is not written yet is no fault there: it
/// is cancelled with one line. `swift test --filter Chapter1` asks about one's own work, and is red
/// until that is done; an extra step may stay unwritten.
let isVerdictAskedFor = CommandLine.arguments.contains("--filter")

/// Whether all steps of a chapter are to be judged: `--filter Chapter3`, and nothing narrower.
private let isChapterAskedFor = zip(CommandLine.arguments, CommandLine.arguments.dropFirst())
  .contains { $0 == "--filter" && $1.wholeMatch(of: /Chapter\d+/) != nil }

/// A verdict that is not "passed". Thrown, because an error prints as one line.
struct NotPassed: Error, CustomStringConvertible {
  let description: String
}

private final class Anchor {}
private let examiner = Examiner.forTests(anchor: Anchor.self)

/// Verdicts in the making: while a test waits for its own, the next step's is begun.
///
/// So two steps are judged at a time, and their tests are still told in the chapter's order.
private actor Verdicts {
  private var begun: [String: Task<Verdict, any Error>] = [:]

  func verdict(on step: Step, of chapter: Chapter) async throws -> Verdict {
    let verdict = begin(step, of: chapter)
    let following = chapter.steps.drop { $0.number != step.number }.dropFirst().first
    if isChapterAskedFor, let following { _ = begin(following, of: chapter) }
    return try await verdict.value
  }

  private func begin(_ step: Step, of chapter: Chapter) -> Task<Verdict, any Error> {
    if let task = begun[step.number] { return task }
    let task = Task { try await examiner.verdict(on: step, of: chapter, subject: .learner) }
    begun[step.number] = task
    return task
  }
}

private let verdicts = Verdicts()

/// Grades the learner's code for one step, and fails the test where it does not pass.
func grade(_ number: String) async throws {
  let (chapter, step) = try #require(Curriculum.step(number))
  let verdict = try await verdicts.verdict(on: step, of: chapter)
  let text = Messages.testLines(for: verdict)
  switch verdict.status {
  case .passed: break
  case .todo where !isVerdictAskedFor || verdict.isSettled: try Test.cancel(Comment(rawValue: text))
  case .todo, .failed, .crashed, .timeout: throw NotPassed(description: text)
  }
}
