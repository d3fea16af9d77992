/// A word of the command line: what it does, how it is written, and how its help reads.
struct Command: Sendable {
  /// Something that begins with two dashes.
  struct Option: Sendable {
    let name: String
    /// What stands for the value in a help text; nil for a flag.
    let placeholder: String?
    let text: String

    init(_ name: String, _ placeholder: String? = nil, _ text: String) {
      self.name = name
      self.placeholder = placeholder
      self.text = text
    }

    var head: String { name + (placeholder.map { " \($0)" } ?? "") }
  }

  /// A line of help: a word and what it means.
  struct Line: Sendable {
    let head: String
    let text: String

    init(_ head: String, _ text: String) {
      self.head = head
      self.text = text
    }
  }

  let name: String
  /// One line, as it stands in the list of commands.
  let summary: String
  /// What follows the name, one entry for each way to write it.
  let usage: [String]
  var arguments: [Line] = []
  var options: [Option] = []
  /// A command line without `swift run workbook`, and what it does.
  let examples: [Line]
  let exits: [Line]
  /// More that is worth knowing, in sentences.
  var notes: [String] = []
  /// How many words it takes at most.
  var most = 1
  let run: @Sendable (Arguments, Surroundings) async throws -> Int32

  /// "swift run workbook", and what is to be typed after it.
  static func line(_ rest: String) -> String {
    rest.isEmpty ? "swift run workbook" : "swift run workbook \(rest)"
  }
}

extension [Command.Line] {
  static let graded: [Command.Line] = [
    .init("0", "every step passed"), .init("1", "not yet, or something stood in the way"),
    .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
  ]
  static let plain: [Command.Line] = [
    .init("0", "done"), .init("1", "something stood in the way"),
    .init("2", "the command line could not be understood"),
  ]
}
