import Foundation
import Grading
import Testing

private final class Anchor {}
private let examiner = Examiner.forTests(anchor: Anchor.self)

/// The reference, graded exactly as a learner's file is.
@Suite(.serialized) struct Reference {
  @Test("passes", arguments: Curriculum.chapters.flatMap { chapter in chapter.steps.map(\.number) })
  func passes(_ number: String) async throws {
    let (chapter, step) = try #require(Curriculum.step(number))
    let verdict = try await examiner.verdict(on: step, of: chapter, subject: .solution)
    #expect(verdict.status == .passed, Comment(rawValue: Messages.testLines(for: verdict)))
  }
}

/// The same seed gives the same story, in every process.
@Suite struct Stories {
  @Test(
    "are told alike by three processes",
    arguments: Curriculum.chapters.map(\.number).filter { $0 >= 2 }, [3, 8])
  func areRepeated(_ chapter: Int, _ seed: Int) async throws {
    var words = ["simulate", "\(chapter)", "--subject", "solution", "--seed", "\(seed)"]
    if chapter >= 3 { words += ["--servers", "5", "--faults", "random"] }
    let first = try await examiner.told(words)
    #expect(first.split(separator: "\n").count > 10)
    for _ in 2...3 { #expect(try await examiner.told(words) == first) }
  }
}

/// The skeletons are what the solutions say they are.
///
/// In a learner's copy they are the learner's, so this holds where CI is set: there, a chapter is
/// what is committed.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["CI"] != nil,
    "Chapters are a learner's to change; set CI=1 to compare the skeletons with the solutions."))
struct Skeletons {
  private func text(_ path: String) throws -> String {
    try String(contentsOf: Examiner.root().appendingPathComponent(path), encoding: .utf8)
  }

  @Test("equal what is cut from the solution", arguments: Curriculum.chapters.map(\.number))
  func areCut(_ number: Int) throws {
    let chapter = try #require(Curriculum.chapter(number))
    #expect(try text(chapter.statePath) == Skeleton.cut(text(chapter.solutionPath)))
    if let inheritance = chapter.inheritance {
      let path = chapter.path(of: inheritance)
      #expect(try text(path) == text(chapter.solutionPath(of: inheritance)))
    }
  }

  @Test("leave every step to be written", arguments: Curriculum.chapters.map(\.number))
  func areUnsolved(_ number: Int) async throws {
    let chapter = try #require(Curriculum.chapter(number))
    for verdict in try await examiner.verdicts(on: chapter, subject: .learner) {
      #expect(verdict.status == .todo, "\(verdict.step.heading)")
      let unwritten = try #require(verdict.unwritten)
      let headings = chapter.steps.map(\.heading)
      let place = try #require(headings.firstIndex(of: unwritten))
      // A step may wait for an earlier one, whose rules it needs, but never for a later one.
      #expect(headings[place...].contains(verdict.step.heading), "\(verdict.step.heading)")
    }
  }
}
