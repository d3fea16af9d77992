import Foundation
import Grading
import Testing

@testable import workbook

/// What README.md says of the graders.
@Suite struct PublishedTests {
  private let counter = Curriculum.chapters[1]

  private var some: Published {
    var published = Published()
    published.known["2.1"] = .init(killed: 7, mutants: 8, accepted: 1, variants: 1)
    published.generated["2.1"] = .init(made: 17, killed: 12, stillborn: 3, equivalent: 2)
    published.known["2.2"] = .init(killed: 9, mutants: 9, accepted: 0, variants: 0)
    return published
  }

  @Test func `what was not run says so, and so does its chapter`() throws {
    let lines = some.lines
    #expect(
      lines[0]
        == "| step | mutants killed | variants accepted | generated | killed | stillborn "
        + "| equivalent |")
    #expect(lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    #expect(lines.contains("| 2.1 | 7 of 8 | 1 of 1 | 17 | 12 | 3 | 2 |"))
    let notRun = "not run | not run | not run | not run"
    #expect(lines.contains("| 2.2 | 9 of 9 | 0 of 0 | \(notRun) |"))
    #expect(lines.contains("| 2.3 | not run | not run | \(notRun) |"))
    #expect(lines.contains { $0.hasPrefix("| **2 Counter** | **not run** | **not run** |") })
    #expect(lines.count == 2 + Curriculum.chapters.reduce(0) { $0 + 1 + $1.steps.count })
  }

  @Test func `a chapter that was run has its sums`() {
    var published = Published()
    for (place, step) in counter.steps.enumerated() {
      published.known[step.number] = .init(
        killed: place, mutants: place + 1, accepted: 2, variants: 2)
    }
    #expect(
      published.lines.contains {
        $0.hasPrefix("| **2 Counter** | **28 of 36** | **16 of 16** | **not run** |")
      })
  }

  @Test func `what is written can be read again`() {
    #expect(Published(some.lines) == some)
    #expect(Published(["Words of people.", "", "| 9.9 | 1 of 1 |"]) == Published())
  }

  @Test func `a run replaces the rows of its chapters, and no others`() throws {
    var published = some
    published.known["1.1"] = .init(killed: 1, mutants: 1, accepted: 1, variants: 1)
    let mutants = try GeneratedMutant.all(of: counter, solution: Folder.solution(of: counter))
    let own = mutants.filter { $0.step.number == "2.1" }
    let outcomes: [GeneratedOutcome] = [
      .killed(counter.steps[0]), .killed(counter.steps[1]), .stillborn, .equivalent("why"),
      .survived,
    ]
    published.record(Array(zip(own, outcomes).map { (mutant: $0, outcome: $1) }), of: [counter])
    #expect(
      published.generated["2.1"] == .init(made: 5, killed: 2, stillborn: 1, equivalent: 1))
    #expect(
      published.generated["2.2"] == .init(made: 0, killed: 0, stillborn: 0, equivalent: 0))
    published.record([Certificate](), of: [counter])
    #expect(published.known["2.1"] == .init(killed: 0, mutants: 0, accepted: 0, variants: 0))
    #expect(published.known["1.1"] == .init(killed: 1, mutants: 1, accepted: 1, variants: 1))
  }

  @Test func `only the lines between the marks are replaced`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    let first = "Before.\n<!-- certify --record -->\n"
    let last = "<!-- end of certify --record -->\nBehind.\n"
    try folder.write(first + "old\n" + last, to: "README.md")
    try Recorded.certificates.put(["new", "lines"], in: folder.surroundings)
    #expect(try folder.read("README.md") == first + "\nnew\nlines\n\n" + last)
    #expect(try Recorded.certificates.lines(in: folder.surroundings) == ["new", "lines"])
    try Recorded.certificates.put(["new", "lines"], in: folder.surroundings)
    #expect(folder.errors.text == "README.md says so now.\nREADME.md says so already.\n")
    let error = #expect(throws: Trouble.self) {
      try Recorded.figures.put([], in: folder.surroundings)
    }
    #expect(
      error?.description
        == "README.md has no place for this: a line '<!-- bench --record -->', and "
        + "'<!-- end of bench --record -->' below.")
  }

  @Test func `a mutant more is told, with the command that counts it`() throws {
    let folder = try Folder()
    defer { folder.remove() }
    for chapter in Curriculum.chapters {
      try folder.write("## Mutants\n", to: "Tests/Mutants/\(chapter.folder).md")
    }
    try folder.write("- `2.1-logic-0000`: Because.\n", to: Equivalents.path)
    try folder.write(
      "## Mutants\n### a\n- step: 2.1\n- breaks: 2.1.range\n- body: losingSchedule\n"
        + "```swift\n[]\n```\n",
      to: "Tests/Mutants/02-Counter.md")
    var published = Published()
    published.known["2.1"] = .init(killed: 2, mutants: 2, accepted: 0, variants: 0)
    published.generated["2.1"] = .init(made: 17, killed: 17, stillborn: 0, equivalent: 0)
    #expect(
      try published.complaints(in: folder.surroundings) == [
        "README.md says of 2.1: 2 of 2 mutants killed, 0 of 0 variants accepted. It should be: "
          + "1 of 1 mutants killed, 0 of 0 variants accepted. Type: swift run workbook certify 2 "
          + "--record",
        "README.md says of 2.1: 17 generated, 17 killed, 0 stillborn, 0 equivalent. It should be: "
          + "17 generated, 17 killed, 0 stillborn, 1 equivalent. Type: swift run workbook certify 2 "
          + "--generate --record",
      ])
    #expect(try Published().complaints(in: folder.surroundings) == [])
  }

  @Test func `what README says is of the graders as they are`() throws {
    let surroundings = Surroundings(root: Folder.real, screen: .silent)
    let published = Published(try Recorded.certificates.lines(in: surroundings))
    #expect(try published.complaints(in: surroundings) == [])
  }

  @Test(arguments: [
    ("certify 1 --record --only x", "--record is for whole chapters, without --only.\n"),
    (
      "certify 1 --generate --record --sample 3",
      "--record is for whole chapters, without --sample, --only and --list.\n"
    ),
  ])
  func `a part of a chapter is not recorded`(_ line: String, _ said: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    try folder.write("", to: Equivalents.path)
    #expect(await folder.type(line) == 2)
    #expect(folder.errors.text.hasPrefix(said))
  }
}
