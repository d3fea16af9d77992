import Foundation
import Grading
import Platform

/// The program that links the chapters and runs the learner's code: always a child of another.
@main struct Runner {
  static func main() {
    ProcessGuard.writeLineByLine()
    ProcessGuard.endWithParent()
    ProcessGuard.limit(memory: 2 << 30, fileSize: 16 << 20)
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count == 6, words[0] == "check", words[2] == "--subject", words[4] == "--report",
      let (chapter, step) = Curriculum.step(words[1]), let subject = Subject(rawValue: words[3])
    else { fail("usage: runner check STEP --subject learner|solution --report FILE", code: 64) }
    guard let checks = checks(on: step.number, of: chapter.number, subject: subject) else {
      fail("chapter \(chapter.number) is not part of this build", code: 69)
    }
    Examination.run(checks, reportPath: words[5])
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
  }
}
