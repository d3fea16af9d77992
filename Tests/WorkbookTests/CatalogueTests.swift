import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct CatalogueTests {
  private static let text = """
    # Chapter 1, Tasks: mistakes and variants

    ## Mutants

    ### reads-nothing
    - step: 1.1
    - breaks: 1.1.contents

    Why somebody would.

    - body: readInTurn

    ```swift
    return []
    ```

    ### two-places
    - step: 1.6
    - breaks: 1.6.wakes
    - body: fulfill
    - body: value()

    ```swift
    if true {
      return false
    }
    ```
    Then:
    ```swift
    return 0
    ```

    ### swapped
    - step: 1.3
    - breaks: 1.3.order

    ```swift find
    contents[place] = text
    ```
    ```swift replace
    contents.append(text)
    ```

    ## Variants

    ### in-one-line
    - step: 1.10
    - body: speedup

    ```swift
    1 / (1 - fraction + fraction / Double(workers))
    ```
    """

  private let tasks = Curriculum.chapters[0]

  @Test func `an entry has a step, a rule and changes`() {
    let catalogue = Catalogue(Self.text, file: "M.md")
    #expect(catalogue.errors == [])
    #expect(
      catalogue.mutants.map(\.name) == ["reads-nothing", "two-places", "swapped", "in-one-line"])
    #expect(catalogue.mutants.map(\.step.number) == ["1.1", "1.6", "1.3", "1.10"])
    #expect(catalogue.mutants.map(\.breaks) == ["1.1.contents", "1.6.wakes", "1.3.order", nil])
    #expect(catalogue.mutants.map(\.place.line) == [5, 17, 33, 46])
    #expect(
      catalogue.mutants[1].edits == [
        .init(kind: .body("fulfill", ["if true {", "  return false", "}"]), line: 20),
        .init(kind: .body("value()", ["return 0"]), line: 21),
      ])
    #expect(
      catalogue.mutants[2].edits == [
        .init(
          kind: .replace(["contents[place] = text"], with: ["contents.append(text)"]), line: 37)
      ])
  }

  @Test func `an entry is applied to the solution without its markers`() throws {
    let solution = try Folder.solution(of: tasks)
    let mutants = Catalogue(Self.text, file: "M.md").mutants
    let texts = try mutants.map { try $0.applied(to: solution) }
    #expect(!texts.contains { $0.contains("// BEGIN") || $0.contains("todo(") })
    #expect(texts[0].contains("async throws -> [String] {\n    return []\n  }\n"))
    #expect(
      texts[1].contains("-> Bool {\n    if true {\n      return false\n    }\n  }\n"))
    #expect(texts[1].contains("func value() async -> Int {\n    return 0\n  }\n"))
    #expect(
      texts[2]
        == (try Skeleton.stripped(solution)).replacingOccurrences(
          of: "contents[place] = text", with: "contents.append(text)"))
  }

  /// A catalogue's text after `## Mutants`, and what is wrong with it.
  @Test(arguments: [
    ("### a\n- step: 1.1\n- body: x\n```swift\ny\n```", "M.md:2: a: '- breaks: RULE' is missing"),
    ("### a\n- breaks: r\n- body: x\n```swift\ny\n```", "M.md:2: a: '- step: N.k' is missing"),
    (
      "### a\n- step: 1.99\n- breaks: r\n- body: x\n```swift\ny\n```",
      "M.md:3: there is no step 1.99, M.md:2: a: '- step: N.k' is missing"
    ),
    ("### a\n- step: 1.1\n- breaks: r", "M.md:2: a: it changes nothing: no code follows"),
    (
      "### a\n- step: 1.1\n- breaks: r\n- body: x",
      "M.md:5: a: the body of x has no ```swift fence"
    ),
    (
      "### a\n- step: 1.1\n- breaks: r\n```swift\ny\n```",
      "M.md:5: this code has no '- body: name' line before it, "
        + "M.md:2: a: it changes nothing: no code follows"
    ),
    (
      "### a\n- step: 1.1\n- breaks: r\n```swift find\ny\n```",
      "M.md:5: a: no ```swift replace follows"
    ),
    (
      "### a\n- step: 1.1\n- breaks: r\n- body: x\n```swift\ny",
      "M.md:6: this fence is not closed, M.md:5: a: the body of x has no ```swift fence"
    ),
    ("## Others", "M.md:2: there is no section 'Others': only Mutants and Variants"),
    (
      "### a\n- step: 1.1\n- breaks: r\n- body: x\n```swift\ny\n```\n"
        + "## Variants\n### a\n- step: 1.1\n- body: x\n```swift\nz\n```",
      "M.md:10: there are two entries called 'a'"
    ),
    (
      "## Variants\n### a\n- step: 1.1\n- breaks: r\n- body: x\n```swift\nz\n```",
      "M.md:3: a: a variant breaks no rule"
    ),
  ])
  func `a mistake is named with its file and line`(_ text: String, _ problems: String) {
    let errors = Catalogue("## Mutants\n" + text, file: "M.md").errors.map(\.description)
    #expect(Set(errors) == Set(problems.components(separatedBy: ", ")))
  }

  @Test(arguments: [
    ("- body: nowhere\n```swift\nx\n```", "the solution has no function nowhere"),
    (
      "```swift find\nnot there\n```\n```swift replace\nx\n```",
      "the text to find is not in the solution"
    ),
    (
      "```swift find\nlet twice = 1\n```\n```swift replace\nx\n```",
      "the text to find is in the solution 2 times, and must be there once"
    ),
  ])
  func `a change that does not fit is named with its file and line`(
    _ change: String, _ problem: String
  ) throws {
    let text = "## Mutants\n### a\n- step: 1.1\n- breaks: r\n" + change
    let mutant = try #require(Catalogue(text, file: "M.md").mutants.first)
    let solution = "func a() {\n  let twice = 1\n}\nfunc b() {\n    let twice = 1\n}\n"
    let error = #expect(throws: CatalogueError.self) { try mutant.applied(to: solution) }
    #expect(error?.description == "M.md:5: \(problem)")
  }

  @Test func `a base name that several functions have needs labels`() throws {
    let counter = Curriculum.chapters[1]
    let text = "## Mutants\n### a\n- step: 2.2\n- breaks: r\n- body: increment\n```swift\nx\n```"
    let mutant = try #require(Catalogue(text, file: "M.md").mutants.first)
    let error = #expect(throws: CatalogueError.self) {
      try mutant.applied(to: try Folder.solution(of: counter))
    }
    #expect(
      error?.description
        == "M.md:5: there are several functions increment: say which, with its labels")
  }

  @Test func `twins and copies of the solution are found before anything is built`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(
      """
      ## Mutants
      ### one
      - step: 1.1
      - breaks: r
      - body: readInTurn
      ```swift
      return []
      ```
      ### other
      - step: 1.1
      - breaks: r
      - body: readInTurn
      ```swift

        return []
      ```
      ### none
      - step: 1.4
      - breaks: r
      - body: load
      ```swift
      let disk = disk
      return try await threads.run { try disk.readBlocking(name) }
      ```
      """, to: "Tests/Mutants/01-Tasks.md")
    #expect(await folder.type("certify 1") == 1)
    #expect(
      folder.errors.text
        == "Tests/Mutants/01-Tasks.md:9: other is the same code as one\n"
        + "Tests/Mutants/01-Tasks.md:17: none is the same code as the solution\n")
    #expect(!folder.exists(".build"))
  }

  @Test func `a name that is not there gets a suggestion`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(Self.text, to: "Tests/Mutants/01-Tasks.md")
    #expect(await folder.type("certify 1 --only two-place") == 2)
    #expect(
      folder.errors.text
        == "There is no mutant or variant 'two-place'. Did you mean 'two-places'?\n"
        + "  swift run workbook help certify\n")
  }
}

