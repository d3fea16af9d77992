// swift-tools-version: 6.2
import PackageDescription

// Every chapter is two modules with the same file name and the same type name:
//   Chapters/01-Tasks/State.swift   is the module Chapter01, the learner's;
//   Solutions/01-Tasks/State.swift  is the module Solution01, the reference.
let allChapters = ["01-Tasks", "02-Counter", "03-Elections", "04-Replication"]

// CHAPTER=1 leaves the other chapters out of the build, and the tests that ask for all of them: the
// way out when one does not compile.
let onlyChapter = Context.environment["CHAPTER"].flatMap(Int.init)
let chapters = allChapters.filter { onlyChapter == nil || Int($0.prefix(2)) == onlyChapter }
let present = chapters.map { SwiftSetting.define("CHAPTER_\($0.prefix(2))") }

func module(_ prefix: String, _ chapter: String) -> String { prefix + chapter.prefix(2) }
func dependencies(on prefix: String) -> [Target.Dependency] {
  chapters.map { .byName(name: module(prefix, $0)) }
}

// Floor by floor, from the ground up: an import only goes down.
let support: [Target] = [
  .target(name: "Raft"),
  .target(name: "Contracts", dependencies: ["Raft"]),
  .target(name: "Traces", dependencies: ["Raft"]),
  .target(name: "Platform"),
  .target(name: "Simulator", dependencies: ["Traces", "Platform", "Contracts", "Raft"]),
  .target(
    name: "Grading", dependencies: ["Simulator", "Traces", "Platform", "Contracts", "Raft"]),
  .target(name: "Node", dependencies: ["Traces", "Platform", "Contracts", "Raft"]),
  .target(
    name: "Dashboard", dependencies: ["Node", "Traces", "Platform"],
    resources: [.embedInCode("Shared"), .embedInCode("Picture"), .embedInCode("Live")]),
  .executableTarget(
    name: "runner",
    dependencies: [
      "Dashboard", "Grading", "Node", "Simulator", "Traces", "Platform", "Contracts",
    ]
      + dependencies(on: "Chapter") + dependencies(on: "Solution"),
    swiftSettings: present),
  .executableTarget(
    name: "workbook",
    dependencies: ["Dashboard", "Grading", "Simulator", "Traces", "Platform", "Contracts", "Raft"]),
]

let chapterTests = Target.testTarget(
  name: "ChapterTests", dependencies: ["Grading", "runner"], swiftSettings: present)

// The tests of the workbook itself, which ask for every chapter.
let ownTests: [Target] = [
  // Servers that keep the contracts of chapters 3 and 4, for several rooms' tests.
  .target(name: "Sketches", dependencies: ["Contracts", "Raft"], path: "Tests/Sketches"),
  .testTarget(name: "SolutionTests", dependencies: ["Grading", "runner"]),
  .testTarget(name: "RaftTests", dependencies: ["Raft"]),
  .testTarget(name: "ContractTests", dependencies: ["Sketches", "Contracts", "Raft"]),
  .testTarget(name: "TraceTests", dependencies: ["Traces", "Raft"]),
  .testTarget(
    name: "SimulatorTests",
    dependencies: ["Simulator", "Traces", "Sketches", "Contracts", "Raft"]),
  .testTarget(
    name: "GradingTests",
    dependencies: [
      "Grading", "Simulator", "Traces", "Contracts", "Raft", "Platform", "Sketches",
    ]),
  .testTarget(
    name: "NodeTests",
    dependencies: ["Node", "runner", "Traces", "Platform", "Contracts", "Raft", "Sketches"]),
  .testTarget(
    name: "DashboardTests",
    dependencies: [
      "workbook", "Dashboard", "Grading", "Simulator", "Traces", "Platform", "Sketches", "Raft",
    ]),
  .testTarget(
    name: "WorkbookTests",
    dependencies: [
      "workbook", "Dashboard", "Grading", "Node", "Simulator", "Traces", "Platform", "Contracts",
      "Raft",
    ]),
  .testTarget(name: "HouseTests", dependencies: ["Grading"]),
]

let tests = [chapterTests] + (onlyChapter == nil ? ownTests : [])

for target in support + tests {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
    ]
}

// What every check and every message runs through is optimized even in a debug build: a grader has
// to be fast, and so has a server.
for target in support
where ["Raft", "Contracts", "Traces", "Platform", "Simulator", "Node"].contains(
  target.name)
{
  target.swiftSettings?.append(.unsafeFlags(["-O"]))
}

let package = Package(
  name: "raft-workbook",
  platforms: [.macOS(.v15)],
  targets: support + tests
    + chapters.flatMap { chapter -> [Target] in
      [
        .target(
          name: module("Chapter", chapter), dependencies: ["Contracts", "Raft"],
          path: "Chapters/\(chapter)", exclude: ["README.md", "Hints.md"]),
        .target(
          name: module("Solution", chapter), dependencies: ["Contracts", "Raft"],
          path: "Solutions/\(chapter)"),
      ]
    },
  swiftLanguageModes: [.v6]
)
