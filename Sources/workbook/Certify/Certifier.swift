internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// Applies mutants in scratch copies, and grades each as a learner's file is graded.
struct Certifier: Sendable {
  /// One mutant, ready to be put in a learner's place.
  struct Job: Sendable {
    let chapter: Chapter
    let mutant: Mutant
    let text: String
  }

  let surroundings: Surroundings
  /// How many scratch copies work side by side.
  let copies: Int

  /// Grades all `jobs`, in the order given.
  func certify(_ jobs: [Job]) async throws -> [Certificate] {
    let folder = surroundings.url(".build/certify")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard FileLock.take(folder.appendingPathComponent("lock")) else {
      throw Trouble("Another 'certify' is running in this workbook. Wait for it, or end it.")
    }
    let queue = JobQueue(jobs)
    let begun = surroundings.clock.now
    let progress = Progress("preparing the scratch copies …", on: surroundings.screen)
    defer { progress.end() }
    let tell: @Sendable () -> Void = { [surroundings] in
      let done = queue.finish()
      let seconds = surroundings.clock.now.timeIntervalSince(begun)
      let left = Int((seconds / Double(done) * Double(jobs.count - done)).rounded(.up))
      let text = "certifying … \(done) of \(jobs.count), about \(left) s left"
      surroundings.screen.progress(text, isNews: done % 10 == 0)
    }
    let found = try await withThrowingTaskGroup(of: [(Int, Certificate)].self) { group in
      for number in 1...max(1, min(copies, jobs.count)) {
        group.addTask { try await work(in: number, on: queue, tell: tell) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    return found.sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// One scratch copy's share: it takes mutants from the queue until none is left.
  private func work(
    in number: Int, on queue: JobQueue, tell: @Sendable () -> Void
  ) async throws -> [(Int, Certificate)] {
    let copy = ScratchCopy("certify/\(number)", of: surroundings.root)
    try copy.synchronize()
    let builder = Builder(
      root: copy.folder, screen: .silent, environment: surroundings.environment, executable: nil)
    var certificates: [(Int, Certificate)] = []
    while let (index, job) = queue.next() {
      try copy.put(job.text, in: job.chapter)
      certificates.append((index, try await certificate(for: job, in: copy, by: builder)))
      tell()
    }
    return certificates
  }

  private func certificate(
    for job: Job, in copy: ScratchCopy, by builder: Builder
  ) async throws -> Certificate {
    switch try await builder.build(chapter: job.chapter.number) {
    case .failed(let log):
      guard let error = log.errors.first else {
        throw Trouble("The scratch copy does not build:\n" + log.lines.joined(separator: "\n"))
      }
      guard error.file.hasPrefix("Chapters/") || error.file.hasPrefix("Sources/runner/") else {
        throw Trouble("The workbook itself does not build: \(error.head)")
      }
      let lines = job.text.split(separator: "\n", omittingEmptySubsequences: false)
      let code =
        lines.indices.contains(error.line - 1) && error.file.hasPrefix("Chapters/")
        ? ", in: " + lines[error.line - 1].trimmingCharacters(in: .whitespaces) : ""
      return Certificate(of: job.mutant, doesNotCompile: error.message + code)
    case .built(let runner):
      let examiner = Examiner(runner: runner, root: copy.folder, draws: false)
      var verdicts: [Verdict] = []
      for step in job.chapter.steps {
        verdicts.append(
          try await examiner.verdict(on: step, of: job.chapter, subject: .learner))
        if !job.mutant.isVariant, step == job.mutant.step { break }
      }
      return Certificate(of: job.mutant, verdicts: verdicts)
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
