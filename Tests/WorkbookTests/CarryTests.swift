import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct CarryTests {
  private let elections = Carried.elections
  private let replication = Curriculum.chapters[3]
  private let path = Carried.path
  private let backup = Carried.backup

  /// What stands between the markers of a place.
  private func body(_ heading: String, in text: String) throws -> [String] {
    let source = try MarkedSource(text, opening: "FROM")
    let region = try #require(source.regions.first { $0.heading == heading })
    return Array(source.lines[region.body])
  }

  private let vote = "3.2 receive(_: RequestVote)"
  private let own = "3 functions of your own"

  // MARK: - What is carried

  @Test func `the solved places are the reference's bodies`() async throws {
    let folder = try Carried.folder()
    defer { folder.remove() }
    let before = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == before)
    #expect(!folder.exists(".workbook"))
    #expect(
      folder.output.text == """
        \(path) has them already. Nothing was changed.
        \(path) holds your own 3.1, 3.2, 3.3, 3.4, 3.5 and 3.6 now.
        Next:
          swift run workbook check 4   grades chapter 4 with them

        """)
  }

  @Test func `a body of one's own is put in its place, and what was there is kept`() async throws {
    let folder = try Carried.folder([
      ("let isFree = votedFor", "// mine\n    let isFree = votedFor")
    ])
    defer { folder.remove() }
    let before = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    let text = try folder.read(path)
    #expect(try body(vote, in: text)[1] == "    // mine")
    #expect(text.replacingOccurrences(of: "    // mine\n", with: "") == before)
    #expect(try folder.read(backup) == before)
    #expect(
      folder.output.text == """
        \(path) holds your own 3.1, 3.2, 3.3, 3.4, 3.5 and 3.6 now.
        Your file is kept in \(backup). To get it
        back:
          cp \(backup) \(path)
        Next:
          swift run workbook check 4   grades chapter 4 with them

        """)
  }

  @Test func `carrying twice is carrying once`() async throws {
    let folder = try Carried.folder([
      ("let isFree = votedFor", "// mine\n    let isFree = votedFor")
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    let once = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == once)
    #expect(folder.list(".workbook/backups/04-Replication").count == 1)
    #expect(folder.output.text.contains("has them already. Nothing was changed."))
  }

  @Test func `braces in comments and strings end no body`() async throws {
    let folder = try Carried.folder([
      (
        "    votedFor = nil\n    role = .follower",
        #"""
            votedFor = nil  // } and no more
            let note = "} \(term) }"; _ = note + #"{"#
            /* { /* { */ */
            _ = """
              }
                kept as it is }
              """
            role = .follower }
        """#
      ), ("role = .follower }\n  }\n", "role = .follower }\n"),
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    let body = try body("3.1 observe", in: try folder.read(path))
    #expect(body.count == 12)
    #expect(body[4] == "    votedFor = nil  // } and no more")
    #expect(body[9] == "        kept as it is }")
    #expect(body.last == "    role = .follower")
  }

  @Test func `markers, tabs and the line ends of other systems do no harm`() async throws {
    let source = try Folder.solution(of: elections)
    let tabbed = source.replacingOccurrences(of: "    ", with: "\t\t")
    let folder = try Folder()
    defer { folder.remove() }
    let before = try folder.read(path)
    try folder.write(
      tabbed.replacingOccurrences(of: "\n", with: "\r\n"), to: elections.statePath)
    #expect(await folder.type("carry 4") == 0)
    let after = try folder.read(path)
    #expect(
      after.replacingOccurrences(of: "\t", with: "  ").split(separator: "\n").map {
        $0.trimmingCharacters(in: .whitespaces)
      } == before.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == after)
  }

  @Test func `a parameter of another name is found under that name`() async throws {
    let folder = try Carried.folder([
      (
        "receive(_ request: RequestVote) -> RequestVote.Reply {\n    observe(request.term)",
        "receive(_ letter: RequestVote) -> RequestVote.Reply {\n    let request = letter\n    "
          + "observe(letter.term)"
      )
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    #expect(try body(vote, in: try folder.read(path))[0] == "    let letter = request")
  }

  // MARK: - What comes along

  @Test func `functions of one's own come along, with what they call`() async throws {
    let folder = try Carried.folder([
      ("votes.count > (peers.count + 1) / 2", "hasWon()"),
      (
        "  // MARK: - Conversations",
        """
          /// More than half.
          private func hasWon() -> Bool { votes.count >= majority }

          private var majority: Int {
            let servers = peers.count + 1
            return servers / 2 + 1
          }

          /// Nobody calls this.
          func unused() {}

          // MARK: - Conversations
        """
      ),
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    let text = try folder.read(path)
    #expect(
      try body(own, in: text) == [
        "  /// More than half.", "  private func hasWon() -> Bool { votes.count >= majority }", "",
        "  private var majority: Int {", "    let servers = peers.count + 1",
        "    return servers / 2 + 1", "  }",
      ])
    #expect(
      folder.output.text.contains("\nWith them came hasWon() and majority, which they use.\n"))
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == text)
  }

  @Test func `a property that bodies need is named, and they stay behind until it is there`()
    async throws
  {
    let folder = try Carried.folder([
      ("    votes = [id]\n", "    votes = [id]\n    asked += 1\n"),
      (
        "  var votes: Set<ServerID> = []",
        "  var votes: Set<ServerID> = []\n  var asked = 0  // so often"
      ),
    ])
    defer { folder.remove() }
    let before = try folder.read(path)
    #expect(await folder.type("carry 4") == 0)
    #expect(try folder.read(path) == before)
    let line = try #require(
      try Carried.learner().split(separator: "\n", omittingEmptySubsequences: false)
        .firstIndex { $0.contains("var votes") })
    let said = folder.output.text.split(separator: "\n").joined(separator: " ")
      .replacingOccurrences(of: "     ", with: " ")
    #expect(
      said.contains(
        "Left as it was, which works:   3.4 becomeCandidate: it needs `asked`, which "
          + "Chapters/04-Replication/State.swift does not have. Copy it there, and carry again: "
          + "`var asked = 0  // so often` (Chapters/03-Elections/State.swift:\(line + 2))."))
    try folder.write(
      try folder.read(replication.statePath)
        .replacingOccurrences(of: "  var votedFor: ", with: "  var asked = 0\n  var votedFor: "),
      to: replication.statePath)
    #expect(await folder.type("carry 4") == 0)
    #expect(try body("3.4 becomeCandidate", in: try folder.read(path)).contains("    asked += 1"))
  }

  @Test(arguments: [
    ("lead", "it needs your `lead()`"), ("conflict", "it needs your `conflict()`"),
  ])
  func `a name that chapter 4 uses for something else is not taken from it`(
    _ name: String, _ sentence: String
  ) async throws {
    let isTaken = name == "lead"
    let folder = try Carried.folder([
      ("    votes.insert(peer)\n", "    votes.insert(peer)\n    \(name)()\n"),
      ("  // MARK: - Conversations", "  func \(name)() { votes = votes }\n"),
    ])
    defer { folder.remove() }
    #expect(await folder.type("carry 4") == 0)
    #expect(folder.output.text.contains(sentence) == isTaken)
    #expect(try folder.read(path).contains("votes = votes") == !isTaken)
  }
}

/// The reference of chapter 3 as a learner's file, with changes, and a folder that holds it.
enum Carried {
  static let elections = Curriculum.chapters[2]
  static let path = "Chapters/04-Replication/Elections.swift"
  static let backup =
    ".workbook/backups/04-Replication/Elections.2026-11-20T21-15-07.swift"

  static func learner(_ changes: [(String, String)] = []) throws -> String {
    var text = try Skeleton.stripped(try Folder.solution(of: elections))
    for (old, new) in changes {
      #expect(text.components(separatedBy: old).count == 2, "\(old)")
      text = text.replacingOccurrences(of: old, with: new)
    }
    return text
  }

  static func folder(_ changes: [(String, String)] = []) throws -> Folder {
    let folder = try Folder()
    try folder.write(try learner(changes), to: elections.statePath)
    return folder
  }
}
