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
