internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// What came of grading a chapter.
enum ChapterResult: Sendable {
  case graded([Verdict])
  case problem(ChapterProblem)
}

/// Builds and grades chapters, so that a mistake in one never hides another.
struct Grader: Sendable {
  let surroundings: Surroundings
  private let builder: Builder

  init(_ surroundings: Surroundings) {
    self.surroundings = surroundings
    builder = Builder(surroundings)
  }

  /// Grades the chapter, or some steps of it.
  ///
  /// - Parameter runs: how many more clusters its last step plays than it always does.
  ///
  /// The plain build comes first, for it is the one that `swift test` and the board share: going
  /// back and forth between it and a build of one chapter costs a second or two each time.
  func grade(
    _ chapter: Chapter, steps: [Step]? = nil, subject: Subject = .learner, runs: Int = 0
  ) async throws -> ChapterResult {
    if let problem = try ChapterProblem.find(in: chapter, of: surroundings) {
      return .problem(problem)
    }
    let isWhole = try Curriculum.chapters.allSatisfy {
      try ChapterProblem.find(in: $0, of: surroundings) == nil
    }
    if isWhole {
      switch try await builder.build() {
      case .built(let runner):
        return .graded(try await verdicts(chapter, steps, subject, runner, runs: runs))
      case .failed(let log):
        if let problem = try problem(in: log, of: chapter) { return .problem(problem) }
      }
    }
    return try await gradeAlone(chapter, steps: steps, subject: subject, runs: runs)
  }

  /// Grades every chapter, telling each result as it comes.
  func gradeAll(_ tell: (Chapter, ChapterResult) throws -> Void) async throws {
    var problems: [Chapter: ChapterProblem] = [:]
    for chapter in Curriculum.chapters {
      problems[chapter] = try ChapterProblem.find(in: chapter, of: surroundings)
    }
    var runner: URL?
    if problems.isEmpty {
      switch try await builder.build() {
      case .built(let program): runner = program
      case .failed(let log):
        for chapter in Curriculum.chapters {
          problems[chapter] = try problem(in: log, of: chapter)
        }
        if problems.isEmpty, log.concernsSources { throw Self.broken(log) }
      }
    }
    for chapter in Curriculum.chapters {
      if let problem = problems[chapter] {
        try tell(chapter, .problem(problem))
      } else if let runner {
        try tell(chapter, .graded(try await verdicts(chapter, nil, .learner, runner)))
      } else {
        try tell(chapter, try await gradeAlone(chapter, steps: nil, subject: .learner, runs: 0))
      }
    }
  }

  /// A runner that has the chapter in it, or what is wrong with the chapter.
  func runner(for chapter: Chapter) async throws -> Result<URL, Trouble> {
    if let problem = try ChapterProblem.find(in: chapter, of: surroundings) {
      return .failure(Trouble(problem.sentence(for: chapter)))
    }
    if case .built(let runner) = try await builder.build() { return .success(runner) }
    switch try await builder.build(chapter: chapter.number) {
    case .built(let runner): return .success(runner)
    case .failed(let log):
      guard let problem = try problem(in: log, of: chapter) else { throw Self.broken(log) }
      return .failure(Trouble(problem.sentence(for: chapter)))
    }
  }

  /// Builds with this chapter alone, and grades it.
  private func gradeAlone(
    _ chapter: Chapter, steps: [Step]?, subject: Subject, runs: Int
  ) async throws -> ChapterResult {
    switch try await builder.build(chapter: chapter.number) {
    case .built(let runner):
      return .graded(try await verdicts(chapter, steps, subject, runner, runs: runs))
    case .failed(let log):
      guard let problem = try problem(in: log, of: chapter) else { throw Self.broken(log) }
      return .problem(problem)
    }
  }

  private func problem(in log: BuildLog, of chapter: Chapter) throws -> ChapterProblem? {
    let solution = try surroundings.read(chapter.solutionPath)
    return ChapterProblem.find(in: log, for: chapter, solution: solution)
  }

  private func verdicts(
    _ chapter: Chapter, _ steps: [Step]?, _ subject: Subject, _ runner: URL, runs: Int = 0
  ) async throws -> [Verdict] {
    let examiner = Examiner(runner: runner, root: surroundings.root, runs: runs)
    let progress = Progress("grading chapter \(chapter.number) …", on: surroundings.screen)
    defer { progress.end() }
    if let steps {
      var verdicts: [Verdict] = []
      for step in steps {
        verdicts.append(try await examiner.verdict(on: step, of: chapter, subject: subject))
      }
      return verdicts
    }
    let done = Mutex(0)
    return try await examiner.verdicts(on: chapter, subject: subject) { _ in
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress.update(
        "grading chapter \(chapter.number) … \(count) of \(chapter.steps.count) steps")
    }
  }

  /// The build failed, and no chapter is to blame.
  private static func broken(_ log: BuildLog) -> Trouble {
    let errors = log.errors.map { "  \($0.head)" }
    let shown = errors.isEmpty ? log.lines.suffix(20).map { "  \($0)" } : errors
    return Trouble(
      "The workbook itself does not build, and no chapter is the reason. The build says:\n"
        + shown.joined(separator: "\n"))
  }
}

extension BuildLog {
  /// Whether something outside the chapters does not compile.
  var concernsSources: Bool { errors.contains { !$0.file.hasPrefix("Chapters/") } }
}
