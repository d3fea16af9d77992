import Foundation
import Testing

@testable import Grading

/// What the texts tell people to type is tried by `.ci/run`.
@Suite struct TextTests {
  @Test func `every command in a text is one that CI runs`() throws {
    let script = try String(
      contentsOf: House.root.appendingPathComponent(".ci/run"), encoding: .utf8)
    let tried = Set(
      script.matches(of: /(?m)^(?:expect \d+|interrupt '[^']*') '([^']+)'/)
        .map { shape(String($0.1)) })
    #expect(tried.count > 10)
    for text in try texts() {
      for command in commands(in: text.text) {
        #expect(tried.contains(shape(command)), "\(text.path): \(command)")
      }
    }
  }

  @Test func `a rule that a text names is one of the graders'`() throws {
    let sources = House.swiftFiles(in: "Sources/Grading").map(\.text).joined()
    for text in try texts() {
      for match in text.text.matches(of: /`(\d+\.\d+\.[a-z-]+)`/) {
        #expect(sources.contains("\"\(match.1)\""), "\(text.path): \(match.1)")
      }
    }
  }

  @Test func `a link leads to a file`() throws {
    for text in try texts() {
      let folder = House.root.appendingPathComponent(text.path).deletingLastPathComponent()
      for match in text.text.matches(of: /\]\(([^)#:]+)\)/) {
        let target = folder.appendingPathComponent(String(match.1))
        #expect(FileManager.default.fileExists(atPath: target.path), "\(text.path): \(match.1)")
      }
    }
  }

  @Test func `every step has three hints, and no hint is nobody's`() throws {
    for chapter in Curriculum.chapters {
      let text = try String(
        contentsOf: House.root.appendingPathComponent(chapter.hintsPath), encoding: .utf8)
      let headings = text.split(separator: "\n").filter { $0.hasPrefix("## ") }
      #expect(headings.map { String($0.dropFirst(3)) } == chapter.steps.map(\.heading))
      for part in text.components(separatedBy: "\n## ").dropFirst() {
        #expect(
          part.split(separator: "\n").filter { $0.hasPrefix("### ") }
            == ["### Where to look", "### The idea", "### Nearly the code"])
      }
    }
  }

  private func texts() throws -> [(path: String, text: String)] {
    let chapters = Curriculum.chapters.flatMap {
      ["Chapters/\($0.folder)/README.md", $0.hintsPath]
    }
    return try (["README.md", "Solutions/README.md"] + chapters).map { path in
      (
        path,
        try String(contentsOf: House.root.appendingPathComponent(path), encoding: .utf8)
      )
    }
  }

  /// What stands in a code block or between backquotes and begins like a command.
  private func commands(in text: String) -> [String] {
    let spans = text.matches(of: /`((?:swift (?:run|test|build)|CHAPTER=)[^`]*)`/)
      .map { String($0.1).replacing("\n", with: " ") }
    let lines = text.split(separator: "\n").map(String.init)
      .filter {
        $0.hasPrefix("swift run") || $0.hasPrefix("swift test") || $0.hasPrefix("CHAPTER=")
      }
    return spans + lines
  }

  /// A command with every number replaced: which chapter it is does not matter.
  private func shape(_ command: String) -> String {
    command.replacing(/\d+\.\d+/, with: "N.k").replacing(/\d+/, with: "N")
  }
}
