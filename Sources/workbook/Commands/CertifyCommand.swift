internal import Foundation
internal import Grading
internal import Platform

extension Command {
  static let certify = Command(
    name: "certify",
    summary: "Grades the graders: known mistakes must be found, right answers not.",
    usage: [
      "[N] [--only NAME | --record] [--copies C]",
      "[N] --generate [--sample K [--seed S] | --only ID] [--list] [--copies C]",
      "[N] --generate --record [--copies C]",
    ],
    arguments: [.init("N", "a chapter; without it, all of them")],
    options: [
      .init("--only", "NAME", "this one mutant or variant, or the generated one of this id"),
      .init("--generate", nil, "mutants made from the solutions, by operators"),
      .init("--sample", "K", "no more than K of the generated ones, drawn by the seed"),
      .init("--seed", "S", "the seed of the sample; without it, 1"),
      .init("--list", nil, "show the generated ones, and grade none"),
      .init("--record", nil, "put what came of these chapters in the table of README.md"),
      .init("--copies", "C", "scratch copies that work side by side; as many as there are cores"),
    ],
    examples: [
      .init("certify 1", "all of Tests/Mutants/01-Tasks.md"),
      .init("certify --only reads-at-once", "one entry"),
      .init("certify 3 --generate", "every small change to chapter 3's solution"),
      .init("certify --generate --sample 20 --seed 7", "twenty of those of all chapters"),
    ],
    exits: [
      .init(
        "0",
        "every mutant is killed at its step by its rule, and every variant accepted; every "
          + "generated one is killed at any step, stillborn or known to be right"),
      .init("1", "one is not, or something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
    ],
    notes: [
      "Each mutant is put in the learner's place of a scratch copy in \(ScratchCopy.place); your "
        + "files are only read. In the matrix, ✓ is a step that passed, ✗ one that did not, · one "
        + "that was not judged.",
      "A generated mutant is killed if any step of its chapter refuses it; its own is asked "
        + "first. One that does not compile is stillborn, and counts for nothing. One that "
        + "survives is told with its change, unless \(Equivalents.path) says why it is right.",
    ]
  ) { arguments, surroundings in
    let chapters = arguments.words.isEmpty ? Curriculum.chapters : [try arguments.chapter()]
    let copies = try arguments.number("--copies", in: 1...16)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let certifier = Certifier(surroundings: surroundings, copies: copies ?? min(4, cores))
    guard !arguments.has("--generate") else {
      let plan = try GeneratedPlan(arguments, chapters: chapters, in: surroundings)
      return try await plan.run(by: certifier, listsOnly: arguments.has("--list"))
    }
    for option in ["--sample", "--seed", "--list"]
    where arguments.values[option] != nil || arguments.has(option) {
      throw UsageError("\(option) goes with --generate.", command: "certify")
    }
    guard !arguments.has("--record") || arguments.values["--only"] == nil else {
      throw UsageError("--record is for whole chapters, without --only.", command: "certify")
    }
    let jobs = try CertifyPlan(chapters: chapters, only: arguments.values["--only"])
      .jobs(in: surroundings)
    let certificates = zip(jobs, try await certifier.grade(jobs.map(\.job)))
      .map { Certificate(of: $0.mutant, graded: $1) }
    let screen = surroundings.screen
    for chapter in chapters {
      let own = certificates.filter { chapter.steps.contains($0.mutant.step) }
      guard !own.isEmpty else { continue }
      let matrix = KillMatrix(chapter: chapter, certificates: own, style: screen.style)
      screen.say(matrix.lines)
    }
    screen.tell(KillMatrix.summary(certificates), indent: 0)
    if arguments.has("--record") {
      try Published.update(in: surroundings) { $0.record(certificates, of: chapters) }
    }
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
  func jobs(
    in surroundings: Surroundings
  ) throws -> [(mutant: Mutant, job: Certifier.Job)] {
    var jobs: [(mutant: Mutant, job: Certifier.Job)] = []
    var problems: [String] = []
    var names: [String] = []
    for chapter in chapters {
      let path = "Tests/Mutants/\(chapter.folder).md"
      let catalogue = Catalogue(try surroundings.read(path), file: path)
      problems += catalogue.errors.map(\.description)
      let solved = try Self.solved(chapter, in: surroundings)
      var texts: [String: Mutant?] = [Self.key(solved): nil]
      for mutant in catalogue.mutants {
        names.append(mutant.name)
        do {
          guard chapter.steps.contains(mutant.step) else {
            throw CatalogueError(
              place: mutant.place, problem: "step \(mutant.step.number) is of another chapter")
          }
          let files = try Self.files(of: chapter, with: mutant, solved, in: surroundings)
          if let twin = texts.updateValue(mutant, forKey: Self.key(files)) {
            throw CatalogueError(
              place: mutant.place,
              problem: "\(mutant.name) is the same code as \(twin?.name ?? "the solution")")
          }
          let steps = chapter.steps.prefix { mutant.isVariant || $0 != mutant.step }
          let own = mutant.isVariant ? [] : [mutant.step]
          jobs.append(
            (
              mutant,
              .init(chapter: chapter, files: files, steps: steps + own, runs: mutant.runs)
            ))
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

  /// The learner's files of a chapter, by path, each as the solution has it.
  private static func solved(
    _ chapter: Chapter, in surroundings: Surroundings
  ) throws -> [String: String] {
    let own = try surroundings.read(chapter.solutionPath)
    var files = [chapter.statePath: try Skeleton.stripped(own)]
    if let inheritance = chapter.inheritance {
      files[chapter.path(of: inheritance)] =
        try surroundings.read(chapter.solutionPath(of: inheritance))
    }
    return files
  }

  private static func files(
    of chapter: Chapter, with mutant: Mutant, _ solved: [String: String],
    in surroundings: Surroundings
  ) throws -> [String: String] {
    if let folder = mutant.whole {
      return try whole(folder, of: chapter, mutant, solved, in: surroundings)
    }
    let path = mutant.file.map { "Chapters/\(chapter.folder)/\($0)" } ?? chapter.statePath
    guard let solution = solved[path] else {
      throw CatalogueError(
        place: mutant.place, problem: "\(mutant.name): no learner's file is called \(path)")
    }
    var files = solved
    files[path] = try mutant.applied(to: solution)
    return files
  }

  /// The chapter's files as they are in a folder; those that are not there are solved.
  private static func whole(
    _ folder: String, of chapter: Chapter, _ mutant: Mutant, _ solved: [String: String],
    in surroundings: Surroundings
  ) throws -> [String: String] {
    var files = solved
    for path in chapter.paths {
      let name = path.split(separator: "/").last ?? ""
      files[path] =
        (try? surroundings.read("Tests/Mutants/\(folder)/\(name)")) ?? files[path]
    }
    guard files != solved else {
      throw CatalogueError(
        place: mutant.place,
        problem: "\(mutant.name): no learner's file of chapter \(chapter.number) is in "
          + "Tests/Mutants/\(folder)")
    }
    return files
  }

  /// The code without indentation and empty lines: what makes two mutants the same.
  private static func key(_ files: [String: String]) -> String {
    files.sorted { $0.key < $1.key }.map { path, text in
      let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      return path + "\n" + lines.filter { !$0.isEmpty }.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
