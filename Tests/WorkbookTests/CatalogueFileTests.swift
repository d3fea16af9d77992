import Grading
import Testing

@testable import workbook

/// Mistakes in a chapter's other file: in what it takes over from the chapter before.
@Suite struct CatalogueFileTests {
  private func entry(_ name: String, file: String, body: String) -> String {
    """
    ### \(name)
    - step: 4.10
    - file: \(file)
    - breaks: 4.10.elects
    - body: lead
    ```swift
    \(body)
    ```

    """
  }

  @Test func `an entry says which file it changes`() throws {
    let catalogue = Catalogue(
      "## Mutants\n" + entry("idle", file: "Elections.swift", body: "role = .leader"), file: "M.md")
    #expect(catalogue.errors == [])
    let idle = try #require(catalogue.mutants.first)
    #expect(idle.file == "Elections.swift")
    let solved = "  func lead() {\n    // FROM 3.4 becomeLeader\n    todo()\n    // END 3.4\n  }"
    #expect(try idle.applied(to: solved) == "  func lead() {\n    role = .leader\n  }")
  }

  @Test func `an entry may be whole files, in a folder of their own`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let text = """
      ## Variants
      ### other
      - step: 4.10
      - whole: Different/04-Other
      - runs: 1000

      Written apart.

      ### nowhere
      - step: 4.10
      - whole: Different/Nowhere
      """
    try folder.write(text, to: "Tests/Mutants/04-Replication.md")
    try folder.write("actor State {}", to: "Tests/Mutants/Different/04-Other/State.swift")
    let chapter = Curriculum.chapters[3]
    let error = #expect(throws: Trouble.self) {
      try CertifyPlan(chapters: [chapter], only: nil).jobs(in: folder.surroundings)
    }
    #expect(
      error?.description
        == "Tests/Mutants/04-Replication.md:9: nowhere: no learner's file of chapter 4 is in "
        + "Tests/Mutants/Different/Nowhere")
    try folder.write("// no elections", to: "Tests/Mutants/Different/Nowhere/Elections.swift")
    let jobs = try CertifyPlan(chapters: [chapter], only: nil).jobs(in: folder.surroundings)
    #expect(jobs.map(\.job.runs) == [1_000, 0])
    #expect(jobs[0].job.files["Chapters/04-Replication/State.swift"] == "actor State {}")
    #expect(jobs[1].job.files["Chapters/04-Replication/Elections.swift"] == "// no elections")
    #expect(jobs[0].job.files["Chapters/04-Replication/Elections.swift"]?.contains("vote") == true)
    #expect(jobs[0].job.steps == chapter.steps)
  }

  @Test(arguments: [
    (
      "### a\n- step: 1.1\n- whole: W\n- body: x\n```swift\ny\n```",
      "M.md:2: a: it is whole in W, and changes the solution as well"
    ),
    ("### a\n- step: 1.1\n- whole: W\n- runs: many", "M.md:5: 'many' is no number of runs"),
  ])
  func `a mistake in such an entry is named with its line`(_ text: String, _ problem: String) {
    let errors = Catalogue("## Variants\n" + text, file: "M.md").errors.map(\.description)
    #expect(errors == [problem])
  }

  @Test func `twins are found in that file, and so is a file that nobody writes in`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write(
      "## Mutants\n"
        + entry("one", file: "Elections.swift", body: "role = .leader")
        + entry("other", file: "Elections.swift", body: "role = .leader")
        + entry("nowhere", file: "Reference.swift", body: "role = .leader"),
      to: "Tests/Mutants/04-Replication.md")
    #expect(await folder.type("certify 4") == 1)
    #expect(
      folder.errors.text
        == "Tests/Mutants/04-Replication.md:10: other is the same code as one\n"
        + "Tests/Mutants/04-Replication.md:18: nowhere: no learner's file is called\n"
        + "Chapters/04-Replication/Reference.swift\n")
  }
}
