import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct DiffTests {
  private let tasks = Curriculum.chapters[0]

  private func changed(_ changes: [(String, String)]) throws -> String {
    var text = try Skeleton.stripped(try Folder.solution(of: tasks))
    for (old, new) in changes {
      #expect(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    return text
  }

  @Test func `the solution itself differs nowhere`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    for chapter in Curriculum.chapters {
      try folder.write(
        try Skeleton.stripped(try Folder.solution(of: chapter)), to: chapter.statePath)
      #expect(await folder.type("diff \(chapter.number)") == 0)
    }
    let lines = Curriculum.chapters.flatMap { chapter in
      chapter.steps.map { "\($0.heading): same" }
        + (chapter.inheritance.map { ["\($0.file): same"] } ?? []) + [
          "Elsewhere: same", "", "To differ is no mistake. Whether it is right, the grader says:",
          "  swift run workbook check \(chapter.number)   grade it",
        ]
    }
    #expect(folder.output.text == lines.map { $0 + "\n" }.joined())
  }

  @Test func `a skeleton is not written yet`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("diff 1") == 0)
    for step in tasks.steps {
      #expect(folder.output.text.contains("\(step.heading): not written yet\n"))
    }
    #expect(folder.output.text.contains("\nElsewhere: same\n"))
  }

  @Test func `a changed line is shown in its step`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(
      try changed([("contents.append(try await files.read(name))", "contents += []")]),
      to: tasks.statePath)
    #expect(await folder.type("diff 1.1") == 0)
    #expect(
      folder.output.text == """
        - Chapters/01-Tasks/State.swift   + Solutions/01-Tasks/State.swift

        1.1 In turn: differs
          readInTurn(_:)
              var contents: [String] = []
              for name in names {
            -   contents += []
            +   contents.append(try await files.read(name))
              }
              return contents


        To differ is no mistake. Whether it is right, the grader says:
          swift run workbook check 1.1   grade it

        """)
  }

  @Test func `what is outside of every step is elsewhere`() throws {
    let text = try changed([
      ("  let clock: any Clock<Duration>\n", "  let clock: any Clock<Duration>\n  var mine = 0\n")
    ])
    let diff = ChapterDiff(
      chapter: tasks, learner: text,
      solution: try MarkedSource(try Folder.solution(of: tasks)))
    #expect(diff.steps.allSatisfy { $0.state == .same })
    #expect(
      diff.lines(of: nil, style: .plain).suffix(9) == [
        "1.10 Amdahl's law: same", "Elsewhere: differs", "      …",
        "      public actor State: TasksChapter {", "        let clock: any Clock<Duration>",
        "    -   var mine = 0", "        let files: any Files", "        let disk: any Disk",
        "      …",
      ])
  }

  @Test func `it reads files that do not compile`() throws {
    let solution = try MarkedSource(try Folder.solution(of: tasks))
    let text = try changed([("public func readAll(_ names", "public func readAl(_ names")])
    let renamed = ChapterDiff(chapter: tasks, learner: text, solution: solution)
    #expect(renamed.report(of: nil).steps.filter(\.differs).map(\.step) == ["1.3"])
    #expect(renamed.report(of: nil).elsewhere)
    for broken in ["", "}}}}", "func readInTurn(", "public actor State { func sum() { if"] {
      let diff = ChapterDiff(chapter: tasks, learner: broken, solution: solution)
      #expect(!diff.report(of: nil).steps.contains { !$0.differs })
    }
  }

  @Test func `indentation and a body on one line are no difference`() throws {
    let text = try changed([
      (
        "    let disk = disk\n    return try",
        "          let disk = disk\n          return try"
      ),
      (
        "-> Double {\n    1 / ((1 - fraction) + fraction / Double(workers))\n  }",
        "-> Double { 1 / ((1 - fraction) + fraction / Double(workers)) }"
      ),
    ])
    let diff = ChapterDiff(
      chapter: tasks, learner: text,
      solution: try MarkedSource(try Folder.solution(of: tasks)))
    #expect(diff.steps.allSatisfy { $0.state == .same })
    #expect(diff.elsewhere.isEmpty)
  }

  @Test func `the JSON has every step and elsewhere`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(
      try changed([("try Task.checkCancellation()", "// on and on")]), to: tasks.statePath)
    #expect(await folder.type("diff 1 --json") == 0)
    let steps = tasks.steps.map { "{\"differs\":\($0.number == "1.5"),\"step\":\"\($0.number)\"}" }
    #expect(
      folder.output.text
        == "{\"chapter\":1,\"elsewhere\":false,\"steps\":[\(steps.joined(separator: ","))]}\n")
  }

  @Test(arguments: [(1, "missing"), (2, "empty")])
  func `a file that is not there is named with its remedy`(_ chapter: Int, _ what: String)
    async throws
  {
    let folder = try Folder()
    defer { folder.remove() }
    let path = try #require(Curriculum.chapter(chapter)).statePath
    if what == "empty" {
      try folder.write("\n", to: path)
    } else {
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent(path))
    }
    #expect(await folder.type("diff \(chapter)") == 1)
    #expect(
      folder.errors.text.replacingOccurrences(of: "\n", with: " ")
        == "\(path) is \(what). `swift run workbook reset \(chapter)` puts the skeleton there. ")
  }
}
