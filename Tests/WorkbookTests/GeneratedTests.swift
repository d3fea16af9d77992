import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct GeneratedTests {
  private let tasks = Curriculum.chapters[0]

  /// What is made of one body, as the operator's name and the lines that take the old ones' place.
  private func made(of code: String) throws -> [(name: String, code: String)] {
    let solution = "func f() {\n// BEGIN 1.1 In turn\n\(code)\n// END 1.1\n}\n"
    return try GeneratedMutant.all(of: tasks, solution: solution).map { mutant in
      (
        name: String(mutant.id.dropFirst("1.1-".count).dropLast("-0000".count)),
        code: mutant.change.text(context: 0).filter { $0.sign == "+" }.map(\.text)
          .joined(separator: "\n")
      )
    }
  }

  @Test(arguments: [
    ("comparison", "a == b", ["a != b"]), ("comparison", "a != b", ["a == b"]),
    ("comparison", "a < b", ["a <= b", "a > b"]), ("comparison", "a >= b", ["a > b", "a <= b"]),
    ("comparison", "a <= b", ["a < b", "a >= b"]), ("comparison", "a > b", ["a >= b", "a < b"]),
    ("comparison", "x.sorted(by: >)", ["x.sorted(by: >=)", "x.sorted(by: <)"]),
    ("comparison", "let x: [Box<Int>] = f { -> Int in 1 }", []),
    ("drop-guard", "guard a else { return }", [""]),
    ("drop-guard", "guard a else {\n  f()\n  return\n}", [""]),
    ("drop-recheck", "await f()\nguard a else { return }", [""]),
    (
      "drop-recheck", "guard await f(), a < b else { return }",
      ["guard await f() else { return }"]
    ),
    (
      "drop-conjunct", "if a, f(b, c), let d {\n}",
      ["if f(b, c), let d {", "if a, let d {", "if a, f(b, c) {"]
    ),
    ("always", "if a == b { f() }", ["if true { f() }"]),
    ("always", "if let a { f() }", []), ("always", "if a, b { f() }", []),
    ("negate", "while f(a, b) { g() }", ["while !(f(a, b)) { g() }"]),
    ("negate", "if !a { f() }", ["if a { f() }"]),
    ("negate", "if !a || b { f() }", ["if !(!a || b) { f() }"]),
    ("negate", "if a == b { f() }", []), ("negate", "guard let a else { return }", []),
    (
      "early-check", "guard await f(), a < b else { return }",
      ["guard a < b, await f() else { return }"]
    ),
    ("early-check", "guard a < b, await f() else { return }", []),
    ("drop-assignment", "a = b", [""]), ("drop-assignment", "a[f(b)] += c", [""]),
    ("drop-assignment", "a = Task {\n  await f()\n}", [""]),
    ("drop-assignment", "for a in b { c = a }", ["for a in b {  }"]),
    ("drop-assignment", "let a = b", []),
    ("drop-call", "f(a)", [""]), ("drop-call", "a[b]?.f { c }", [""]),
    ("drop-call", "try await a.f(\n  b,\n  c)", [""]), ("drop-call", "_ = f()", [""]),
    ("drop-call", "return f(a)", []), ("drop-call", "let a = f()", []),
    ("drop-call", "if f() { return }", []),
    ("drop-jump", "for a in b {\n  if c { continue }\n}", ["  if c {  }"]),
    ("swap-arguments", "f(a, b(c))", ["f(b(c), a)"]),
    ("swap-arguments", "f(a: 1.0, b: c)", ["f(a: c, b: 1.0)"]),
    ("swap-arguments", "f(a, b: c)", []), ("swap-arguments", "max(a, b)", []),
    ("swap-arguments", "f(a, b, c)", ["f(b, a, c)", "f(c, b, a)", "f(a, c, b)"]),
    ("swap-arguments", "f(\n  a: b,\n  c: d)", ["  a: d, c: b)"]),
    (
      "off-by-one", "f(2, $0, a.1, 0)",
      ["f(3, $0, a.1, 0)", "f(1, $0, a.1, 0)", "f(2, $0, a.1, 1)"]
    ),
    ("off-by-one", "a = b.next", ["a = b", "a = b.next.next"]),
    ("off-by-one", "f(b.previous)", ["f(b)", "f(b.previous.previous)"]),
    ("logic", "a && b", ["a || b"]), ("logic", "a || b", ["a && b"]),
    ("drop-operand", "let a = b && c(d)", ["let a = c(d)", "let a = b"]),
    (
      "drop-operand", "return a || b && c",
      ["return b && c", "return a", "return a || c", "return a || b"]
    ),
    ("boolean", "f(true)", ["f(false)"]), ("boolean", "return false", ["return true"]),
    ("min-max", "min(a, b)", ["max(a, b)"]),
    ("min-max", "a.values.max() ?? b", ["a.values.min() ?? b"]),
    ("min-max", "f(min: a)", []),
    ("arithmetic", "a + b", ["a - b"]), ("arithmetic", "a -= b", ["a += b"]),
    ("arithmetic", "f(-b)", []),
  ])
  func `an operator changes what it is meant to, and that alone`(
    _ name: String, _ code: String, _ wanted: [String]
  ) throws {
    #expect(try made(of: code).filter { $0.name == name }.map(\.code) == wanted)
  }

  @Test func `comments and strings are never changed`() throws {
    let code = """
      // guard a == 1 else { return true }
      /* f(a, b); a = b */ let x = "if 1 < 2 && true { min(a, b) }"
      let y = #"a == b, c \\"# // a + b
      """
    #expect(try made(of: code).isEmpty)
    // What a string interpolates is code.
    #expect(
      try made(of: "let x = \"1 == \\(a == b)\"").map(\.code) == ["let x = \"1 == \\(a != b)\""])
  }

  @Test func `only marked bodies are changed, and each mutant differs from all others`() throws {
    for chapter in Curriculum.chapters {
      let solution = try Folder.solution(of: chapter)
      let mutants = try GeneratedMutant.all(of: chapter, solution: solution)
      #expect(mutants.count > 80)
      #expect(Set(mutants.map(\.id)).count == mutants.count)
      #expect(Set(mutants.map(\.text)).count == mutants.count)
      let skeleton = try Skeleton.cut(solution).split(separator: "\n")
      for mutant in mutants {
        // What is left of the solution is what the skeleton has, in its order.
        var rest = mutant.text.split(separator: "\n")[...]
        for line in skeleton where !line.contains("todo(") {
          guard let place = rest.firstIndex(of: line) else {
            Issue.record("\(mutant.id) has lost: \(line)")
            break
          }
          rest = rest[(place + 1)...]
        }
      }
    }
  }

  @Test func `an id depends on the code and not on its place`() throws {
    let solution = try Folder.solution(of: tasks)
    let ids = try GeneratedMutant.all(of: tasks, solution: solution).map(\.id)
    #expect(ids == (try GeneratedMutant.all(of: tasks, solution: solution).map(\.id)))
    let moved =
      "// A line more.\n" + solution.replacing("    total += chunk", with: "      total += chunk")
    #expect(ids == (try GeneratedMutant.all(of: tasks, solution: moved).map(\.id)))
    #expect(ids.contains("1.6-boolean-f832"))
    let changed = solution.replacing("fulfilled == nil", with: "nil == fulfilled")
    let others = try GeneratedMutant.all(of: tasks, solution: changed).map(\.id)
    #expect(Set(ids).subtracting(others).allSatisfy { $0.hasPrefix("1.6-") })
    #expect(Set(ids) != Set(others))
  }

  @Test func `a sample depends on its seed and keeps the order`() throws {
    let all = try GeneratedMutant.all(of: tasks, solution: Folder.solution(of: tasks))
    let drawn = GeneratedPlan.draw(10, of: all, seed: 7).map(\.id)
    #expect(drawn.count == 10)
    #expect(drawn == GeneratedPlan.draw(10, of: all, seed: 7).map(\.id))
    #expect(drawn != GeneratedPlan.draw(10, of: all, seed: 8).map(\.id))
    #expect(drawn == all.map(\.id).filter(drawn.contains))
    #expect(GeneratedPlan.draw(1_000, of: all, seed: 1).count == all.count)
  }

  @Test func `every mutant that is listed as right is one that is made`() throws {
    let text = try String(
      contentsOf: Folder.real.appendingPathComponent(Equivalents.path), encoding: .utf8)
    let equivalents = Equivalents(text)
    #expect(equivalents.errors == [])
    let mutants = try Curriculum.chapters.flatMap { chapter in
      try GeneratedMutant.all(of: chapter, solution: Folder.solution(of: chapter))
    }
    #expect(equivalents.gone(from: mutants, of: Curriculum.chapters) == [])
  }

  @Test func `a list of equivalents that does not hold is refused before anything is built`()
    async throws
  {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(
      "# Right\n\n- `1.1-negate-0000`: It was.\n- no id\n- `1.2-x-1`: a\n- `1.2-x-1`: b\n"
        + "- `2.1-negate-0000`: Of another chapter.\n", to: Equivalents.path)
    #expect(await folder.type("certify 1 --generate") == 1)
    #expect(
      folder.errors.text == """
        Tests/Mutants/equivalent.md:4: an entry is one line: - `ID`: the reason
        Tests/Mutants/equivalent.md:6: 1.2-x-1 stands here twice
        Tests/Mutants/equivalent.md: no operator makes 1.1-negate-0000 any more; take it out.
        Tests/Mutants/equivalent.md: no operator makes 1.2-x-1 any more; take it out.

        """)
    #expect(!folder.exists(".build"))
  }

  @Test(arguments: [
    ("certify 1 --list", "--list goes with --generate."),
    ("certify 1 --sample 3", "--sample goes with --generate."),
    ("certify 1 --generate --seed 3", "--seed goes with --sample."),
    ("certify 1 --generate --only x --sample 1", "--only and --sample do not go together."),
    (
      "certify 1 --generate --only 1.6-boolean-f833",
      "There is no generated mutant '1.6-boolean-f833'. Did you mean '1.6-boolean-f832'?"
    ),
  ])
  func `options that do not go together say so`(_ line: String, _ message: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write("# Right\n", to: Equivalents.path)
    #expect(await folder.type(line) == 2)
    #expect(folder.errors.text == message + "\n  swift run workbook help certify\n")
  }
}
