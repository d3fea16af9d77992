internal import Foundation
internal import Grading
internal import Platform

extension Command {
  static let watch = Command(
    name: "watch", summary: "Grades a chapter again each time you save it.",
    usage: ["N", "N.k"],
    arguments: [.init("N", "a chapter, such as 1"), .init("N.k", "a step: only that one")],
    examples: [.init("watch 1", "chapter 1, until Ctrl-C")],
    exits: [
      .init("1", "something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "ended with Ctrl-C"),
    ],
    notes: ["It goes on when every step passes, and when the file does not compile for a while."]
  ) { arguments, surroundings in
    let target = try arguments.target()
    let watch = Watch(target: target, surroundings: surroundings)
    // Looking begins before the first grading: what is saved meanwhile is not missed.
    let changes = FileWatcher(target.chapter.paths.map(surroundings.url)).changes
    await watch.gradeOnce()
    for await _ in changes { await watch.gradeOnce() }
    return 1
  }
}

/// One chapter on the screen, over and over.
struct Watch {
  let target: Target
  let surroundings: Surroundings

  /// Grades, and shows the first thing to do.
  func gradeOnce() async {
    let screen = surroundings.screen
    do {
      let result = try await Grader(surroundings).grade(
        target.chapter, steps: target.step.map { [$0] })
      screen.clear()
      screen.say(lines(for: result))
    } catch {
      screen.clear()
      screen.complain("\(error)")
      screen.say(footer)
    }
  }

  func lines(for result: ChapterResult) -> [String] {
    let board = Board(
      chapter: target.chapter, result: result, style: surroundings.screen.style,
      isPart: target.step != nil)
    return board.lines(full: false) + [""] + board.next + footer
  }

  private var footer: [String] {
    let style = surroundings.screen.style
    let files = target.chapter.paths.joined(separator: " and ")
    return [""]
      + style.wrapped(
        "Watching \(files). Save to grade again; Ctrl-C ends this.",
        indent: 0
      ).map(style.quiet)
  }
}
