import Contracts
import Testing

@testable import Grading

/// Steps, rules and checks fit each other.
@Suite struct CurriculumTests {
  @Test func `steps are numbered through, chapter by chapter`() {
    for chapter in Curriculum.chapters {
      #expect(
        chapter.steps.map(\.number)
          == chapter.steps.indices.map { "\(chapter.number).\($0 + 1)" })
      #expect(
        chapter.folder.hasPrefix(chapter.number < 10 ? "0\(chapter.number)-" : "\(chapter.number)-")
      )
    }
  }

  @Test func `an unknown step is nobody's`() {
    #expect(Curriculum.step("1.99") == nil)
    #expect(Curriculum.step("1.10")?.step.title == "Amdahl's law")
    #expect(Curriculum.chapter(0) == nil)
  }
}
