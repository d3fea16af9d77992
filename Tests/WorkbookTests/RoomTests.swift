import Foundation
import Grading
import Testing

@testable import workbook

/// What a mentor sees of a room. `.ci/run` grades six real learners.
@Suite struct RoomTests {
  private func graded(
    _ chapter: Chapter, passing count: Int, then verdict: (Step) -> Verdict? = { _ in nil }
  ) -> (chapter: Chapter, result: ChapterResult) {
    let verdicts = chapter.steps.enumerated().map { index, step -> Verdict in
      if index < count { return Verdict(step: step, status: .passed) }
      if index == count, let verdict = verdict(step) { return verdict }
      return Verdict(step: step, status: .todo, unwritten: step.heading)
    }
    return (chapter, .graded(verdicts))
  }

  private var learners: [Learner] {
    let chapters = Curriculum.chapters
    let finding = Finding(
      Rule("2.4.fair", "The lock is handed on in the order of arrival.", section: "chapter 2"),
      "Task 3 had the lock before task 2, which had waited longer for it.")
    let place = Place(file: chapters[1].statePath, line: 7)
    return [
      Learner(name: "ada", results: chapters.map { graded($0, passing: 0) }),
      Learner(
        name: "../room/ben",
        results: [
          graded(chapters[0], passing: 10),
          graded(chapters[1], passing: 3) {
            Verdict(step: $0, status: .failed, finding: finding, place: place)
          },
          (chapters[2], .problem(.missing(chapters[2].statePath))), graded(chapters[3], passing: 0),
        ]),
      Learner(name: "cem", results: chapters.map { graded($0, passing: $0.requiredSteps.count) }),
    ]
  }

  @Test func `each learner has a line of counts and the first thing to look at`() {
    let board = RoomBoard(learners: learners, style: .plain)
    #expect(
      board.lines == [
        "             Tasks        Counter      Elections    Replication",
        "ada          –            –            –            –",
        "  next: 1.1 In turn",
        "",
        "../room/ben  10 of 10     3 of 8       no build     –",
        "  ✗ failed 2.4.fair, Chapters/02-Counter/State.swift:7. Task 3 had the lock before task 2, which had",
        "    waited longer for it.",
        "    swift run workbook diff 2.4 --of ../room/ben",
        "",
        "cem          10 of 10     8 of 8       8 of 8       10 of 10",
        "  every chapter is done",
        "",
      ])
  }

  @Test func `a long path shows its end`() {
    let name = String(repeating: "x", count: 80) + "/ada"
    let board = RoomBoard(learners: [Learner(name: name, results: [])], style: .plain)
    #expect(board.lines[1].hasPrefix("…xxx"))
    #expect(board.lines[1].hasSuffix("xx/ada  "))
  }

  @Test func `the JSON has what check says of each chapter`() throws {
    struct Said: Decodable {
      struct Entry: Decodable {
        struct Chapter: Decodable { let chapter: Int }
        let folder: String
        let chapters: [Chapter]
      }
      let learners: [Entry]
    }
    let text = try JSONText.encode(RoomReport(learners: learners))
    let said = try JSONDecoder().decode(Said.self, from: Data(text.utf8))
    #expect(said.learners.map(\.folder) == ["ada", "../room/ben", "cem"])
    #expect(said.learners.allSatisfy { $0.chapters.map(\.chapter) == [1, 2, 3, 4] })
  }

  @Test func `a folder that is no workbook is named`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let nowhere = folder.url.appendingPathComponent("nowhere").path
    #expect(await folder.type("board \(nowhere)") == 1)
    #expect(
      folder.errors.text.replacingOccurrences(of: "\n", with: " ")
        .contains("nowhere is no workbook: it has no Package.swift, Chapters and Solutions."))
  }

  @Test func `diff compares another's copy`() async throws {
    let folder = try Folder()
    let other = try Folder()
    defer { folder.remove() }
    defer { other.remove() }
    let tasks = Curriculum.chapters[0]
    try other.write(
      try Skeleton.stripped(try Folder.solution(of: tasks)), to: tasks.statePath)
    #expect(await folder.type("diff 1.1 --of \(other.url.path)") == 0)
    #expect(folder.output.text.hasPrefix("1.1 In turn: same\n"))
    // Where a folder's name is long, the line is wrapped.
    let words = folder.output.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.hasSuffix("swift run workbook board \(other.url.path) grade it"))
  }
}
