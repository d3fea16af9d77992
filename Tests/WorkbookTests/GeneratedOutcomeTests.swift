import Grading
import Testing

@testable import workbook

@Suite struct GeneratedOutcomeTests {
  private let tasks = Curriculum.chapters[0]

  private func verdicts(_ statuses: [Verdict.Status]) -> Certifier.Grade {
    .verdicts(zip(tasks.steps, statuses).map { Verdict(step: $0, status: $1) })
  }

  @Test func `any step kills, and what is listed as right may not be killed`() {
    let (first, second) = (tasks.steps[0], tasks.steps[1])
    #expect(GeneratedOutcome(verdicts([.failed]), reason: nil) == .killed(first))
    #expect(GeneratedOutcome(verdicts([.passed, .timeout]), reason: nil) == .killed(second))
    #expect(GeneratedOutcome(verdicts([.passed, .passed]), reason: nil) == .survived)
    #expect(GeneratedOutcome(verdicts([.passed]), reason: "why") == .equivalent("why"))
    #expect(GeneratedOutcome(verdicts([.crashed]), reason: "why") == .belied(first))
    #expect(GeneratedOutcome(.doesNotCompile("x"), reason: nil) == .stillborn)
    #expect(GeneratedOutcome.survived.isGood == false)
    #expect(GeneratedOutcome.belied(first).isGood == false)
    #expect(GeneratedOutcome.equivalent("why").isGood)
  }

  @Test func `the table counts each step's outcomes`() throws {
    let mutants = try GeneratedMutant.all(of: tasks, solution: Folder.solution(of: tasks))
    let own = mutants.filter { $0.step.number == "1.5" }
    let outcomes: [GeneratedOutcome] = [
      .killed(tasks.steps[4]), .killed(tasks.steps[3]), .stillborn, .equivalent("why"), .survived,
    ]
    let table = GeneratedTable(
      chapters: [tasks], results: Array(zip(own, outcomes).map { (mutant: $0, outcome: $1) }),
      style: .plain)
    #expect(
      table.lines == [
        "  step    made  killed  by another step  stillborn  equivalent  unexplained",
        "  1.5        5       2                1          1           1            1",
        "  all        5       2                1          1           1            1",
      ])
  }

  @Test func `a survivor is told with its change and what to do about it`() throws {
    let mutants = try GeneratedMutant.all(of: tasks, solution: Folder.solution(of: tasks))
    let mutant = try #require(mutants.first { $0.id == "1.6-boolean-f832" })
    let complaint = try #require(GeneratedPlan.complaint(.survived))
    #expect(
      GeneratedPlan.lines(mutant, complaint, style: .plain) == [
        "Solutions/01-Tasks/State.swift:97: 1.6-boolean-f832 survived: no check refuses it. Add one, or say",
        "  in Tests/Mutants/equivalent.md why it is right.",
        "    - guard fulfilled == nil else { return false }",
        "    + guard fulfilled == nil else { return true }",
      ])
    #expect(
      GeneratedPlan.complaint(.belied(tasks.steps[2]))
        == "is listed as right, and step 1.3 refused it: take it out of "
        + "Tests/Mutants/equivalent.md.")
    #expect(GeneratedPlan.complaint(.killed(tasks.steps[2])) == nil)
  }

  @Test func `the list shows every mutant and grades none`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write("# Right\n\n- `1.6-boolean-f832`: Because.\n", to: Equivalents.path)
    #expect(await folder.type("certify 1 --generate --list --only 1.6-boolean-f832") == 0)
    #expect(
      folder.output.text == """
        Solutions/01-Tasks/State.swift:97: 1.6-boolean-f832 is right: Because.
            - guard fulfilled == nil else { return false }
            + guard fulfilled == nil else { return true }
        1 mutant

        """)
    #expect(!folder.exists(".build"))
  }
}
