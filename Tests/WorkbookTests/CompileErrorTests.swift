import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct CompileErrorTests {
  private let tasks = Curriculum.chapters[0]
  private let root = URL(fileURLWithPath: "/home/me/workbook")
  private let solution = "import Contracts\npublic actor State: TasksChapter {\n}\n"

  private func errors(_ log: String) -> [String] {
    let log = BuildLog(
      lines: log.split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
      root: root)
    return CompileErrors(log: log, chapter: tasks, solution: solution).all
      .map { "\($0.place.line): \($0.sentence)" }
  }

  /// As Swift 6.3 writes it, shortened; SwiftPM tells it twice.
  private static let conformance = """
    [3/8] Emitting module Chapter01
    /home/me/workbook/Chapters/01-Tasks/State.swift:4:14: error: type 'State' does not conform to \
    protocol 'TasksChapter'
      3 | /// Chapter 1: tasks.
      4 | public actor State: TasksChapter {
        |              |- error: type 'State' does not conform to protocol 'TasksChapter'
        |              `- note: add stubs for conformance
      5 |   let clock: any Clock<Duration>
        :
     66 |   /// The value, as soon as somebody has set it.
     67 |   public func value() async throws -> Int {
        |               `- note: candidate throws, but protocol does not allow it
     68 |     todo("1.6 A value handed over")
        :
     93 |   public func resetTimer() async {
        |               `- note: candidate is 'async', but protocol requirement is not
     94 |     todo("1.9 A restartable timer")

    /home/me/workbook/Sources/Contracts/TasksChapter.swift:10:8: note: protocol requires function \
    'readAtOnce' with type '(String, String, String) async throws -> [String]'
    10 |   func readAtOnce(_ first: String, _ second: String, _ third: String) async throws
       |        `- note: protocol requires function 'readAtOnce' with type '() -> ()'
    23 |   func value() async -> Int
       |        `- note: protocol requires function 'value()' with type '() async -> Int'
    35 |   func resetTimer()
       |        `- note: protocol requires function 'resetTimer()' with type '() -> ()'

    """

  @Test func `a broken contract is said in our words`() {
    #expect(
      errors(Self.conformance + Self.conformance) == [
        "4: readAtOnce is missing, which chapter 1 asks for. `swift run workbook diff 1` shows how "
          + "it begins.",
        "67: value() is declared `throws` here. It always has an answer: take the word away.",
        "93: resetTimer() is declared `async` here. It is a rule, and a rule has no async: nothing "
          + "may happen between its first line and its last.",
      ])
  }

  @Test(arguments: [
    "error: no type named 'State' in module 'Chapter01'",
    "error: type 'State' does not conform to protocol 'TasksChapter'",
    "error: 'State' is inaccessible due to 'internal' protection level",
  ])
  func `a type that is not there is asked for by its declaration`(_ message: String) {
    let log = """
      /home/me/workbook/Sources/runner/Checks.swift:18:47: \(message)
      17 |   #if CHAPTER_01
      18 |     case (1, .learner): TasksChecks<Chapter01.State>.checks(on: step)
         |                                               `- \(message)
      """
    #expect(
      errors(log) == [
        "1: The file must declare `public actor State: TasksChapter`: that is where the graders "
          + "look."
      ])
    #expect(errors(log.replacingOccurrences(of: "Chapter01", with: "Chapter02")) == [])
  }

  @Test func `any other error is told as the compiler tells it`() {
    let log = """
      /home/me/workbook/Chapters/02-Counter/State.swift:9:1: error: something of another chapter
      /home/me/workbook/Chapters/01-Tasks/State.swift:32:12: error: cannot find 'name' in scope
       31 |   public func readInTurn() {
       32 |     return name
          |            `- error: cannot find 'name' in scope
       33 |   }
      error: emit-module command failed with exit code 1 (use -v to see invocation)
      /home/me/workbook/Chapters/01-Tasks/State.swift:40:1: warning: unused
      """
    #expect(errors(log) == ["32: error: cannot find 'name' in scope"])
  }

  @Test func `a rule that is async in another file is told there, and once`() {
    let log = """
      /home/me/workbook/Chapters/04-Replication/State.swift:7:14: error: type 'State' does not \
      conform to protocol 'RaftServer'
        7 | public actor State: ReplicationChapter {
          |              |- error: type 'State' does not conform to protocol 'RaftServer'

      /home/me/workbook/Chapters/04-Replication/Elections.swift:10:15: note: candidate is \
      'async', but protocol requirement is not
       10 |   public func observe(_ term: Term) async {
          |               `- note: candidate is 'async', but protocol requirement is not

      /home/me/workbook/Sources/Contracts/RaftServer.swift:23:8: note: protocol requires function \
      'observe' with type '(Term) -> ()'
      23 |   func observe(_ term: Term)
         |        `- note: protocol requires function 'observe' with type '(Term) -> ()'
      /home/me/workbook/Chapters/04-Replication/Elections.swift:22:8: error: type 'State' does \
      not conform to protocol 'RaftServer'
       22 |   func vote(_ request: RequestVote) -> RequestVote.Reply {

      """
    let errors = CompileErrors(
      log: BuildLog(
        lines: log.split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
        root: root),
      chapter: Curriculum.chapters[3], solution: solution
    ).all
    #expect(
      errors.map { "\($0.place): \($0.sentence.prefix(37))" } == [
        "Chapters/04-Replication/Elections.swift:10: observe is declared `async` here. It "
      ])
  }

  @Test func `an error is told where it stands, in any of the chapter's files`() {
    let log = """
      /home/me/workbook/Chapters/04-Replication/State.swift:40:1: error: one thing
      /home/me/workbook/Chapters/04-Replication/Elections.swift:32:12: error: another
      """
    let chapter = Curriculum.chapters[3]
    let errors = CompileErrors(
      log: BuildLog(lines: log.split(separator: "\n").map(String.init), root: root),
      chapter: chapter, solution: solution
    ).all
    #expect(
      errors.map(\.place.description) == [
        "Chapters/04-Replication/Elections.swift:32", "Chapters/04-Replication/State.swift:40",
      ])
    let board = Board(
      chapter: chapter, result: .problem(.doesNotCompile(errors)), style: .plain)
    #expect(board.next[0] == "Next: make Chapters/04-Replication/Elections.swift compile.")
  }

  @Test func `under a heading the place is from the workbook's folder`() throws {
    let log = BuildLog(
      lines: [
        "/home/me/workbook/Chapters/01-Tasks/State.swift:32:12: error: cannot find 'name' in scope",
        " 32 |     return name", "    |            `- error: cannot find 'name' in scope",
        "/home/me/workbook/Chapters/01-Tasks/State.swift:40:1: error: expected '}'",
      ], root: root)
    let problem = try #require(ChapterProblem.find(in: log, for: tasks, solution: solution))
    #expect(
      problem.lines(for: tasks, most: 1, style: .plain) == [
        "  ✗ does not compile",
        "    Chapters/01-Tasks/State.swift:32: error: cannot find 'name' in scope",
        "     32 |     return name", "        |            `- error: cannot find 'name' in scope",
        "    … and 1 more error, which may go away with this one.",
      ])
    #expect(
      problem.sentence(for: tasks)
        == "Chapters/01-Tasks/State.swift does not compile. Chapters/01-Tasks/State.swift:32: error: "
        + "cannot find 'name' in scope")
  }
}

