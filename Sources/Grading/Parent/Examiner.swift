public import Foundation
internal import Platform
internal import Simulator

/// The parent's side of grading: one child process a step, so that a trap, an endless loop or
/// `exit()` costs that step and no other. This process never runs code under test.
public struct Examiner: Sendable {
  public let runner: URL
  private let root: URL
  private let draws: Bool
  private let runs: Int

  /// Where the pictures of broken rules are, from the workbook's folder on.
  public static let pictures = ".workbook/pictures"

  /// The seconds that a step may take in all, however slow the machine is.
  public static let limit = Duration.seconds(60)

  /// With more runs, a step may take more of them.
  private var limit: Duration { Self.limit + .seconds(runs) }

  /// The bytes that a child may print. What comes after them is lost, its last words as well.
  public static let outputLimit = 16 << 20

  /// - Parameters:
  ///   - runner: the program that links the chapters and runs checks.
  ///   - root: the workbook's folder.
  ///   - draws: whether a learner's broken rule leaves a picture there, where it can be drawn.
  ///   - runs: how many more clusters are played than the checks of a chapter's last step do.
  public init(runner: URL, root: URL, draws: Bool = true, runs: Int = 0) {
    self.runner = runner
    self.root = root
    self.draws = draws
    self.runs = runs
  }

  /// Grades one step.
  ///
  /// - Throws: where the runner cannot be started, or has no such chapter.
  public func verdict(on step: Step, of chapter: Chapter, subject: Subject) async throws -> Verdict
  {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let report = folder.appendingPathComponent("report")
    let log = folder.appendingPathComponent("log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let child = ChildProcess(
      executable: runner,
      arguments: ["check", step.number, "--subject", subject.rawValue, "--report", report.path]
        + (runs > 0 ? ["--runs", "\(runs)"] : []) + pictureArguments(for: step, subject),
      environment: Self.environment)
    let output = try FileHandle(forWritingTo: log)
    let end = try await child.run(output: output, limit: limit)
    try? output.close()
    let lines = ReportLine.read((try? Data(contentsOf: report)) ?? Data())
    let printed = Self.end(of: log)
    let paths = paths(of: chapter, subject)
    let ended = EndedChild(
      lines: lines, text: printed.text, end: end, limit: limit,
      isCutOff: printed.size >= Self.outputLimit)
    guard !ended.isMissing else { throw RunnerFailed(output: printed.text) }
    return ended.verdict(
      on: step, file: paths[0], source: sourceFile(paths[0]),
      others: paths.dropFirst().map { ($0, sourceFile($0)) }, earlier: chapter.requiredSteps)
  }

  /// Has the child leave a picture, and takes away that of the last time.
  private func pictureArguments(for step: Step, _ subject: Subject) -> [String] {
    guard draws, subject == .learner else { return [] }
    let folder = root.appendingPathComponent(Self.pictures)
    try? FileManager.default.removeItem(
      at: folder.appendingPathComponent("\(step.number).html"))
    return ["--pictures", folder.path]
  }

  /// Grades every step of a chapter, two at a time, telling each verdict as it comes.
  public func verdicts(
    on chapter: Chapter, subject: Subject,
    progress: @escaping @Sendable (Verdict) -> Void = { _ in }
  ) async throws -> [Verdict] {
    try await withThrowingTaskGroup(of: (Int, Verdict).self) { group in
      var verdicts: [Int: Verdict] = [:]
      for (index, step) in chapter.steps.enumerated() {
        if index >= 2, let (done, verdict) = try await group.next() {
          verdicts[done] = verdict
          progress(verdict)
        }
        group.addTask { (index, try await verdict(on: step, of: chapter, subject: subject)) }
      }
      for try await (index, verdict) in group {
        verdicts[index] = verdict
        progress(verdict)
      }
      return chapter.steps.indices.compactMap { verdicts[$0] }
    }
  }

  /// The files that are judged; the one that holds the steps comes first.
  private func paths(of chapter: Chapter, _ subject: Subject) -> [String] {
    guard subject == .solution else { return chapter.paths }
    return [chapter.solutionPath]
      + (chapter.inheritance.map { [chapter.solutionPath(of: $0)] } ?? [])
  }

  /// The end of what a child printed, which is where a crash stands, and the size of it all.
  ///
  /// Code that prints without an end may go on after the watchdog has spoken: its line comes first.
  static func end(of log: URL) -> (text: String, size: Int) {
    guard let data = try? Data(contentsOf: log) else { return ("", 0) }
    let end = data.suffix(256 << 10)
    var text = String(decoding: end, as: UTF8.self)
    if let found = data.range(of: Data("watchdog: ".utf8)), found.lowerBound < end.startIndex {
      let line = data[found.lowerBound...].prefix { $0 != UInt8(ascii: "\n") }
      text = String(decoding: line, as: UTF8.self) + "\n" + text
    }
    return (text, data.count)
  }

  private func sourceFile(_ path: String) -> SourceFile {
    let url = root.appendingPathComponent(path)
    return SourceFile((try? String(contentsOf: url, encoding: .utf8)) ?? "")
  }

  /// What a child needs to be the same every time, and to say where it crashed.
  public static let environment: [String: String] = {
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFT_DETERMINISTIC_HASHING"] = "1"
    environment["SWIFT_BACKTRACE"] =
      "enable=yes,color=no,interactive=no,threads=crashed,images=none,registers=none,"
      + "sanitize=no,cache=yes,limit=32,output-to=stderr"
    return environment
  }()
}

