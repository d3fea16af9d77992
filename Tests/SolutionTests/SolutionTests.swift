import Foundation
import Grading
import Testing

/// The workbook's folder, which holds this file as Tests/SolutionTests/SolutionTests.swift.
private let root = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
private final class BundleAnchor {}

private var products: URL {
  #if os(macOS)
    Bundle(for: BundleAnchor.self).bundleURL.deletingLastPathComponent()
  #else
    Bundle.main.bundleURL
  #endif
}

/// The chapters that this build holds: one, where CHAPTER is set, and all otherwise.
private let chapters: [Chapter] = {
  guard let only = ProcessInfo.processInfo.environment["CHAPTER"].flatMap({ Int($0) }) else {
    return Curriculum.chapters
  }
  return Curriculum.chapters.filter { $0.number == only }
}()

/// The reference, graded exactly as a learner's file is.
@Suite(.serialized) struct Reference {
  @Test("passes", arguments: chapters.flatMap { chapter in chapter.steps.map(\.number) })
  func passes(_ number: String) async throws {
    let (chapter, step) = try #require(Curriculum.step(number))
    let examiner = Examiner(runner: products.appendingPathComponent("runner"), root: root)
    let verdict = try await examiner.verdict(on: step, of: chapter, subject: .solution)
    #expect(verdict.status == .passed, Comment(rawValue: Messages.testLines(for: verdict)))
  }
}
