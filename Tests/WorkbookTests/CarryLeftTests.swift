import Foundation
import Grading
import Testing

@testable import workbook

/// What `carry` leaves, and what other commands make of it.
@Suite struct CarryLeftTests {
  private let elections = Carried.elections
  private let path = Carried.path
  private let backup = Carried.backup

  // MARK: - What stays behind

  @Test func `what is not written stays as it was, and the rest is carried`() async throws {
    let folder = try Carried.folder([
      ("let isFree = votedFor", "// mine\n    let isFree = votedFor")
    ])
    defer { folder.remove() }
    #expect(await folder.type("reset 3.6") == 0)
    #expect(await folder.type("carry 4") == 0)
    #expect(
      folder.output.text.hasSuffix(
        """
        \(path) holds your own 3.1, 3.2, 3.3, 3.4 and 3.5 now.
        Left as it was, which works:
          3.6 electionTimeoutElapsed: it is not written yet in Chapters/03-Elections/State.swift.
        Your file is kept in \(backup). To get it
        back:
          cp \(backup) \(path)
        Next:
          swift run workbook check 4   grades chapter 4 with them
          swift run workbook carry 4   again, when there is more to carry

        """))
    let text = try folder.read(path)
    #expect(text.contains("// mine"))
    #expect(!text.contains("todo("))
  }

  @Test func `a leader that is made elsewhere stays behind`() async throws {
    let folder = try Carried.folder([
      (
        "if votes.count > (peers.count + 1) / 2 { becomeLeader() }",
        "if votes.count > (peers.count + 1) / 2 { role = .leader }"
      )
    ])
    defer { folder.remove() }
    let before = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == before)
    #expect(folder.output.text.contains("  3.5 receive: yours sets the role to leader by itself."))
  }

  @Test func `a function that is gone, or takes other parameters, is said to be`() async throws {
    let folder = try Carried.folder([
      ("public func observe(_ term: Term) {", "public func notice(_ term: Term) {"),
      ("  func becomeLeader() {", "  func becomeLeader(now: Bool) {"),
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    for sentence in [
      "  3.1 observe: Chapters/03-Elections/State.swift has no such function.",
      "  3.4 becomeLeader: yours takes other parameters than the chapter's.",
    ] {
      #expect(folder.output.text.contains(sentence))
    }
  }

  @Test func `a skeleton has nothing to carry`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let before = try folder.read(path)
    #expect(await folder.type("carry 4") == 1)
    #expect(
      folder.errors.text.hasPrefix(
        "There is nothing that could be carried into \(path), and nothing was\nchanged.\n"
          + "  3.1 observe: it is not written yet in Chapters/03-Elections/State.swift.\n"))
    #expect(try folder.read(path) == before)
    #expect(!folder.exists(".workbook"))
  }

  @Test(arguments: ["public actor State {", "public actor State { } }"])
  func `braces that do not match change nothing`(_ text: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let before = try folder.read(path)
    try folder.write(text, to: elections.statePath)
    #expect(await folder.type("carry 4") == 1)
    #expect(
      folder.errors.text.replacingOccurrences(of: "\n", with: " ")
        == "Chapters/03-Elections/State.swift cannot be read: its braces do not match, so nobody "
        + "can tell where a body ends. Nothing was changed. `swift run workbook check 3` shows what "
        + "the compiler says. ")
    #expect(try folder.read(path) == before)
  }

  // MARK: - Files that are not as they should be

  @Test func `a missing file of chapter 3 is named with its remedy`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent(elections.statePath))
    #expect(await folder.type("carry 4") == 1)
    #expect(
      folder.errors.text.replacingOccurrences(of: "\n", with: " ")
        == "Chapters/03-Elections/State.swift is missing. `swift run workbook reset 3` puts the "
        + "skeleton there. Nothing was changed. ")
  }

  @Test(arguments: [true, false])
  func `a missing or empty file of chapter 4 comes back`(_ isMissing: Bool) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let solved = try folder.read(path)
    if isMissing {
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent(path))
    } else {
      try folder.write("\n", to: path)
    }
    #expect(await folder.type("diff 4") == 1)
    #expect(
      folder.errors.text.replacingOccurrences(of: "\n", with: " ")
        == "\(path) is \(isMissing ? "missing" : "empty"). `swift run workbook carry 4` puts it "
        + "there. ")
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == solved)
    #expect(folder.output.text.hasPrefix("\(path) is the solved one again.\n"))
  }

  @Test func `places that are not marked right are named with their line`() async throws {
    let folder = try Carried.folder()
    defer { folder.remove() }
    let text = try folder.read(path).replacingOccurrences(of: "    // END 3.1\n", with: "")
    try folder.write(text, to: path)
    #expect(await folder.type("carry 4") == 1)
    let said = folder.errors.text.replacingOccurrences(of: "\n", with: " ")
    #expect(said.contains("\(path), line "))
    #expect(said.contains("stands inside 3.1 observe"))
    #expect(said.contains("`cp Solutions/04-Replication/Elections.swift \(path)`"))
    #expect(try folder.read(path) == text)
  }

  @Test func `a chapter that takes nothing over says so`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("carry 1") == 2)
    #expect(
      folder.errors.text
        == "Chapter 1 takes nothing over from an earlier one. 'carry' is for chapter 4.\n"
        + "  swift run workbook help carry\n")
  }

  // MARK: - And the other commands

  @Test func `a reset of the chapter takes back what was carried`() async throws {
    let folder = try Carried.folder([
      ("let isFree = votedFor", "// mine\n    let isFree = votedFor")
    ])
    defer { folder.remove() }
    let solved = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    let carried = try folder.read(path)
    #expect(await folder.type("reset 4") == 0)
    #expect(try folder.read(path) == solved)
    let second = ".workbook/backups/04-Replication/Elections.2026-11-20T21-15-07-2.swift"
    #expect(try folder.read(second) == carried)
    #expect(
      folder.output.text.hasSuffix(
        """
        Chapters/04-Replication/State.swift is the skeleton already.
        \(path) is the solved one again.
        Your file is kept in \(second). To get
        it back:
          cp \(second) \(path)
        Otherwise, go on:
          swift run workbook check 4   when something is written

        """))
  }

  @Test func `a difference tells whose bodies they are`() async throws {
    let folder = try Carried.folder([
      ("let isFree = votedFor", "// mine\n    let isFree = votedFor")
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    #expect(await folder.type("diff 4") == 0)
    #expect(
      folder.output.text.contains("\nElections.swift: your own 3.2, which diff 3 compares\n"))
    try folder.write(try folder.read(path) + "// more\n", to: path)
    #expect(await folder.type("diff 4") == 0)
    #expect(folder.output.text.contains("\nElections.swift, elsewhere: differs\n"))
  }
}