/// The runner did not get as far as the first check.
public struct RunnerFailed: Error, CustomStringConvertible {
  public let output: String
  public var description: String {
    output.isEmpty ? "the grader did not start" : output
  }
}

/// A child that has ended, and what it left behind.
struct EndedChild {
  let lines: [ReportLine]
  let text: String
  let end: ChildEnd
  /// What it was given.
  var limit = Examiner.limit
  /// Whether it printed more than was kept.
  var isCutOff = false

  /// Whether it ended before it checked anything.
  var isMissing: Bool { lines.isEmpty }

  /// What that says about the step.
  ///
  /// - Parameters:
  ///   - file: the path of the file that holds the steps, and `source` what is in it.
  ///   - others: more files that every step needs, each with its path.
  ///   - earlier: the steps that one without a body of its own is made of.
  func verdict(
    on step: Step, file: String, source: SourceFile,
    others: [(path: String, source: SourceFile)] = [], earlier: [Step] = []
  ) -> Verdict {
    let home = source.line(of: step).map { Place(file: file, line: $0) }
    let judged = judgement(on: step, home: home, file: file, source: source)
    guard judged.status != .todo else { return judged }
    let violations =
      source.violations(in: step).map { (file, $0) }
      + others.flatMap { other in
        Forbidden.calls(in: other.source.tokens, declared: Set(other.source.functions.map(\.name)))
          .map { (other.path, $0) }
      }
    if let (path, violation) = violations.first {
      return Verdict(
        step: step, status: .failed, finding: Messages.forbidden(violation),
        place: Place(file: path, line: violation.line), printed: judged.printed)
    }
    // What nobody has begun to write is not wrong, whatever does not happen without it.
    guard judged.status != .passed,
      let unwritten = source.isUnwritten(step)
        ? step : step.functions.isEmpty ? earlier.first(where: source.isUnwritten) : nil
    else { return judged }
    let place = source.line(of: unwritten).map { Place(file: file, line: $0) }
    return Verdict(step: step, status: .todo, place: place, unwritten: unwritten.heading)
  }

  private func judgement(
    on step: Step, home: Place?, file: String, source: SourceFile
  ) -> Verdict {
    // Where the code waits, if it can wait in one place only.
    let suspensions = source.suspensions(from: step.functions)
    let wait = suspensions.count == 1 ? Place(file: file, line: suspensions[0]) : home
    var checking: (rule: Rule, call: String)?
    var isPreparing = false
    let last = lines.last { if case .failed = $0 { true } else { false } }
    for line in lines {
      switch line {
      case .checking(let rule, let call):
        checking = (rule, call)
        isPreparing = false
      case .preparing: isPreparing = true
      case .passed(let memory):
        return Verdict(step: step, status: .passed, peakMemory: memory)
      case .unwritten where isPreparing: break
      case .unwritten(let heading, let path, let line):
        return Verdict(
          step: step, status: .todo, place: Place(file: Self.relative(path), line: line),
          unwritten: heading)
      case .failed where line != last: break
      case .failed(let finding):
        return Verdict(
          step: step, status: .failed, finding: finding, place: home,
          printed: CrashLog(text, signal: nil).printed)
      case .stuck(let finding):
        return Verdict(
          step: step, status: .timeout, finding: finding, place: wait,
          printed: CrashLog(text, signal: nil).printed)
      }
    }
    if isPreparing { return Verdict(step: step, status: .passed) }
    guard let checking else { return Verdict(step: step, status: .crashed, place: home) }
    return crash(on: step, home: home, wait: wait, rule: checking.rule, call: checking.call)
  }

  private func crash(
    on step: Step, home: Place?, wait: Place?, rule: Rule, call: String
  ) -> Verdict {
    var signal: Int32?
    if case .signalled(let number) = end { signal = number }
    let log = CrashLog(text, signal: signal)
    func verdict(_ status: Verdict.Status, _ finding: Finding) -> Verdict {
      Verdict(
        step: step, status: status, finding: finding,
        place: log.place ?? (status == .timeout ? wait : home), printed: log.printed)
    }
    if isCutOff {
      let reason = "it printed more than \(Examiner.outputLimit >> 20) MB"
      return verdict(.timeout, Messages.noAnswer(rule, calling: call, reason: reason))
    }
    if let silence = log.silence {
      return verdict(.timeout, Messages.noAnswer(rule, calling: call, reason: silence))
    }
    switch end {
    case .timedOut:
      let reason = "the check was still running after \(Messages.describe(limit))"
      return verdict(.timeout, Messages.noAnswer(rule, calling: call, reason: reason))
    case .exited(let code):
      return verdict(.crashed, Messages.endedTheProcess(rule, calling: call, code: code))
    case .signalled:
      return verdict(.crashed, Messages.crashed(rule, calling: call, reason: log.reason))
    }
  }

  /// A compiler's absolute path, from the workbook's folder on.
  private static func relative(_ path: String) -> String {
    for folder in ["Chapters/", "Solutions/"] {
      if let range = path.range(of: folder, options: .backwards) {
        return String(path[range.lowerBound...])
      }
    }
    return path
  }
}
