import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct ResetTests {
  private let tasks = Curriculum.chapters[0]
  private let backups = ".workbook/backups/01-Tasks"

  @Test func `a reset keeps the file and says how to get it back`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let skeleton = try folder.read(tasks.statePath)
    try folder.write("my own work", to: tasks.statePath)
    #expect(await folder.type("reset 1") == 0)
    let backup = "\(backups)/State.2026-11-20T21-15-07.swift"
    #expect(try folder.read(tasks.statePath) == skeleton)
    #expect(try folder.read(backup) == "my own work")
    #expect(
      folder.output.text == """
        Chapters/01-Tasks/State.swift is the skeleton again.
        Your file is kept in \(backup). To get it back:
          cp \(backup) Chapters/01-Tasks/State.swift
        Otherwise, go on:
          swift run workbook check 1   when something is written

        """)
  }

  @Test func `no backup is ever overwritten`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    for work in ["first", "second", "third"] {
      try folder.write(work, to: tasks.statePath)
      #expect(await folder.type("reset 1 --yes") == 0)
    }
    let names = folder.list(backups)
    #expect(
      names == [
        "State.2026-11-20T21-15-07-2.swift", "State.2026-11-20T21-15-07-3.swift",
        "State.2026-11-20T21-15-07.swift",
      ])
    #expect(try Set(names.map { try folder.read("\(backups)/\($0)") }).count == 3)
  }

  @Test func `a skeleton is left alone`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("reset 1") == 0)
    #expect(
      folder.output.text == """
        Chapters/01-Tasks/State.swift is the skeleton already. Nothing was changed.
        Next:
          swift run workbook check 1   when something is written

        """)
    #expect(!folder.exists(".workbook"))
  }

  @Test func `a missing or empty file comes back without a backup`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let skeleton = try folder.read(tasks.statePath)
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("Chapters/01-Tasks"))
    #expect(await folder.type("reset 1") == 0)
    #expect(try folder.read(tasks.statePath) == skeleton)
    try folder.write("", to: tasks.statePath)
    #expect(await folder.type("reset 1") == 0)
    #expect(try folder.read(tasks.statePath) == skeleton)
    #expect(!folder.exists(".workbook"))
  }

  @Test func `one step is cut back and the others stay`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let solution = try Skeleton.stripped(try Folder.solution(of: tasks))
    try folder.write(solution, to: tasks.statePath)
    #expect(await folder.type("reset 1.6") == 0)
    let text = try folder.read(tasks.statePath)
    #expect(text.components(separatedBy: "    todo(\"1.6 A value handed over\")\n").count == 3)
    #expect(text.components(separatedBy: "todo(").count == 3)
    #expect(text.contains("contents.append(try await files.read(name))"))
    #expect(try folder.read("\(backups)/State.2026-11-20T21-15-07.swift") == solution)
    #expect(
      folder.output.text.hasPrefix(
        "1.6 A value handed over is todo again in Chapters/01-Tasks/State.swift.\n"))
  }

  @Test func `cutting every step back makes the skeleton`() async throws {
    for chapter in Curriculum.chapters {
      let folder = try Folder()
      defer { folder.remove() }
      let skeleton = try folder.read(chapter.statePath)
      try folder.write(
        try Skeleton.stripped(try Folder.solution(of: chapter)), to: chapter.statePath)
      for step in chapter.steps { #expect(await folder.type("reset \(step.number)") == 0) }
      #expect(try folder.read(chapter.statePath) == skeleton)
    }
  }

  @Test func `a step whose function is gone is not guessed at`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write("public actor State {", to: tasks.statePath)
    #expect(await folder.type("reset 1.1") == 1)
    #expect(
      folder.errors.text.split(separator: "\n").joined(separator: " ")
        == "Chapters/01-Tasks/State.swift has no function readInTurn that could be cut back. "
        + "`swift run workbook reset 1` puts the whole skeleton in place, and keeps your file in a "
        + "backup.")
    #expect(try folder.read(tasks.statePath) == "public actor State {")
  }

  @Test func `a solution with crossed markers is named with its line`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write("a\n// BEGIN 1.1 In turn\n// END 1.2\n", to: tasks.solutionPath)
    #expect(await folder.type("reset 1") == 1)
    #expect(
      folder.errors.text
        == "Solutions/01-Tasks/State.swift, line 3: END 1.2 does not match BEGIN 1.1 of line 2\n")
  }
}

@Suite struct SkeletonTests {
  private let solution = """
    func one() -> Int {
      // BEGIN 1.1 In turn
      let a = 1
      return a
      // END 1.1
    }

    func two() {
        // BEGIN 1.2 At once
        // END 1.2
    }

    """

  @Test func `a marked body becomes one todo`() throws {
    #expect(
      try Skeleton.cut(solution) == """
        func one() -> Int {
          todo("1.1 In turn")
        }

        func two() {
            todo("1.2 At once")
        }

        """)
  }

  @Test func `or stays, without its markers`() throws {
    #expect(
      try Skeleton.stripped(solution) == """
        func one() -> Int {
          let a = 1
          return a
        }

        func two() {
        }

        """)
  }

  @Test(arguments: [
    ("x\n// BEGIN 1.1 A\n", "line 2: BEGIN 1.1 A has no END"),
    ("// END 1.1\n", "line 1: END 1.1 has no BEGIN"),
    ("// BEGIN 1.1 A\n// END 1.2\n", "line 2: END 1.2 does not match BEGIN 1.1 of line 1"),
    ("// BEGIN 1.1 A\n// BEGIN 1.2 B\n", "line 2: BEGIN 1.2 B stands inside 1.1 A, of line 1"),
  ])
  func `markers that do not match are named with their line`(_ text: String, _ problem: String) {
    let error = #expect(throws: MarkerError.self) { try Skeleton.cut(text) }
    #expect(error?.description == problem)
  }

  @Test func `every marked body is a function's, and every step that is written has one`() throws {
    for chapter in Curriculum.chapters {
      let text = try Folder.solution(of: chapter)
      let source = try MarkedSource(text)
      let editable = EditableSource(text)
      for region in source.regions { #expect(region.function != nil) }
      #expect(
        Set(source.regions.map(\.heading))
          == Set(chapter.steps.filter { !$0.functions.isEmpty }.map(\.heading)))
      for step in chapter.steps {
        let marked = source.regions.filter { $0.step == step.number }
          .compactMap(\.function)
        for name in step.functions {
          let line = try #require(editable.line(of: name))
          #expect(marked.contains { editable.line(of: $0) == line })
        }
      }
    }
  }
}
