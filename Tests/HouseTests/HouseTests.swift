import Foundation
import Testing

@testable import Grading

/// The order of the house. The picture of the floors here is the one that counts.
@Suite struct HouseTests {
  @Test(House.untouched) func `the top level holds six names, dot files besides`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: House.root.path)
      .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
    #expect(
      Set(names) == ["Package.swift", "README.md", "Chapters", "Sources", "Tests", "Solutions"])
  }

  @Test func `the package depends on no other`() throws {
    let manifest = try String(
      contentsOf: House.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    #expect(!manifest.contains(".package("))
  }

  /// What each module may import of this house: what stands on lower floors.
  private static let floors: [String: Set<String>] = [
    "Raft": [],
    "Contracts": ["Raft"],
    "Traces": ["Raft"],
    "Platform": [],
    "Solutions": ["Contracts", "Raft"],
    "Simulator": ["Traces", "Platform", "Contracts", "Raft"],
    "Grading": ["Simulator", "Traces", "Platform", "Contracts", "Raft"],
    "Dashboard": ["Node", "Traces", "Platform"],
    "Node": ["Traces", "Platform", "Contracts", "Raft"],
    "runner": [
      "Dashboard", "Grading", "Node", "Simulator", "Traces", "Platform", "Contracts", "Raft",
    ],
    "workbook": [
      "Dashboard", "Grading", "Simulator", "Traces", "Platform", "Contracts", "Raft",
    ],
  ]

  /// What comes with the toolchain.
  private static let toolchain: Set<String> = [
    "Foundation", "Dispatch", "Synchronization", "_Concurrency",
  ]

  private static let system: Set<String> = ["Glibc", "Musl", "Darwin"]

  @Test func `an import only goes down`() {
    for file in House.swiftFiles(in: "Sources", "Solutions") {
      guard let below = Self.floors[file.module] else {
        Issue.record("\(file.path) is in a room that the picture of the floors does not have")
        continue
      }
      for name in imports(of: file) where !Self.toolchain.contains(name) {
        let isChapter = name.hasPrefix("Chapter") || name.hasPrefix("Solution")
        let isAllowed =
          below.contains(name) || (isChapter && file.module == "runner")
          || (Self.system.contains(name) && file.module == "Platform")
        #expect(isAllowed, "\(file.path) imports \(name)")
      }
    }
  }

  private func imports(of file: House.File) -> [String] {
    file.lines.compactMap { line in
      let words = line.split(separator: " ").drop { $0.hasPrefix("@") }
      guard let place = words.firstIndex(of: "import"), place <= words.startIndex + 1,
        place + 1 < words.endIndex
      else { return nil }
      return String(words[place + 1].prefix { $0 != "." })
    }
  }

  @Test func `files have at most 300 lines, and lines at most 100 columns`() {
    for file in House.swiftFiles(in: "Sources", "Solutions", "Tests") {
      #expect(file.lines.count <= 301, "\(file.path)")
      for (number, line) in file.lines.enumerated() where line.count > 100 {
        // A string that tests hold word for word may be as long as it is.
        #expect(file.path.hasPrefix("Tests/"), "\(file.path):\(number + 1)")
      }
    }
  }

  @Test func `functions have at most 70 lines`() {
    for file in House.swiftFiles(in: "Sources", "Solutions", "Tests") {
      for function in SourceFile(file.text).functions {
        let lines = (function.tokens.last?.line ?? function.line) - function.line + 1
        #expect(lines <= 70, "\(file.path):\(function.line) \(function.name)")
      }
    }
  }

  @Test(House.untouched) func `a skeleton has at most 150 lines`() {
    for file in House.swiftFiles(in: "Chapters") {
      #expect(file.lines.count <= 151, "\(file.path)")
    }
  }

  @Test func `time, chance and threads are handed in outside of Platform`() {
    // Where a module meets the real world on purpose, and says why at the place.
    let exceptions: [String: Set<String>] = [
      "Sources/Simulator/RuntimeHooks.swift": ["handed-in.time", "isolation.walls"],
      "Sources/Simulator/Watchdog.swift": ["handed-in.time", "handed-in.threads"],
      "Sources/Grading/Child/Examination.swift": ["isolation.ending"],
      "Sources/Grading/Parent/Examiner.swift": ["handed-in.chance"],
      "Sources/Grading/Parent/Examiner+Tests.swift": ["handed-in.chance"],
      "Sources/Grading/Counter/RealThreads.swift": ["handed-in.threads"],
      "Sources/Contracts/Todo.swift": ["isolation.ending"],
    ]
    let files = House.swiftFiles(in: "Sources", "Solutions")
      .filter { $0.module != "Platform" && $0.module != "workbook" && $0.module != "runner" }
    let declared = Set(files.flatMap { SourceFile($0.text).functions.map(\.name) })
    for file in files {
      for call in Forbidden.calls(in: SourceFile(file.text).tokens, declared: declared) {
        // One thread alone touches what is unchecked there: the simulation's, or an event loop's.
        let isConfined =
          call.rule.id == "isolation.walls"
          && ["Simulator", "Node", "Dashboard"].contains(file.module)
        #expect(
          isConfined || exceptions[file.path]?.contains(call.rule.id) == true,
          "\(file.path):\(call.line) \(call.text)")
      }
    }
  }

  @Test(House.untouched)
  func `every chapter has its text, its hints, its skeleton and its reference`() {
    for chapter in Curriculum.chapters {
      for path in [
        "Chapters/\(chapter.folder)/README.md", chapter.hintsPath, chapter.statePath,
        chapter.solutionPath,
      ] {
        let size = (try? Data(contentsOf: House.root.appendingPathComponent(path)))?.count ?? 0
        #expect(size > 0, "\(path) is missing or empty")
      }
    }
  }

  @Test func `there is a test for every step of every chapter`() throws {
    for chapter in Curriculum.chapters {
      let file = House.root
        .appendingPathComponent("Tests/ChapterTests/Chapter\(chapter.number).swift")
      let text = try String(contentsOf: file, encoding: .utf8)
      for step in chapter.steps {
        #expect(
          text.contains(
            "@Test func `\(step.heading)`() async throws { try await grade(\"\(step.number)\") }"))
      }
      #expect(text.components(separatedBy: "@Test").count - 1 == chapter.steps.count)
    }
  }
}
