internal import Foundation
internal import Grading
internal import Platform

/// What somebody waits for who has just cloned the workbook, and then changes a line.
extension Bench {
  func builds() async throws -> [Figure] {
    try await withFolder { folder in
      try await run("git", ["clone", "--quiet", surroundings.root.path, folder.path])
      let start = ContinuousClock.now
      try await run("swift", ["test"], in: folder)
      let time = ContinuousClock.now - start
      return [
        Figure("clean clone to green", .seconds(time), wanted: .atMost(120)),
        try await editToVerdict(in: folder),
      ]
    }
  }

  /// A line of chapter 1 is changed, and `swift test --filter Chapter1` says what it thinks of it:
  /// the median of three, in a copy that is built already.
  private func editToVerdict(in folder: URL) async throws -> Figure {
    let chapter = Curriculum.chapters[0]
    let solution = try Skeleton.stripped(surroundings.read(chapter.solutionPath))
    let line = "    var contents: [String] = []\n"
    var times: [Duration] = []
    for edit in 0...3 {
      let edited = solution.replacingOccurrences(
        of: line, with: line + "    contents.reserveCapacity(\(edit))\n")
      try Data(edited.utf8).write(to: folder.appendingPathComponent(chapter.statePath))
      let start = ContinuousClock.now
      try await run("swift", ["test", "--filter", "Chapter1"], in: folder)
      // The first is no edit: the whole solution takes the skeleton's place.
      if edit > 0 { times.append(ContinuousClock.now - start) }
    }
    return Figure("one-line edit to verdict", .seconds(times.sorted()[1]), wanted: .atMost(3))
  }
}
