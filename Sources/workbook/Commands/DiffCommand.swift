internal import Grading

extension Command {
  static let diff = Command(
    name: "diff", summary: "Compares your file with the reference, step by step.",
    usage: ["N [--of DIR] [--json]", "N.k [--of DIR] [--json]"],
    arguments: [.init("N", "a chapter, such as 1"), .init("N.k", "a step, such as 1.3")],
    options: [
      .init("--of", "DIR", "a learner's copy of the workbook, instead of this one"),
      .init("--json", nil, "write one JSON object, for a program, and nothing else"),
    ],
    examples: [
      .init("diff 1", "where your chapter 1 differs"), .init("diff 1.3", "one step of it"),
      .init("diff 1.3 --of ../ada", "the same, in another's copy"),
    ],
    exits: .plain,
    notes: [
      "It reads and builds nothing, so it works on files that do not compile. To differ is no "
        + "mistake: many right answers do."
    ]
  ) { arguments, surroundings in
    let target = try arguments.target()
    let chapter = target.chapter
    let screen = surroundings.screen
    let theirs = try surroundings.workbook(at: arguments.values["--of"])
    if let problem = try ChapterProblem.find(in: chapter, of: theirs) {
      throw Trouble(problem.sentence(for: chapter))
    }
    let diff = ChapterDiff(
      chapter: chapter, learner: try theirs.read(chapter.statePath),
      solution: try Reset.marked(chapter, in: surroundings),
      inherited: try chapter.inheritance.map { inheritance in
        InheritedDiff(
          inheritance, learner: try theirs.read(chapter.path(of: inheritance)),
          solved: try surroundings.read(chapter.solutionPath(of: inheritance)))
      })
    guard !arguments.has("--json") else {
      screen.say(try JSONText.encode(diff.report(of: target.step)))
      return 0
    }
    screen.say(diff.lines(of: target.step, style: screen.style) + [""])
    screen.say(diff.advice(for: target, of: arguments.values["--of"], style: screen.style))
    return 0
  }
}

extension ChapterDiff {
  /// - Parameter copy: the folder of the learner, where it is another one's.
  fileprivate func advice(for target: Target, of copy: String?, style: Style) -> [String] {
    let unwritten = steps.first { $0.state == .unwritten }?.step.number
    if target.step == nil, let unwritten {
      let option = copy.map { " --of \($0)" } ?? ""
      return style.advice(
        "To see the reference for a step that is not written yet, name the step.",
        then: [("diff \(unwritten)\(option)", "one step")])
    }
    let check = "check \(target.step?.number ?? "\(target.chapter.number)")"
    return style.advice(
      "To differ is no mistake. Whether it is right, the grader says:",
      then: [(copy.map { "board \($0)" } ?? check, "grade it")])
  }
}
