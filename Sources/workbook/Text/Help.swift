internal import Foundation
internal import Grading

/// The help texts: of the whole, and of each command.
struct Help {
  let commands: [Command]
  let style: Style

  /// What there is.
  var overview: [String] {
    var lines = style.wrapped(
      "The workbook: write Swift concurrency and Raft, step by step.", indent: 0)
    lines += ["", "Usage: \(Command.line("[command]"))", ""]
    lines += style.wrapped(
      "Without a command it grades every chapter and shows where you are and what is next.",
      indent: 0)
    lines += ["", style.strong("Commands")]
    lines += table(commands.filter { !$0.name.isEmpty }.map { .init($0.name, $0.summary) })
    lines += ["", style.strong("More")]
    lines += table([
      .init(Command.line("help check"), "all about one command"),
      .init("swift test --filter Chapter1", "the same grading, as tests"),
    ])
    return lines
  }

  /// All about one command.
  func text(of command: Command) -> [String] {
    var lines = style.wrapped(command.summary, indent: 0)
    lines.append("")
    for (index, usage) in command.usage.enumerated() {
      let words = [command.name, usage].filter { !$0.isEmpty }.joined(separator: " ")
      let line = style.wrapped(Command.line(words), indent: 7, hanging: 9)
      lines += index == 0 ? ["Usage: " + line[0].dropFirst(7)] + line.dropFirst() : line
    }
    func section(_ title: String, _ entries: [Command.Line]) {
      guard !entries.isEmpty else { return }
      lines += ["", style.strong(title)] + table(entries)
    }
    section("Arguments", command.arguments)
    section(
      "Options",
      command.options.map { .init($0.head, $0.text) } + [.init("--help", "this text")])
    section("Examples", command.examples.map { .init(Command.line($0.head), $0.text) })
    section("Exit codes", command.exits)
    for note in command.notes { lines += [""] + style.wrapped(note, indent: 0) }
    return lines
  }

  /// Two columns; where they do not fit side by side, the text stands below its word.
  private func table(_ entries: [Command.Line]) -> [String] {
    let width = entries.map(\.head.count).max() ?? 0
    let isNarrow = width + 5 + 24 > style.width
    return entries.flatMap { entry -> [String] in
      if isNarrow {
        return style.wrapped(entry.head, indent: 2, hanging: 4)
          + style.wrapped(entry.text, indent: 6)
      }
      let head = entry.head.padding(toLength: width, withPad: " ", startingAt: 0)
      var text = style.wrapped(entry.text, indent: width + 5)
      text[0] = "  \(head)   " + text[0].drop { $0 == " " }
      return text
    }
  }
}