@Suite struct BoardTests {
  private let tasks = Curriculum.chapters[0]

  private func verdicts(_ statuses: [Verdict.Status]) -> [Verdict] {
    zip(tasks.steps, statuses).map { step, status in
      let rule = Rule("\(step.number).rule", "The rule.", section: "§1")
      return Verdict(
        step: step, status: status,
        finding: [.passed, .todo].contains(status) ? nil : Finding(rule, "It happened."),
        place: status == .passed ? nil : Place(file: tasks.statePath, line: 32),
        unwritten: status == .todo ? step.heading : nil)
    }
  }

  @Test func `on the board only the first broken step is told in full`() {
    let result = ChapterResult.graded(verdicts([.todo, .failed, .crashed, .passed]))
    let board = Board(chapter: tasks, result: result, style: .plain)
    let lines = board.lines(full: false)
    #expect(
      lines[0]
        == "01 Tasks                                                        1 of 4 steps")
    #expect(lines.count { $0.contains("It happened.") } == 1)
    #expect(lines.suffix(2).map { $0.prefix(9) } == ["  ✗ 1.3  ", "  ✓ 1.4  "])
    #expect(board.lines(full: true).count { $0.contains("It happened.") } == 2)
    #expect(!board.isDone)
  }

  @Test func `what is next is one sentence and what to type`() {
    func next(_ statuses: [Verdict.Status], isPart: Bool = false) -> [String] {
      let board = Board(
        chapter: tasks, result: .graded(verdicts(statuses)), style: .plain, isPart: isPart)
      return board.next
    }
    #expect(
      next([.passed, .failed]) == [
        "Next: 1.2 At once.", "  swift run workbook check 1    when it is changed",
        "  swift run workbook hint 1.2   if you are stuck",
      ])
    #expect(
      next([.todo]) == [
        "Next: write 1.1 In turn in Chapters/01-Tasks/State.swift:32. Chapters/01-Tasks/README.md "
          + "explains", "it.", "  swift run workbook check 1    when it is written",
        "  swift run workbook hint 1.1   if you are stuck",
      ])
    #expect(
      next([.passed]) == [
        "Chapter 1 is done. Chapters/02-Counter/README.md goes on from here.",
        "  swift run workbook simulate 1   your tasks at work, in virtual time",
        "  swift run workbook check 2      the next chapter: Counter",
      ])
    #expect(
      next([.passed], isPart: true) == [
        "Passed.", "  swift run workbook check 1   the whole chapter",
      ])
  }

  @Test func `an extra step is counted apart, and keeps no chapter open`() {
    let chapter = Curriculum.chapters[3]
    func board(_ last: Verdict.Status, isPart: Bool = false) -> Board {
      let verdicts = chapter.steps.map { step in
        let status = step.isExtra ? last : .passed
        return Verdict(
          step: step, status: status,
          finding: status == .failed
            ? Finding(Rule("4.11.rule", "The rule.", section: "§1"), "It happened.") : nil,
          unwritten: status == .todo ? step.heading : nil)
      }
      return Board(
        chapter: chapter, result: .graded(isPart ? Array(verdicts.suffix(1)) : verdicts),
        style: .plain, isPart: isPart)
    }
    #expect(board(.todo).isDone)
    #expect(board(.todo).lines(full: false)[0].hasSuffix("   10 of 10 steps"))
    #expect(
      board(.todo).lines(full: false).last == "  ○ 4.11 Fewer round trips: extra, not written yet")
    #expect(board(.todo).next[0] == "Chapter 4 is done.")
    #expect(
      board(.todo).next.contains {
        $0.hasPrefix("  swift run workbook hint 4.11 ")
          && $0.hasSuffix("   extra: Fewer round trips")
      })
    #expect(board(.passed).lines(full: false)[0].hasSuffix("   10 of 10 steps, 1 extra"))
    #expect(!board(.failed).isDone)
    #expect(board(.failed).next[0] == "Next: 4.11 Fewer round trips.")
    #expect(!board(.todo, isPart: true).isDone)
  }

  @Test func `the JSON has every key in every step`() throws {
    let report = GradeReport(chapter: tasks, result: .graded(verdicts([.passed, .failed, .todo])))
    #expect(
      try report.json == #"{"chapter":1,"steps":["#
        + #"{"extra":false,"file":null,"line":null,"message":null,"picture":null,"rule":null,"section":null,"#
        + #""status":"passed","step":"1.1","title":"In turn"},"#
        + #"{"extra":false,"file":"Chapters/01-Tasks/State.swift","line":32,"message":"It happened.","#
        + #""picture":null,"rule":"1.2.rule","section":"§1","status":"failed","step":"1.2","title":"At once"},"#
        + #"{"extra":false,"file":"Chapters/01-Tasks/State.swift","line":32,"message":"not written yet","#
        + #""picture":null,"rule":null,"section":null,"status":"todo","step":"1.3","title":"Many"}]}"#
    )
    let broken = GradeReport(
      chapter: tasks, result: .problem(.missing(tasks.statePath)))
    #expect(
      try broken.json
        == #"{"chapter":1,"problem":"Chapters/01-Tasks/State.swift is missing. "#
        + #"`swift run workbook reset 1` puts the skeleton there.","steps":[]}"#)
  }

  @Test func `a long line goes on in the next one`() {
    let narrow = Style(width: 40, isColoured: true)
    let line = "  " + narrow.bad("✗") + " 1.1  In turn — not written yet (a/b/c:32)"
    #expect(
      narrow.fitted(line) == ["  ✗ 1.1  In turn — not written yet", "    (a/b/c:32)"])
    #expect(Style.plain.fitted(line) == [line])
  }
}
