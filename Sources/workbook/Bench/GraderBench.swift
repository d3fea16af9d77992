internal import Foundation
internal import Grading
internal import Platform
internal import Simulator

/// What checks are made of: the explorer, and the children that grade.
extension Bench {
  func graders() async throws -> [Figure] {
    [try explorerPace(), try allSchedules(), try await gradingMemory()]
  }

  /// The explorer, with nothing but scheduling to do: the median of five runs.
  private func explorerPace() throws -> Figure {
    let paces = try (0..<5).map { _ -> Double in
      var jobs = 0
      let time = try ContinuousClock().measure { jobs = try Pace.jobs(calls: 300_000) }
      return Double(jobs) / time.inSeconds
    }
    return Figure(
      "explorer", .init(number: paces.sorted()[2] / 1_000_000, unit: "M jobs/s", digits: 2),
      wanted: .atLeast(1.4))
  }

  private func allSchedules() throws -> Figure {
    var coverage = Coverage(schedules: 0, isComplete: false)
    let time = try ContinuousClock().measure { coverage = try Pace.schedules(tasks: 3) }
    return Figure("three increments, \(coverage)", .seconds(time), wanted: .under(0.5))
  }

  /// The most memory that grading any step of the references takes.
  private func gradingMemory() async throws -> Figure {
    var most = (bytes: 0, step: "")
    let examiner = Examiner(runner: runner, root: surroundings.root)
    for chapter in Curriculum.chapters {
      let progress = Progress("grading chapter \(chapter.number) …", on: surroundings.screen)
      defer { progress.end() }
      for verdict in try await examiner.verdicts(on: chapter, subject: .solution)
      where verdict.peakMemory ?? 0 > most.bytes {
        most = (verdict.peakMemory ?? 0, verdict.step.number)
      }
    }
    return Figure(
      "memory of a grading child, the largest: \(most.step)", .megabytes(most.bytes),
      wanted: .under(100))
  }
}
