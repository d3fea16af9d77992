internal import Foundation
internal import Grading
internal import Platform
internal import Simulator
internal import Synchronization

extension Command {
  static let bench = Command(
    name: "bench", summary: "Measures how fast the workbook is on this machine.",
    usage: ["[--cluster] [--all]"],
    options: [
      .init("--cluster", nil, "measure servers as processes instead: writes, restarts, memory"),
      .init("--all", nil, "measure builds as well: an edit to its verdict, a clean clone to green"),
    ],
    examples: [
      .init("bench", "a few seconds"), .init("bench --cluster", "about a minute"),
      .init("bench --all", "some minutes, with builds"),
    ],
    exits: .plain,
    notes: [
      "Times are measured and compared with what is wanted. No test depends on them: a busy "
        + "machine makes a workbook slow, not wrong."
    ],
    most: 0
  ) { arguments, surroundings in
    let bench = Bench(surroundings: surroundings)
    if arguments.has("--cluster") {
      surroundings.screen.say(Bench.table(try await bench.nodes()))
      return 0
    }
    var figures = [try bench.explorerPace(), try bench.allSchedules()]
    figures += [try await bench.gradingMemory()]
    figures += [try await bench.clusterPace(), try await bench.tracing()]
    figures += [try await bench.thousandRuns()]
    figures += [try await bench.clientPace()] + (try await bench.manyCommands())
    if arguments.has("--all") {
      figures += [try await bench.editToVerdict(), try await bench.cleanClone()]
    }
    surroundings.screen.say(Bench.table(figures))
    return 0
  }
}

/// The measurements behind `bench`.
struct Bench {
  /// What was measured, how it came out, and what is wanted.
  struct Figure {
    let name: String
    let measured: String
    /// Nil where a figure is shown and not judged.
    let wanted: String?
    let isMet: Bool
  }

  let surroundings: Surroundings

  /// The explorer, with nothing but scheduling to do: the median of five runs.
  func explorerPace() throws -> Figure {
    let paces = try (0..<5).map { _ -> Double in
      var jobs = 0
      let time = try ContinuousClock().measure { jobs = try Pace.jobs(calls: 300_000) }
      return Double(jobs) / seconds(time)
    }
    let pace = paces.sorted()[2] / 1_000_000
    return Figure(
      name: "explorer", measured: String(format: "%.2f M jobs/s", pace),
      wanted: "at least 1.40 M jobs/s", isMet: pace >= 1.4)
  }

  func allSchedules() throws -> Figure {
    var coverage = Coverage(schedules: 0, isComplete: false)
    let time = try ContinuousClock().measure { coverage = try Pace.schedules(tasks: 3) }
    return Figure(
      name: "three increments, \(coverage)", measured: describe(time),
      wanted: "under 0.50 s", isMet: seconds(time) < 0.5)
  }

  /// The most memory that grading any step of the references takes.
  func gradingMemory() async throws -> Figure {
    var most = (bytes: 0, step: "")
    for chapter in Curriculum.chapters {
      let result = try await Grader(surroundings).grade(chapter, subject: .solution)
      guard case .graded(let verdicts) = result else {
        throw Trouble("Chapter \(chapter.number) cannot be graded; type '\(Command.line(""))'.")
      }
      for verdict in verdicts where verdict.peakMemory ?? 0 > most.bytes {
        most = (verdict.peakMemory ?? 0, verdict.step.number)
      }
    }
    let megabytes = most.bytes / 1_000_000
    return Figure(
      name: "memory of a grading child, the largest: \(most.step)", measured: "\(megabytes) MB",
      wanted: "under 100 MB", isMet: megabytes < 100)
  }

  /// Five servers of the reference with 50 ms heartbeats and every invariant checked.
  func clusterPace() async throws -> Figure {
    let (time, _) = try await pace(chapter: 3, ["--runs", "1", "--seconds", "400"])
    let pace = 400 / seconds(time)
    return Figure(
      name: "five servers, invariants on",
      measured: String(format: "%.0f virtual s per second", pace),
      wanted: "at least 200 virtual s per second", isMet: pace >= 200)
  }

