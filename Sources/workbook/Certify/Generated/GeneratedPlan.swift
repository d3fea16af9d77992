internal import Grading
internal import Simulator

/// Which generated mutants are to be graded, and what is known of them.
struct GeneratedPlan {
  let surroundings: Surroundings
  let chapters: [Chapter]
  let mutants: [GeneratedMutant]
  let equivalents: Equivalents
  /// Whether README.md is to say what came of them.
  let isRecorded: Bool

  /// - Throws: `Trouble` where the list of equivalents is no longer one; `UsageError` for an id
  ///   that is not there.
  init(_ arguments: Arguments, chapters: [Chapter], in surroundings: Surroundings) throws {
    let all = try chapters.flatMap { chapter in
      try GeneratedMutant.all(of: chapter, solution: surroundings.read(chapter.solutionPath))
    }
    let equivalents = Equivalents(try surroundings.read(Equivalents.path))
    let gone = equivalents.gone(from: all, of: chapters).map {
      "\(Equivalents.path): no operator makes \($0) any more; take it out."
    }
    let problems = equivalents.errors.map(\.description) + gone
    guard problems.isEmpty else { throw Trouble(problems.joined(separator: "\n")) }
    let sample = try arguments.number("--sample", in: 1...Int.max)
    let seed = try arguments.seed()
    guard seed == nil || sample != nil else {
      throw UsageError("--seed goes with --sample.", command: "certify")
    }
    isRecorded = arguments.has("--record")
    let isPart = sample != nil || arguments.values["--only"] != nil
    guard !isRecorded || !isPart && !arguments.has("--list") else {
      throw UsageError(
        "--record is for whole chapters, without --sample, --only and --list.",
        command: "certify")
    }
    if let only = arguments.values["--only"] {
      guard sample == nil else {
        throw UsageError("--only and --sample do not go together.", command: "certify")
      }
      mutants = all.filter { $0.id == only }
      guard !mutants.isEmpty else {
        let hint = Suggestion.nearest(to: only, among: all.map(\.id))
          .map { " Did you mean '\($0)'?" }
        throw UsageError(
          "There is no generated mutant '\(only)'.\(hint ?? "")", command: "certify")
      }
    } else {
      mutants = sample.map { Self.draw($0, of: all, seed: seed ?? 1) } ?? all
    }
    self.surroundings = surroundings
    self.chapters = chapters
    self.equivalents = equivalents
  }

  /// `count` of them, drawn by the seed, in the order that they had.
  static func draw(_ count: Int, of all: [GeneratedMutant], seed: UInt64) -> [GeneratedMutant] {
    var generator = SeededGenerator(seed: seed)
    let drawn = Set(all.indices.shuffled(using: &generator).prefix(count))
    return all.indices.filter(drawn.contains).map { all[$0] }
  }

  func run(by certifier: Certifier, listsOnly: Bool) async throws -> Int32 {
    let (screen, mutants, equivalents) = (surroundings.screen, mutants, equivalents)
    if listsOnly {
      for mutant in mutants {
        let why = equivalents.reasons[mutant.id].map { "is right: \($0)" } ?? ""
        screen.say(Self.lines(mutant, why, style: screen.style))
      }
      screen.say(mutants.count == 1 ? "1 mutant" : "\(mutants.count) mutants")
      return 0
    }
    let jobs = mutants.map { mutant in
      // Its own step is asked first: most end there, and the table tells what that step misses.
      let others = mutant.chapter.steps.filter { $0 != mutant.step }
      return Certifier.Job(
        chapter: mutant.chapter, files: [mutant.chapter.statePath: mutant.text],
        steps: [mutant.step] + others, stopsAtRefusal: true)
    }
    let grades = try await certifier.grade(jobs) { index, grade in
      let mutant = mutants[index]
      let outcome = GeneratedOutcome(grade, reason: equivalents.reasons[mutant.id])
      guard let complaint = Self.complaint(outcome) else { return }
      screen.say(Self.lines(mutant, complaint, style: screen.style))
    }
    let results = zip(mutants, grades).map { mutant, grade in
      (
        mutant: mutant,
        outcome: GeneratedOutcome(grade, reason: equivalents.reasons[mutant.id])
      )
    }
    screen.say(GeneratedTable(chapters: chapters, results: results, style: screen.style).lines)
    if isRecorded {
      try Published.update(in: surroundings) { $0.record(results, of: chapters) }
    }
    let failed = results.count { !$0.outcome.isGood }
    screen.say("\(results.count - failed) passed, \(failed) failed")
    return failed == 0 ? 0 : 1
  }

  /// What is wrong with an outcome, in words that follow the mutant's id.
  static func complaint(_ outcome: GeneratedOutcome) -> String? {
    switch outcome {
    case .killed, .stillborn, .equivalent: nil
    case .survived:
      "survived: no check refuses it. Add one, or say in \(Equivalents.path) why it is right."
    case .belied(let step):
      "is listed as right, and step \(step.number) refused it: take it out of "
        + "\(Equivalents.path)."
    }
  }

  /// A mutant: its place, its id, what is to be said of it, and its change.
  static func lines(_ mutant: GeneratedMutant, _ text: String, style: Style) -> [String] {
    style.wrapped("\(mutant.place): \(mutant.id) \(text)".trimmed, indent: 0, hanging: 2)
      + mutant.change.text(context: 0).map { sign, text in
        let line = "    \(sign) \(text.trimmed)"
        return sign == "+" ? style.good(line) : sign == "-" ? style.bad(line) : line
      }
  }
}
