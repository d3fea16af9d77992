internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// Puts texts in the learner's place of scratch copies, and grades each as a learner's file.
struct Certifier: Sendable {
  /// One text, and how far it is graded.
  struct Job: Sendable {
    let chapter: Chapter
    /// The chapter's files as they are put in the learner's place, by path.
    let files: [String: String]
    let steps: [Step]
    /// Whether the first step that is not settled ends it.
    var stopsAtRefusal = false
    /// How many more clusters the last step plays than it always does.
    var runs = 0
  }

  enum Grade: Sendable {
    case verdicts([Verdict])
    case doesNotCompile(String)
  }

  let surroundings: Surroundings
  /// How many scratch copies work side by side.
  let copies: Int

  /// Grades all `jobs`; the grades stand in the same order.
  ///
  /// - Parameter found: told each grade as it comes, with the job's place in the list.
  func grade(
    _ jobs: [Job], found: @escaping @Sendable (Int, Grade) -> Void = { _, _ in }
  ) async throws -> [Grade] {
    try ScratchCopy.reserveAll(of: surroundings.root)
    let queue = JobQueue(jobs)
    let begun = surroundings.clock.now
    let progress = Progress("preparing the scratch copies …", on: surroundings.screen)
    defer { progress.end() }
    let tell: @Sendable (Int, Grade) -> Void = { [surroundings] index, grade in
      found(index, grade)
      let done = queue.finish()
      let seconds = surroundings.clock.now.timeIntervalSince(begun)
      let left = Int((seconds / Double(done) * Double(jobs.count - done)).rounded(.up))
      let text = "certifying … \(done) of \(jobs.count), about \(left) s left"
      surroundings.screen.progress(text, isNews: done % 10 == 0)
    }
    let grades = try await withThrowingTaskGroup(of: [(Int, Grade)].self) { group in
      for number in 1...max(1, min(copies, jobs.count)) {
        group.addTask { try await work(in: number, on: queue, tell: tell) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return grades.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// One scratch copy's share: it takes jobs from the queue until none is left.
  private func work(
    in number: Int, on queue: JobQueue, tell: @Sendable (Int, Grade) -> Void
  ) async throws -> [(Int, Grade)] {
    let copy = ScratchCopy(number, of: surroundings.root)
    try copy.synchronize()
    let builder = Builder(
      root: copy.folder, screen: .silent, environment: surroundings.environment, executable: nil)
    var grades: [(Int, Grade)] = []
    while let (index, job) = queue.next() {
      for (path, text) in job.files { try copy.put(Data(text.utf8), at: path) }
      grades.append((index, try await grade(job, in: copy, by: builder)))
      tell(index, grades[grades.count - 1].1)
    }
    return grades
  }

  private func grade(
    _ job: Job, in copy: ScratchCopy, by builder: Builder
  ) async throws -> Grade {
    switch try await builder.build(chapter: job.chapter.number) {
    case .failed(let log):
      guard let error = log.errors.first else {
        throw Trouble("The scratch copy does not build:\n" + log.lines.joined(separator: "\n"))
      }
      guard error.file.hasPrefix("Chapters/") || error.file.hasPrefix("Sources/runner/") else {
        throw Trouble("The workbook itself does not build: \(error.head)")
      }
      let text = job.files[error.file] ?? ""
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let code =
        lines.indices.contains(error.line - 1)
        ? ", in: " + lines[error.line - 1].trimmingCharacters(in: .whitespaces) : ""
      return .doesNotCompile(error.message + code)
    case .built(let runner):
      let examiner = Examiner(
        runner: runner, root: copy.folder, draws: false, runs: job.runs)
      var verdicts: [Verdict] = []
      for step in job.steps {
        let verdict = try await examiner.verdict(on: step, of: job.chapter, subject: .learner)
        verdicts.append(verdict)
        if job.stopsAtRefusal, !verdict.isSettled { break }
      }
      return .verdicts(verdicts)
    }
  }
}

/// What is still to be done, handed out one at a time.
private final class JobQueue: Sendable {
  private let jobs: [Certifier.Job]
  private let state = Mutex((next: 0, finished: 0))

  init(_ jobs: [Certifier.Job]) { self.jobs = jobs }

  func next() -> (Int, Certifier.Job)? {
    state.withLock { state in
      guard state.next < jobs.count else { return nil }
      state.next += 1
      return (state.next - 1, jobs[state.next - 1])
    }
  }

  /// Counts one more as done.
  func finish() -> Int {
    state.withLock { state in
      state.finished += 1
      return state.finished
    }
  }
}