@Suite struct CertificateTests {
  private let tasks = Curriculum.chapters[0]

  private func mutant(_ name: String, breaks: String?) -> Mutant {
    Mutant(
      name: name, place: Place(file: "M.md", line: 7), step: tasks.steps[1], file: nil,
      breaks: breaks, edits: [])
  }

  private func verdicts(_ rules: [String?]) -> [Verdict] {
    zip(tasks.steps, rules).map { step, rule in
      Verdict(
        step: step, status: rule == nil ? .passed : .failed,
        finding: rule.map { Finding(Rule($0, "The rule.", section: "§1"), "It happened.") })
    }
  }

  @Test func `a mutant is killed at its step by its rule and in no other way`() {
    func outcome(_ breaks: String?, _ rules: [String?]) -> Certificate.Outcome {
      Certificate(of: mutant("m", breaks: breaks), verdicts: verdicts(rules)).outcome
    }
    #expect(outcome("1.2.a", [nil, "1.2.a"]) == .killed)
    #expect(outcome("1.2.a", [nil, nil]) == .survived)
    #expect(outcome("1.2.a", [nil, "1.2.b"]) == .blamed(step: "1.2", rule: "1.2.b"))
    #expect(outcome("1.2.a", ["1.1.a", "1.2.a"]) == .blamed(step: "1.1", rule: "1.1.a"))
    #expect(outcome(nil, [nil, nil, nil]) == .accepted)
    #expect(
      outcome(nil, [nil, nil, "1.3.a"])
        == .refused(step: "1.3", rule: "1.3.a", message: "It happened."))
    let extra = Curriculum.chapters[3].steps[10]
    let open = Verdict(step: extra, status: .todo, unwritten: extra.heading)
    #expect(Certificate(of: mutant("m", breaks: nil), verdicts: [open]).outcome == .accepted)
  }

  @Test func `the matrix shows each step of each mutant and what went wrong`() {
    let certificates = [
      Certificate(of: mutant("killed", breaks: "1.2.a"), verdicts: verdicts([nil, "1.2.a"])),
      Certificate(of: mutant("survivor", breaks: "1.2.a"), verdicts: verdicts([nil, nil])),
      Certificate(of: mutant("typo", breaks: "1.2.a"), doesNotCompile: "cannot find 'x' in scope"),
      Certificate(
        of: mutant("right", breaks: nil), verdicts: verdicts(Array(repeating: nil, count: 10))),
    ]
    let matrix = KillMatrix(chapter: tasks, certificates: certificates, style: .plain)
    #expect(
      matrix.lines == [
        "01 Tasks",
        "  mutants   1.1  1.2  1.3  1.4  1.5  1.6  1.7  1.8  1.9  1.10",
        "  killed      ✓    ✗    ·    ·    ·    ·    ·    ·    ·     ·",
        "  survivor    ✓    ✓    ·    ·    ·    ·    ·    ·    ·     ·",
        "  typo        ·    ·    ·    ·    ·    ·    ·    ·    ·     ·",
        "",
        "  variants  1.1  1.2  1.3  1.4  1.5  1.6  1.7  1.8  1.9  1.10",
        "  right       ✓    ✓    ✓    ✓    ✓    ✓    ✓    ✓    ✓     ✓",
        "",
        "  M.md:7: survivor survived: nothing found that it breaks 1.2.a.",
        "  M.md:7: typo does not compile: cannot find 'x' in scope",
      ])
    #expect(
      KillMatrix.summary(certificates)
        == "1 of 3 mutants killed at their step by their rule, 1 of 1 variants accepted; 1 survived; "
        + "1 do not compile.")
    let narrow = KillMatrix(
      chapter: tasks, certificates: certificates, style: Style(width: 60, isColoured: false))
    #expect(
      narrow.lines[3...4] == ["  killed", "    ✓    ✗    ·    ·    ·    ·    ·    ·    ·     ·"])
  }
}
