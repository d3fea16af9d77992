internal import Foundation
internal import Grading

extension Command {
  static let hint = Command(
    name: "hint", summary: "Shows the next of three hints for a step.",
    usage: ["N.k [--level L]", "N [--level L]"],
    arguments: [
      .init("N.k", "a step, such as 1.3"),
      .init("N", "a chapter: the first step of it that is not written yet"),
    ],
    options: [.init("--level", "L", "this one of the three: 1, 2 or 3")],
    examples: [
      .init("hint 1.3", "the next hint for step 1.3"), .init("hint 1.3 --level 1", "the first"),
    ],
    exits: .plain,
    notes: [
      "The first says where to look, the second gives the idea, the third nearly the code. After "
        + "the third, all are shown again."
    ]
  ) { arguments, surroundings in
    let target = try arguments.target()
    let level = try arguments.number("--level", in: 1...3)
    let hints = Hinting(chapter: target.chapter, surroundings: surroundings)
    surroundings.screen.say(try hints.next(for: target.step, level: level))
    return 0
  }
}

/// The hints of a chapter, as they stand in its Hints.md.
struct HintBook: Hashable {
  static let titles = ["Where to look", "The idea", "Nearly the code"]

  /// For each step's number, the texts below the three headings.
  let hints: [String: [[String]]]

  init(_ text: String) {
    var hints: [String: [[String]]] = [:]
    var step: String?
    var isInFence = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") { isInFence.toggle() }
      if !isInFence, line.hasPrefix("### ") {
        if let step { hints[step, default: []].append([]) }
      } else if !isInFence, line.hasPrefix("## ") {
        step = String(line.dropFirst(3).prefix { $0 != " " })
      } else if let step, let last = hints[step]?.indices.last {
        hints[step]?[last].append(line)
      }
    }
    self.hints = hints
  }
}

/// Shows hints one at a time, and remembers how many were shown.
struct Hinting {
  static let memory = ".workbook/hints.json"

  let chapter: Chapter
  let surroundings: Surroundings

  private var style: Style { surroundings.screen.style }

  /// The next hint for `step`, or for the first step that is not written yet.
  func next(for step: Step?, level: Int?) throws -> [String] {
    guard let step = try step ?? firstUnwritten() else {
      return style.advice(
        "Every step of chapter \(chapter.number) has something written in it. Which one needs a "
          + "hint?",
        then: [("check \(chapter.number)", "shows it, and names the hint to ask for")])
    }
    let book = HintBook(try surroundings.read(chapter.hintsPath))
    guard let hints = book.hints[step.number], hints.count == HintBook.titles.count else {
      throw Trouble("\(chapter.hintsPath) has no three hints for \(step.heading).")
    }
    var shown = remembered
    let before = shown[step.number, default: 0]
    let levels = level.map { [$0] } ?? (before >= 3 ? [1, 2, 3] : [before + 1])
    var lines = levels.flatMap { level in
      [
        style.strong(
          "\(step.heading): hint \(level) of 3, \(HintBook.titles[level - 1].lowercased())")
      ]
        + Markdown(hints[level - 1]).lines(indent: 2, style: style) + [""]
    }
    shown[step.number] = max(before, levels.last ?? 0)
    let isRemembered = shown == remembered || remember(shown)
    lines += after(
      levels.last ?? 3, of: step, isRemembered: isRemembered, wasNamed: level != nil)
    return lines
  }

  private func after(
    _ level: Int, of step: Step, isRemembered: Bool, wasNamed: Bool
  ) -> [String] {
    let next = "hint \(step.number)" + (wasNamed || !isRemembered ? " --level \(level + 1)" : "")
    guard isRemembered else {
      let text =
        "The workbook cannot remember which hints you have seen: \(Self.memory) cannot be written."
      guard level < 3 else { return style.wrapped(text, indent: 0) }
      return style.advice(text, then: [(next, "the next hint")])
    }
    let commands =
      level < 3
      ? [(next, "the next hint")]
      : [("hint \(step.number)", "all three again"), ("diff \(step.number)", "the reference")]
    return style.advice(
      level < 3 ? "If that is not enough:" : "That was the last hint.", then: commands)
  }

  /// The first step that the learner's file still holds a `todo` of.
  private func firstUnwritten() throws -> Step? {
    let text: String
    do {
      text = try surroundings.read(chapter.statePath)
    } catch {
      let problem = try ChapterProblem.find(in: chapter, of: surroundings)
      throw problem.map { Trouble($0.sentence(for: chapter)) } ?? error
    }
    return chapter.steps.first { text.contains("todo(\"\($0.number) ") }
  }

  private var remembered: [String: Int] {
    guard let data = try? Data(contentsOf: surroundings.url(Self.memory)) else { return [:] }
    return (try? JSONDecoder().decode([String: Int].self, from: data)) ?? [:]
  }

  private func remember(_ shown: [String: Int]) -> Bool {
    (try? surroundings.write(try JSONText.encode(shown) + "\n", to: Self.memory)) != nil
  }
}
