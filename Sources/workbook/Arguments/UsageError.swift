/// A command line that cannot be understood. Exit code 2.
struct UsageError: Error, Hashable {
  let message: String
  /// The command whose help says more.
  let command: String?

  init(_ message: String, command: String? = nil) {
    self.message = message
    self.command = command
  }

  /// The message, and where to read on.
  var text: String {
    let topic = command.flatMap { $0.isEmpty ? nil : " \($0)" } ?? ""
    return "\(message)\n  \(Command.line("help"))\(topic)"
  }
}

/// Something that stands in the way, in a sentence. Exit code 1.
struct Trouble: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
