import Testing

@testable import Grading

/// A learner's file, read without a compiler.
@Suite struct SourceTests {
  private let source = """
    import Foundation
    // usleep(1) in a comment does not count
    actor State {
      func first() async {
        let text = "Date() in a string does not"
        await clock.sleep(for: .seconds(1))
        helper()
      }
      func helper() {
        print("but \\(Date()) in an interpolation does")
      }
      func increment(pausing pause: Pause) async { await pause() }
      func increment(upTo limit: Int, asking other: Permission) async -> Bool {
        exit(0)
      }
      func unrelated() { usleep(5) }
    }
    """

  private func step(_ functions: String...) -> Step { Step("9.1", "A step", functions) }

  @Test func `functions are found by name, and by their labels`() {
    let file = SourceFile(source)
    #expect(file.line(of: "first") == 4)
    #expect(file.line(of: "increment(pausing:)") == 12)
    #expect(file.line(of: "increment(upTo:asking:)") == 13)
    #expect(file.line(of: "missing") == nil)
  }

  @Test func `types tell overloads apart that share their labels`() {
    let file = SourceFile(
      """
      actor State {
        func receive(_ request: RequestVote) -> RequestVote.Reply { todo("") }
        func receive(_ request: AppendEntries) -> AppendEntries.Reply { todo("") }
        func tell(_ all: [String: any Peer], by: Int = 3, _ done: @escaping (Int) -> Void) {}
      }
      """)
    #expect(file.line(of: "receive(_: RequestVote)") == 2)
    #expect(file.line(of: "receive(_: AppendEntries)") == 3)
    #expect(file.line(of: "tell(_: [String:any Peer], by: Int, _: @escaping(Int)->Void)") == 4)
  }

  @Test func `comments and strings hide nothing and accuse nobody`() {
    let calls = SourceFile(source).violations(in: step("first"))
    #expect(calls.map(\.line) == [10])
    #expect(calls.map(\.text) == ["Date"])
    #expect(calls.map(\.rule.id) == ["handed-in.time"])
  }

  @Test func `a step answers for what it calls, and for no other step`() {
    let file = SourceFile(source)
    #expect(file.violations(in: step("increment(pausing:)")).isEmpty)
    #expect(
      file.violations(in: step("increment(upTo:asking:)")).map(\.rule.id) == ["isolation.ending"])
  }

  @Test func `what stands outside of every function belongs to every step`() {
    let file = SourceFile("actor State {\n let started = Date()\n func first() {}\n}")
    #expect(file.violations(in: step("first")).map(\.line) == [2])
  }

  @Test(arguments: [
    ("try await Task.sleep(for: .seconds(1))", "handed-in.time"),
    ("try await Task<Never, Never>.sleep(nanoseconds: 1)", "handed-in.time"),
    ("usleep(10)", "handed-in.time"), ("sleep(1)", "handed-in.time"),
    ("Thread.sleep(forTimeInterval: 1)", "handed-in.time"), ("_ = Date()", "handed-in.time"),
    ("_ = ContinuousClock.now", "handed-in.time"),
    ("_ = Int.random(in: 1...4)", "handed-in.chance"), ("_ = UUID()", "handed-in.chance"),
    ("names.shuffled()", "handed-in.chance"),
    ("DispatchQueue.global().async {}", "handed-in.threads"),
    ("Thread { }.start()", "handed-in.threads"),
    ("final class Box: @unchecked Sendable {}", "isolation.walls"),
    ("nonisolated(unsafe) var x = 1", "isolation.walls"), ("exit(1)", "isolation.ending"),
  ])
  func `forbidden calls and their rules`(_ call: String, _ rule: String) {
    let file = SourceFile("actor State {\n func first() {\n \(call)\n }\n}")
    let violations = file.violations(in: step("first"))
    #expect(violations.map(\.rule.id) == [rule])
    #expect(violations.map(\.line) == [3])
    #expect(violations.allSatisfy { call.replacing("Never, ", with: "Never,").contains($0.text) })
  }

  @Test(arguments: [
    "try await clock.sleep(for: .seconds(1))", "timer.exit(0)", "func sleep(_ n: Int) {}",
    "func sleep() {}; sleep()",
    "names.shuffled(using: &generator)", "Int.random(in: 1...4, using: &generator)",
    "let random = 4", "// Task.sleep", "/* /* exit(0) */ usleep(1) */",
    "_ = \"\"\"\n exit(0)\n \"\"\"",
    "_ = #\"\\(exit(0))\"#", "await Task.yield()", "async let one = read()",
  ])
  func `what looks like a forbidden call and is none`(_ line: String) {
    let file = SourceFile("actor State {\n func first() {\n \(line)\n }\n}")
    #expect(file.violations(in: step("first")).isEmpty)
  }

  @Test func `a file that does not compile is read as far as it goes`() {
    let file = SourceFile("actor State {\n func first( {\n let x = \"no end\n }")
    #expect(file.line(of: "first") == nil)
    #expect(SourceFile("").functions.isEmpty)
  }

  @Test func `the lines on which a step suspends`() {
    #expect(SourceFile(source).suspensions(from: ["first"]) == [6])
  }
}
