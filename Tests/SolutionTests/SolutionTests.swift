import Foundation
import Grading
import Testing

private final class Anchor {}
private let examiner = Examiner.forTests(anchor: Anchor.self)

/// The chapters that this build holds: one, where CHAPTER is set, and all otherwise.
private let chapters: [Chapter] = {
  guard let only = ProcessInfo.processInfo.environment["CHAPTER"].flatMap({ Int($0) }) else {
    return Curriculum.chapters
  }
  return Curriculum.chapters.filter { $0.number == only }
}()

/// The reference, graded exactly as a learner's file is.
@Suite(.serialized) struct Reference {
  @Test("passes", arguments: chapters.flatMap { chapter in chapter.steps.map(\.number) })
  func passes(_ number: String) async throws {
    let (chapter, step) = try #require(Curriculum.step(number))
    let verdict = try await examiner.verdict(on: step, of: chapter, subject: .solution)
    #expect(verdict.status == .passed, Comment(rawValue: Messages.testLines(for: verdict)))
  }
}
