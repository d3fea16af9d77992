internal import Grading

/// The words after a command, sorted into places, flags and values.
struct Arguments: Hashable {
  private let command: String
  private(set) var words: [String] = []
  private(set) var flags: Set<String> = []
  private(set) var values: [String: String] = [:]

  /// - Throws: `UsageError` for an option that the command does not have, a value that is missing,
  ///   or a word too many.
  init(_ words: [String], for command: Command) throws {
    self.command = command.name
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word != "-" else {
        self.words.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard let option = command.options.first(where: { $0.name == parts[0] }) else {
        throw Self.unknown(parts[0], in: command)
      }
      guard let placeholder = option.placeholder else {
        guard parts.count == 1 else {
          throw UsageError("\(option.name) takes no value.", command: command.name)
        }
        flags.insert(option.name)
        continue
      }
      guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
        throw UsageError(
          "\(option.name) needs a value: \(option.name) \(placeholder).", command: command.name)
      }
      values[option.name] = value
    }
    if self.words.count > command.most {
      let surplus = self.words[command.most]
      throw UsageError("'\(surplus)' is one word too many.", command: command.name)
    }
  }

  private static func unknown(_ option: String, in command: Command) -> UsageError {
    let known = command.options.map(\.name) + ["--help"]
    let hint = Suggestion.nearest(to: option, among: known).map { " Did you mean '\($0)'?" } ?? ""
    let name = command.name.isEmpty ? "The board" : "'\(command.name)'"
    return UsageError("\(name) has no option '\(option)'.\(hint)", command: command.name)
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// The whole number that stands after `option`.
  func number(_ option: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = values[option] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let most = range.upperBound == .max ? "" : " to \(range.upperBound)"
      throw UsageError(
        "\(option) takes a whole number from \(range.lowerBound)\(most), and '\(text)' is none.",
        command: command)
    }
    return number
  }

  /// The seed of a run.
  func seed() throws -> UInt64? {
    guard let text = values["--seed"] else { return nil }
    guard let seed = UInt64(text) else {
      throw UsageError(
        "--seed takes a whole number from 0, and '\(text)' is none.", command: command)
    }
    return seed
  }

  /// The chapter or step that the first word names.
  func target() throws -> Target {
    guard let word = words.first else {
      throw UsageError(
        "'\(command)' needs a chapter, such as 1, or a step, such as 1.3.", command: command)
    }
    return try Target(word, command: command)
  }

  /// The chapter that the first word names; a step is not enough.
  func chapter() throws -> Chapter {
    guard let word = words.first else {
      throw UsageError("'\(command)' needs a chapter, such as 1.", command: command)
    }
    let target = try Target(word, command: command)
    guard target.step == nil else {
      throw UsageError(
        "'\(command)' takes a whole chapter: \(target.chapter.number), not \(word).",
        command: command)
    }
    return target.chapter
  }
}

/// A chapter, or one step of it.
struct Target: Hashable {
  let chapter: Chapter
  let step: Step?

  /// Reads "1" and "1.3".
  ///
  /// - Throws: `UsageError` where there is no such chapter or step.
  init(_ word: String, command: String) throws {
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, (1...2).contains(parts.count) else {
      throw UsageError(
        "'\(word)' is neither a chapter, such as 1, nor a step, such as 1.3.", command: command)
    }
    guard let chapter = Curriculum.chapter(numbers[0]) else {
      let known = Curriculum.chapters.map { "\($0.number) \($0.title)" }.joined(separator: ", ")
      throw UsageError(
        "There is no chapter \(numbers[0]). Chapters: \(known).", command: command)
    }
    self.chapter = chapter
    guard numbers.count == 2 else {
      step = nil
      return
    }
    let number = "\(numbers[0]).\(numbers[1])"
    step = chapter.steps.first { $0.number == number }
    if step == nil, let first = chapter.steps.first, let last = chapter.steps.last {
      throw UsageError(
        "There is no step \(number). Chapter \(chapter.number) has the steps \(first.number) to "
          + "\(last.number).", command: command)
    }
  }
}
