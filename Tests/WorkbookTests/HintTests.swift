import Foundation
import Grading
import Testing

@testable import workbook

@Suite struct HintTests {
  private static let book = """
    # Hints

    ## 1.1 In turn

    ### Where to look

    The first section,
    on `await`.

    - one
    - two

    ### The idea

    A loop.

    ### Nearly the code

    ```swift
    // ## not a heading
    for name in names {
    ```

    ## 1.2 At once
    ### Where to look
    There.
    ### The idea
    This.

    """

  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write(Self.book, to: "Chapters/01-Tasks/Hints.md")
    return folder
  }

  private static let first = """
    1.1 In turn: hint 1 of 3, where to look
      The first section, on `await`.
      - one
      - two


    """
  private static let second = "1.1 In turn: hint 2 of 3, the idea\n  A loop.\n\n"
  private static let third = """
    1.1 In turn: hint 3 of 3, nearly the code
        // ## not a heading
        for name in names {


    """
  private static let more = """
    If that is not enough:
      swift run workbook hint 1.1   the next hint

    """
  private static let end = """
    That was the last hint.
      swift run workbook hint 1.1   all three again
      swift run workbook diff 1.1   the reference

    """

  @Test func `hints come one at a time and then all again`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    for _ in 1...5 { #expect(await folder.type("hint 1.1") == 0) }
    let all = Self.first + Self.second + Self.third + Self.end
    #expect(
      folder.output.text
        == Self.first + Self.more + Self.second + Self.more + Self.third + Self.end + all + all)
    #expect(try folder.read(".workbook/hints.json") == "{\"1.1\":3}\n")
  }

  @Test func `a level can be named`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    #expect(await folder.type("hint 1.1 --level 2") == 0)
    #expect(
      folder.output.text == Self.second + """
        If that is not enough:
          swift run workbook hint 1.1 --level 3   the next hint

        """)
  }

  @Test func `a chapter means its first unwritten step`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    #expect(await folder.type("hint 1") == 0)
    #expect(folder.output.text == Self.first + Self.more)
  }

  @Test func `when everything is written the grader knows`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    try folder.write("public actor State {}", to: "Chapters/01-Tasks/State.swift")
    #expect(await folder.type("hint 1") == 0)
    #expect(
      folder.output.text == """
        Every step of chapter 1 has something written in it. Which one needs a hint?
          swift run workbook check 1   shows it, and names the hint to ask for

        """)
  }

  @Test func `a hint is shown even if it cannot be remembered`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    // A file where the folder would be: it cannot be made, whoever runs this test.
    try folder.write("", to: ".workbook")
    #expect(await folder.type("hint 1.1") == 0)
    #expect(
      folder.output.text == Self.first + """
        The workbook cannot remember which hints you have seen: .workbook/hints.json cannot be \
        written.
          swift run workbook hint 1.1 --level 2   the next hint

        """)
  }

  @Test func `a step without its three hints is said to have none`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    #expect(await folder.type("hint 1.2") == 1)
    #expect(
      folder.errors.text == "Chapters/01-Tasks/Hints.md has no three hints for 1.2 At once.\n")
  }

  @Test func `a missing file is named with its remedy`() async throws {
    let folder = try folder()
    defer { folder.remove() }
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("Chapters/01-Tasks/State.swift"))
    #expect(await folder.type("hint 1") == 1)
    #expect(
      folder.errors.text
        == "Chapters/01-Tasks/State.swift is missing. `swift run workbook reset 1` puts the skeleton "
        + "there.\n")
  }
}
