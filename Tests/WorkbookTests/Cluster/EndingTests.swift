import Foundation
import Grading
import Platform
import Synchronization
import Testing

@testable import workbook

/// The words in which a run is told that did not come to its end.
@Suite struct EndingTests {
  private let root = URL(fileURLWithPath: "/raft")

  @Test func `a server that ended says its last word`() {
    #expect(
      EndedServer(
        3, end: .exited(3), lines: ["4.3 X is not written yet: /raft/Chapters/a/State.swift:41"],
        root: root
      ).sentence == "S3 ended: 4.3 X is not written yet: Chapters/a/State.swift:41.")
    #expect(
      EndedServer(
        3, end: .exited(73), lines: ["Another program uses this port (listening).", ""],
        root: root
      ).sentence == "S3 ended: Another program uses this port (listening).")
    #expect(
      EndedServer(3, end: .exited(71), lines: [], root: root).sentence
        == "S3 ended with exit code 71.")
    let trap = [
      "State/State.swift:38: Fatal error: Index out of range",
      "*** Program crashed: Illegal instruction",
      "3 State.f() + 92 in runner at /raft/Chapters/04-Replication/State.swift:38:9",
    ]
    #expect(
      EndedServer(3, end: .signalled(4), lines: trap, root: root).sentence
        == "S3 crashed: Index out of range (Chapters/04-Replication/State.swift:38).")
  }

  private func fleet(_ subject: Subject, in folder: Folder) throws -> Fleet {
    try Fleet(
      Fleet.Plan(
        runner: root, chapter: try #require(Curriculum.chapter(4)), subject: subject, servers: 3,
        folder: folder.url.appendingPathComponent(".workbook/finale"), root: root))
  }

  @Test func `a promise that does not hold is told with its rule and what to type`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let failure = BrokenPromise(
      happened: "S2 leads term 7, and 2 of 5 servers run.",
      rule: Rule("finale.no-leader", "A candidate leads once a majority voted.", section: "§5.2"),
      facts: [Fact("S2", "leader, term 7")])
    #expect(
      try fleet(.learner, in: folder).ending(failure, style: .plain) == [
        "    ✗ S2 leads term 7, and 2 of 5 servers run.",
        "      A candidate leads once a majority voted (§5.2).",
        "        S2   leader, term 7",
        "", "Next:",
        "  swift run workbook check 4   judges every step, and says where",
        "  swift run workbook cluster   the same servers, to look at and to try",
      ])
  }

  @Test func `a chapter that is not finished is no failure of the servers`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let fleet = try fleet(.learner, in: folder)
    fleet.lastWords.withLock {
      $0 = [EndedServer(1, end: .exited(3), lines: ["4.1 X is not written yet: a:1"], root: root)]
    }
    #expect(
      fleet.ending(Trouble("There is no leader."), style: .plain) == [
        "",
        "Chapter 4 is not finished yet. S1 ended: 4.1 X is not written yet: a:1.",
        "  swift run workbook check 4   judges every step, and says where",
      ])
  }
}
