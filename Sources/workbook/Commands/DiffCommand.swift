internal import Grading

extension Command {
  static let diff = Command(
    name: "diff", summary: "Compares your file with the reference, step by step.",
    usage: ["N [--json]", "N.k [--json]"],
    arguments: [.init("N", "a chapter, such as 1"), .init("N.k", "a step, such as 1.3")],
    options: [.init("--json", nil, "write one JSON object, for a program, and nothing else")],
    examples: [
      .init("diff 1", "where your chapter 1 differs"), .init("diff 1.3", "one step of it"),
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
    if let problem = try ChapterProblem.find(in: chapter, of: surroundings) {
      throw Trouble(problem.sentence(for: chapter))
    }
    let diff = ChapterDiff(
      chapter: chapter, learner: try surroundings.read(chapter.statePath),
      solution: try Reset.marked(chapter, in: surroundings),
      inherited: try chapter.inheritance.map { inheritance in
        InheritedDiff(
          inheritance, learner: try surroundings.read(chapter.path(of: inheritance)),
          solved: try surroundings.read(chapter.solutionPath(of: inheritance)))
      })
    guard !arguments.has("--json") else {
      screen.say(try JSONText.encode(diff.report(of: target.step)))
      return 0
    }
    let isUnwritten = diff.steps.contains { $0.state == .unwritten }
    screen.say(
      diff.lines(of: target.step, style: screen.style) + [""]
        + screen.style.advice(
          isUnwritten && target.step == nil
            ? "To see the reference for a step that is not written yet, name the step."
            : "To differ is no mistake. Whether it is right, the grader says:",
          then: isUnwritten && target.step == nil
            ? [
              ("diff \(diff.steps.first { $0.state == .unwritten }?.step.number ?? "")", "one step")
            ]
            : [("check \(target.step?.number ?? "\(chapter.number)")", "grade it")]))
    return 0
  }
}
