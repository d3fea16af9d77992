import Foundation
import Grading
import Platform
import Synchronization

@testable import workbook

/// A workbook's folder for one test, with the real solutions and fresh skeletons.
struct Folder {
  let url: URL
  let output = Recorder()
  let errors = Recorder()

  /// The folder of the workbook that these tests belong to.
  static let real = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-test-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try write("// the manifest", to: "Package.swift")
    for chapter in Curriculum.chapters {
      let solution = try Self.solution(of: chapter)
      try write(solution, to: chapter.solutionPath)
      try write(try Skeleton.cut(solution), to: chapter.statePath)
      guard let inheritance = chapter.inheritance else { continue }
      let solved = try String(
        contentsOf: Self.real.appendingPathComponent(chapter.solutionPath(of: inheritance)),
        encoding: .utf8)
      try write(solved, to: chapter.solutionPath(of: inheritance))
      try write(solved, to: chapter.path(of: inheritance))
    }
  }

  static func solution(of chapter: Chapter) throws -> String {
    try String(contentsOf: real.appendingPathComponent(chapter.solutionPath), encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to path: String) throws {
    let file = url.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  func read(_ path: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(path), encoding: .utf8)
  }

  func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(path).path)
  }

  /// The paths below a folder, sorted.
  func list(_ path: String) -> [String] {
    let below = FileManager.default.enumerator(atPath: url.appendingPathComponent(path).path)
    return (below?.compactMap { $0 as? String } ?? []).sorted()
  }

  var screen: Screen {
    Screen(
      style: .plain, output: { [output] in output.add($0) }, errors: { [errors] in errors.add($0) })
  }

  /// 2026-11-20T21:15:07, wherever the test runs.
  var surroundings: Surroundings {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .current
    let parts = DateComponents(year: 2026, month: 11, day: 20, hour: 21, minute: 15, second: 7)
    return Surroundings(
      root: url, screen: screen, clock: .stopped(at: calendar.date(from: parts) ?? .distantPast))
  }

  /// Types a command line, and gives the exit code.
  func type(_ line: String) async -> Int32 {
    let surroundings = surroundings
    return await CommandLineReader(commands: Command.all, screen: surroundings.screen)
      .run(line.split(separator: " ").map(String.init)) { surroundings }
  }
}

/// What was written.
final class Recorder: Sendable {
  private let written = Mutex("")

  var text: String { written.withLock { $0 } }
  func add(_ text: String) { written.withLock { $0 += text } }
}
