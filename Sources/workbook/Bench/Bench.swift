internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// The measurements behind `bench`.
struct Bench {
  let surroundings: Surroundings
  /// The program that does the work which is measured, built beforehand.
  let runner: URL

  init(_ surroundings: Surroundings) async throws {
    self.surroundings = surroundings
    runner = try await Grader(surroundings).runner(for: Self.replication).get()
  }

  /// The chapter whose reference is measured as processes.
  static var replication: Chapter { Curriculum.chapters[3] }

  /// What needs no more than the build that is there.
  func ownParts() async throws -> [BenchReport.Part] {
    [
      .init(title: "graders", figures: try await graders()),
      .init(title: "clusters in the simulator", figures: try await clusters()),
      .init(title: "pictures", figures: try await pictures()),
      .init(title: "how it grows", figures: try await growth()),
    ]
  }

  /// The compiler that builds here, such as "Swift 6.3.1".
  func toolchain() async throws -> String {
    let lines = try await run("swift", ["--version"])
    let version = lines.lazy.compactMap { $0.firstMatch(of: /Swift version (\S+)/) }.first
    guard let version else { throw Trouble("swift does not say which version it is.") }
    return "Swift \(version.1)"
  }

  /// How long a child takes for so much work of the reference, its start included; what it says.
  func pace(chapter number: Int, _ work: [String]) async throws -> (Duration, [String]) {
    let start = ContinuousClock.now
    let lines = try await run(
      runner.path, ["pace", "\(number)", "--subject", "solution"] + work)
    return (ContinuousClock.now - start, lines)
  }

  /// Runs a program of the PATH to its end, and hands back what it printed.
  ///
  /// - Throws: `Trouble`, with what tells why, where it does not end well.
  @discardableResult
  func run(
    _ program: String, _ words: [String], in folder: URL? = nil
  ) async throws -> [String] {
    let name = URL(fileURLWithPath: program).lastPathComponent
    let progress = Progress("\(name) \(words.joined(separator: " ")) …", on: surroundings.screen)
    defer { progress.end() }
    var environment = surroundings.environment
    environment["CHAPTER"] = nil
    let child = ChildProcess(
      executable: URL(fileURLWithPath: "/usr/bin/env"), arguments: [program] + words,
      environment: environment, directory: folder)
    let lines = Mutex<[String]>([])
    let end = try await child.run { line in lines.withLock { $0.append(line) } }
    guard end == .exited(0) else {
      let telling = Self.telling(lines.withLock { $0 })
      throw Trouble("\(name) \(words[0]) failed:\n" + telling.joined(separator: "\n"))
    }
    return lines.withLock { $0 }
  }

  /// The lines of a program that failed which tell why: the errors and the tests that failed, or
  /// the last lines where it names none. At most 20.
  static func telling(_ lines: [String]) -> [String] {
    let errors = lines.filter { $0.contains("error:") || $0.contains("✘") }
    return errors.isEmpty ? lines.suffix(20) : Array(errors.prefix(20))
  }

  /// Hands `body` a folder that is gone afterwards.
  func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }
}
