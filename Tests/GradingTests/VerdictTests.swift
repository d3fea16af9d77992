import Foundation
import Platform
import Testing

@testable import Grading

/// What a child left behind, made into a verdict.
@Suite struct VerdictTests {
  private let step = Step("9.1", "A step", ["first"])
  private let source = SourceFile("actor State {\n  func first() async {\n    await x()\n  }\n}")
  private let rule = Rule("9.1.rule", "A rule.", section: "§5.2")
  private let file = "Chapters/01-Tasks/State.swift"

  private func verdict(
    _ lines: [ReportLine], text: String = "", end: ChildEnd = .exited(0),
    source: SourceFile? = nil
  ) -> Verdict {
    EndedChild(lines: lines, text: text, end: end)
      .verdict(on: step, file: file, source: source ?? self.source)
  }

  private var checking: ReportLine { .checking(rule, call: "first()") }

  @Test func passed() {
    #expect(
      verdict([checking, .passed(peakMemory: 7)])
        == Verdict(step: step, status: .passed, peakMemory: 7))
  }

  @Test func `what later steps lack or break on the way is not held against a step`() {
    let later = ReportLine.unwritten(
      heading: "9.4 Later", path: "/anywhere/Chapters/01-Tasks/State.swift", line: 7)
    #expect(verdict([checking, .preparing, later]).status == .passed)
    #expect(verdict([checking, .preparing], end: .signalled(4)).status == .passed)
    #expect(verdict([.preparing, checking], end: .signalled(4)).status == .crashed)
  }

  @Test func `not written yet`() {
    let unwritten = ReportLine.unwritten(
      heading: "9.1 A step", path: "/anywhere/Chapters/01-Tasks/State.swift", line: 7)
    let verdict = verdict([checking, unwritten])
    #expect(verdict.status == .todo)
    #expect(verdict.place == Place(file: file, line: 7))
    #expect(!verdict.waitsForAnother)
  }

  @Test func `a broken rule points at the step's function`() {
    let finding = Finding(rule, "It happened.")
    let verdict = verdict([checking, .failed(finding)], text: "hello\n")
    #expect(verdict.status == .failed)
    #expect(verdict.finding == finding)
    #expect(verdict.place == Place(file: file, line: 2))
    #expect(verdict.printed == ["hello"])
  }

  @Test func `a call that never came back points at the only place where it waits`() {
    let verdict = verdict([checking, .stuck(Finding(rule, "It never came back."))])
    #expect(verdict.status == .timeout)
    #expect(verdict.place == Place(file: file, line: 3))
  }

  @Test func `a trap is told with its reason and its line`() {
    let text = """
      before
      swift-runtime: failed to suspend thread 28683 while processing a crash
      Swift/ContiguousArrayBuffer.swift:692: Fatal error: Index out of range

      *** Signal 4: Backtracing from 0x7fc36536df7f... done ***

      Thread 0 "runner" crashed:

        0                  0x00007f closure #1 in _assertionFailure(_:) + 623 in libswiftCore.so
        3 [ra]             0x000055 State.first() + 152 in runner at /a b/Chapters/01-Tasks/State.swift:32:44
      """
    let verdict = verdict([checking], text: text, end: .signalled(4))
    #expect(verdict.status == .crashed)
    #expect(verdict.place == Place(file: file, line: 32))
    #expect(verdict.finding?.happened == "first() crashed: Index out of range.")
    #expect(verdict.finding?.rule == rule)
    #expect(verdict.printed == ["before"])
  }

  @Test func `a stack overflow is named`() {
    let text = """
      *** Signal 11: Backtracing from 0x561e2173246a... done ***
        0   0x0000561e State.first() + 10 in runner at /x/Chapters/01-Tasks/State.swift:28
      """
    let verdict = verdict([checking], text: text, end: .signalled(SIGSEGV))
    #expect(
      verdict.finding?.happened
        == "first() crashed: the stack overflowed (endless recursion?).")
    #expect(verdict.place?.line == 28)
  }

  @Test func `an endless loop is no crash but no answer`() {
    let text = """
      watchdog: this job computes on and on and never suspends
        0   0x0000 State.first() + 125 in runner at /x/Chapters/01-Tasks/State.swift:33:27
      """
    let verdict = verdict([checking], text: text, end: .signalled(5))
    #expect(verdict.status == .timeout)
    #expect(
      verdict.finding?.happened
        == "first() gave no answer: it computes on and on and never suspends (a loop without an end?)."
    )
    #expect(verdict.place?.line == 33)
  }

  @Test func `ending the process is told with the code`() {
    let verdict = verdict([checking], end: .exited(0))
    #expect(verdict.status == .crashed)
    #expect(verdict.finding?.happened == "first() ended the whole process, with exit code 0.")
  }

  @Test func `a child that was killed for its time gave no answer`() {
    let verdict = verdict([checking], end: .timedOut)
    #expect(verdict.status == .timeout)
    #expect(
      verdict.finding?.happened == "first() gave no answer: the check was still running after 60 s."
    )
  }

  @Test func `a forbidden call is told instead of what came of it`() {
    let calling = SourceFile("actor State {\n  func first() {\n    exit(0)\n  }\n}")
    let ended = verdict([checking], end: .exited(0), source: calling)
    #expect(ended.status == .failed)
    #expect(ended.place == Place(file: file, line: 3))
    #expect(ended.finding?.rule.id == "isolation.ending")
    #expect(ended.finding?.happened == "Line 3 uses exit, which is not handed in.")
    // Also where every check passed, but not where the step is not written yet.
    #expect(verdict([checking, .passed(peakMemory: 7)], source: calling).status == .failed)
    let unwritten = ReportLine.unwritten(heading: "9.1 A step", path: "x", line: 1)
    #expect(verdict([checking, unwritten], source: calling).status == .todo)
  }

  @Test func `a forbidden call in another file of the chapter's is told there`() {
    let other = SourceFile("extension State {\n  func second() { usleep(1) }\n}")
    let ended = EndedChild(lines: [checking, .passed(peakMemory: 7)], text: "", end: .exited(0))
    let verdict = ended.verdict(
      on: Step("9.1", "A step", ["first"]), file: file, source: SourceFile(""),
      others: [("Chapters/09/Other.swift", other)])
    #expect(verdict.status == .failed)
    #expect(verdict.place == Place(file: "Chapters/09/Other.swift", line: 2))
  }

  @Test func `what nobody has begun to write is not wrong`() {
    let finding = Finding(Rule("9.1.rule", "The rule.", section: "§1"), "It happened.")
    let ended = EndedChild(lines: [checking, .failed(finding)], text: "", end: .exited(0))
    func verdict(_ source: String, _ step: Step) -> Verdict {
      let earlier = [Step("9.1", "A step", ["first", "second"])]
      return ended.verdict(on: step, file: file, source: SourceFile(source), earlier: earlier)
    }
    let step = Step("9.1", "A step", ["first", "second"])
    let extra = Step("9.1", "A step", ["first", "second"], isExtra: true)
    let cluster = Step("9.2", "The cluster", [])
    let none = "func first() { todo(\"9.1 A step\") }\nfunc second() { todo(\"9.1 A step\") }"
    let half = "func first() { todo(\"9.1 A step\") }\nfunc second() { return 1 }"
    #expect(verdict(none, step).status == .todo)
    #expect(verdict(half, step).status == .failed)
    #expect(verdict("", step).status == .failed)
    #expect(verdict(none, extra).status == .todo)
    #expect(verdict(half, extra).status == .failed)
    #expect(verdict("", extra).status == .todo)
    // What needs no body of its own waits for those that do.
    #expect(verdict(none, cluster).waitsForAnother)
    #expect(verdict(none, cluster).place == Place(file: file, line: 1))
    #expect(verdict(half, cluster).status == .failed)
  }

  @Test func `an extra step under other names is judged, and found by its message's field`() {
    let finding = Finding(Rule("9.1.rule", "The rule.", section: "§1"), "It happened.")
    let ended = EndedChild(lines: [checking, .failed(finding)], text: "", end: .exited(0))
    let step = Step("9.1", "A step", ["hint", "goBack"], isExtra: true, field: "hint")
    func verdict(_ source: String) -> Verdict {
      ended.verdict(on: step, file: file, source: SourceFile(source))
    }
    for use in ["return Reply(success: false, hint: place(of: index))", "next = reply.hint ?? 1"] {
      let found = verdict("func receive() {\n  \(use)\n}")
      #expect(found.status == .failed)
      #expect(found.finding == finding)
      #expect(found.place == Place(file: file, line: 2))
    }
    // A word of the learner's own, a comment, and what the skeleton has.
    for other in ["let hint = 3", "let hint: Int = 3", "// reply.hint", "\"reply.hint\""] {
      #expect(verdict("func receive() {\n  \(other)\n}").status == .todo)
    }
    let skeleton = "func goBack(to hint: Int?) -> Int { todo(\"9.1 A step\") }"
    #expect(verdict(skeleton).status == .todo)
  }

  @Test func `who prints without an end is told so`() {
    let ended = EndedChild(
      lines: [checking], text: "hello\nhello\nhel", end: .signalled(4), isCutOff: true
    ).verdict(on: step, file: file, source: source)
    #expect(ended.status == .timeout)
    #expect(ended.finding?.happened == "first() gave no answer: it printed more than 16 MB.")
  }

  @Test func `a long output is read at its end, and for the watchdog's line`() throws {
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: log) }
    let hello = String(repeating: "hello\n", count: 100_000)
    try (hello + "watchdog: this job computes\n" + hello + "end").write(
      to: log, atomically: true, encoding: .utf8)
    let (text, size) = Examiner.end(of: log)
    #expect(size == 1_200_031)
    #expect(text.hasPrefix("watchdog: this job computes\n"))
    #expect(text.hasSuffix("hello\nend"))
    #expect(text.count < 300_000)
  }

  @Test func `a failed precondition is told once`() {
    let text = "mine\nChapter01/State.swift:9: Precondition failed: a vote\n"
    let verdict = verdict([checking], text: text, end: .signalled(4))
    #expect(verdict.finding?.happened == "first() crashed: a vote.")
    #expect(verdict.printed == ["mine"])
  }

  @Test func `a report that was cut off is read up to there`() throws {
    let whole = try JSONEncoder().encode(ReportLine.passed(peakMemory: 7))
    let cut = try JSONEncoder().encode(checking).dropLast(5)
    #expect(ReportLine.read(whole + Data("\n".utf8) + cut) == [.passed(peakMemory: 7)])
  }
}