  /// What it costs to keep every event of a run: the least of three, with and without.
  func tracing() async throws -> Figure {
    var least = [Double.infinity, .infinity]
    for _ in 1...3 {
      for (place, words) in [[], ["--trace", "all"]].enumerated() {
        let (time, _) = try await pace(chapter: 3, ["--runs", "60", "--seconds", "10"] + words)
        least[place] = min(least[place], seconds(time))
      }
    }
    let cost = Int(((least[1] / least[0] - 1) * 100).rounded())
    return Figure(
      name: "tracing every event of a cluster", measured: "\(cost) % more time",
      wanted: "at most 30 % more", isMet: cost <= 30)
  }

  func thousandRuns() async throws -> Figure {
    let (time, _) = try await pace(chapter: 3, ["--runs", "1000", "--seconds", "10"])
    return Figure(
      name: "1,000 seeded clusters of 10 virtual s", measured: describe(time),
      wanted: "under 60.00 s", isMet: seconds(time) < 60)
  }

  /// How long a child takes for so much work of the reference, its start included; what it says.
  func pace(chapter number: Int, _ work: [String]) async throws -> (Duration, [String]) {
    guard let chapter = Curriculum.chapter(number) else {
      throw Trouble("There is no chapter \(number).")
    }
    let runner = try await Grader(surroundings).runner(for: chapter).get()
    let start = ContinuousClock.now
    let lines = try await run(
      runner.path, ["pace", "\(number)", "--subject", "solution"] + work)
    return (ContinuousClock.now - start, lines)
  }

  /// A line of chapter 1 is changed, and `swift test --filter Chapter1` says what it thinks of it:
  /// the median of three, in a copy that is built already.
  func editToVerdict() async throws -> Figure {
    let copy = ScratchCopy("certify/0", of: surroundings.root)
    try copy.synchronize()
    let chapters = Curriculum.chapters
    let solutions = try chapters.map { chapter in
      try Skeleton.stripped(surroundings.read(chapter.solutionPath))
    }
    for (chapter, solution) in zip(chapters, solutions) { try copy.put(solution, in: chapter) }
    try await swift(["test", "--filter", "Chapter1"], in: copy.folder)
    var times: [Duration] = []
    for edit in 1...3 {
      let line = "    var contents: [String] = []\n"
      let edited = solutions[0].replacingOccurrences(
        of: line, with: line + "    contents.reserveCapacity(\(edit))\n")
      try copy.put(edited, in: chapters[0])
      let start = ContinuousClock.now
      try await swift(["test", "--filter", "Chapter1"], in: copy.folder)
      times.append(ContinuousClock.now - start)
    }
    let time = times.sorted()[1]
    return Figure(
      name: "one-line edit to verdict", measured: describe(time), wanted: "at most 3.00 s",
      isMet: seconds(time) <= 3)
  }

  func cleanClone() async throws -> Figure {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await run("git", ["clone", "--quiet", surroundings.root.path, folder.path])
    let start = ContinuousClock.now
    try await swift(["test"], in: folder)
    let time = ContinuousClock.now - start
    return Figure(
      name: "clean clone to green, \(ProcessInfo.processInfo.activeProcessorCount) cores",
      measured: describe(time), wanted: "at most 120.00 s", isMet: seconds(time) <= 120)
  }

  private func swift(_ words: [String], in folder: URL) async throws {
    try await run("swift", words, in: folder)
  }

  /// Runs a program of the PATH to its end, and hands back what it printed.
  ///
  /// - Throws: `Trouble`, with what it printed last, where it does not end well.
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
      let last = lines.withLock { $0.suffix(20) }
      throw Trouble("\(name) \(words[0]) failed:\n" + last.joined(separator: "\n"))
    }
    return lines.withLock { $0 }
  }

  static func table(_ figures: [Figure]) -> [String] {
    let name = figures.map(\.name.count).max() ?? 0
    let measured = figures.map(\.measured.count).max() ?? 0
    return figures.map { figure in
      "  \(figure.wanted == nil ? "·" : figure.isMet ? "✓" : "✗") "
        + figure.name.padding(toLength: name, withPad: " ", startingAt: 0) + "   "
        + String(repeating: " ", count: measured - figure.measured.count) + figure.measured
        + (figure.wanted.map { "   wanted: \($0)" } ?? "")
    }
  }

  func seconds(_ time: Duration) -> Double { Double(time.nanoseconds) / 1e9 }

  func describe(_ time: Duration) -> String { String(format: "%.2f s", seconds(time)) }
}
