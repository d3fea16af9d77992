internal import Foundation
internal import Grading
internal import Platform

extension Command {
  static let certify = Command(
    name: "certify",
    summary: "Grades the graders: known mistakes must be found, right answers not.",
    usage: ["[N] [--only NAME] [--copies C]"],
    arguments: [.init("N", "a chapter; without it, all of them")],
    options: [
      .init("--only", "NAME", "this one mutant or variant"),
      .init("--copies", "C", "scratch copies that work side by side; as many as there are cores"),
    ],
    examples: [
      .init("certify 1", "all of Tests/Mutants/01-Tasks.md"),
      .init("certify --only reads-at-once", "one entry"),
    ],
    exits: [
      .init("0", "every mutant is killed at its step by its rule, and every variant accepted"),
      .init("1", "one is not, or something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
    ],
    notes: [
      "Each mutant is put in the learner's place of a scratch copy in .build/certify; your files "
        + "are only read. In the matrix, ✓ is a step that passed, ✗ one that did not, · one that "
        + "was not judged."
    ]
  ) { arguments, surroundings in
    let chapters = arguments.words.isEmpty ? Curriculum.chapters : [try arguments.chapter()]
    let copies = try arguments.number("--copies", in: 1...16)
    let jobs = try CertifyPlan(chapters: chapters, only: arguments.values["--only"])
      .jobs(in: surroundings)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let certifier = Certifier(surroundings: surroundings, copies: copies ?? min(4, cores))
    let certificates = try await certifier.certify(jobs)
    let screen = surroundings.screen
    for chapter in chapters {
      let own = zip(jobs, certificates).filter { $0.0.chapter == chapter }.map(\.1)
      guard !own.isEmpty else { continue }
      let matrix = KillMatrix(chapter: chapter, certificates: own, style: screen.style)
      screen.say(matrix.lines)
    }
    screen.tell(KillMatrix.summary(certificates), indent: 0)
    let failed = certificates.count { !$0.isGood }
    screen.say("\(certificates.count - failed) passed, \(failed) failed")
    return failed == 0 ? 0 : 1
  }
}

/// What is to be certified, read and checked before anything is built.
struct CertifyPlan {
  let chapters: [Chapter]
  /// The name of one entry; nil for all.
  let only: String?

  /// - Throws: `Trouble`, with every mistake in the catalogues, each with its file and line.
  func jobs(in surroundings: Surroundings) throws -> [Certifier.Job] {
    var jobs: [Certifier.Job] = []
    var problems: [String] = []
    var names: [String] = []
    for chapter in chapters {
      let path = "Tests/Mutants/\(chapter.folder).md"
      let catalogue = Catalogue(try surroundings.read(path), file: path)
      problems += catalogue.errors.map(\.description)
      let solution = try surroundings.read(chapter.solutionPath)
      var texts: [String: Mutant?] = [Self.key(try Skeleton.stripped(solution)): nil]
      for mutant in catalogue.mutants {
        names.append(mutant.name)
        do {
          guard chapter.steps.contains(mutant.step) else {
            throw CatalogueError(
              place: mutant.place, problem: "step \(mutant.step.number) is of another chapter")
          }
          let text = try mutant.applied(to: solution)
          if let twin = texts.updateValue(mutant, forKey: Self.key(text)) {
            throw CatalogueError(
              place: mutant.place,
              problem: "\(mutant.name) is the same code as \(twin?.name ?? "the solution")")
          }
          jobs.append(.init(chapter: chapter, mutant: mutant, text: text))
        } catch let error as CatalogueError {
          problems.append(error.description)
        }
      }
    }
    guard problems.isEmpty else { throw Trouble(problems.joined(separator: "\n")) }
    guard let only else { return jobs }
    let chosen = jobs.filter { $0.mutant.name == only }
    guard chosen.isEmpty else { return chosen }
    let hint = Suggestion.nearest(to: only, among: names).map { " Did you mean '\($0)'?" } ?? ""
    throw UsageError("There is no mutant or variant '\(only)'.\(hint)", command: "certify")
  }

  /// The code without indentation and empty lines: what makes two mutants the same.
  private static func key(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
