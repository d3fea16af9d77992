/// A learner's file, read for places: where a function stands, and what it calls.
///
/// It works on tokens, so comments and strings do not count, and on files that do not compile.
public struct SourceFile: Sendable {
  /// A function, with its labels as they are written: `increment(upTo:asking:)`.
  struct Function: Sendable {
    let name: String
    let labels: String
    /// Labels and types, which tell overloads apart: `receive(_: RequestVote)`.
    let signature: String
    let line: Int
    /// What its parameters are called inside of it.
    let parameters: [String]
    /// The place of `func` or `init` among the file's tokens.
    let start: Int
    /// The body, with its braces.
    let tokens: ArraySlice<Token>

    func answers(to name: String) -> Bool {
      name == self.name || name == labels || name == signature
    }
  }

  public let tokens: [Token]
  let functions: [Function]

  public init(_ text: String) {
    tokens = Lexer.tokens(of: text)
    functions = Self.findFunctions(in: tokens)
  }

  /// The line of the first function called `name`; with labels and types, of that one alone.
  public func line(of name: String) -> Int? {
    functions.first { $0.answers(to: name) }?.line
  }

  /// Where a step stands: its first function that is there, or, where none is, what has been
  /// written of it under other names.
  func line(of step: Step) -> Int? {
    step.functions.lazy.compactMap { line(of: $0) }.first ?? step.field.flatMap(line(ofField:))
  }

  /// The first line on which the field of a message is read, or given as an argument.
  private func line(ofField name: String) -> Int? {
    tokens.indices.first { index in
      guard index > 0, index + 1 < tokens.count, tokens[index].text == name else { return false }
      let isArgument = ["(", ","].contains(tokens[index - 1].text) && tokens[index + 1].text == ":"
      return isArgument || tokens[index - 1].text == "."
    }.map { tokens[$0].line }
  }

  /// Whether nothing is written of a step: each of its functions is a `todo`, or, where the step
  /// is extra, gone, and nothing under another name is in its place.
  func isUnwritten(_ step: Step) -> Bool {
    guard !step.functions.isEmpty else { return false }
    return step.functions.allSatisfy { name in
      guard let function = functions.first(where: { $0.answers(to: name) }) else {
        return step.isExtra && step.field.flatMap(line(ofField:)) == nil
      }
      return function.tokens.contains { $0.text == "todo" }
    }
  }

  /// The lines of `name` and of what it calls in this file on which it suspends.
  func suspensions(from names: [String]) -> [Int] {
    Set(reachable(from: names).flatMap { $0.tokens.filter { $0.text == "await" }.map(\.line) })
      .sorted()
  }

  /// The functions called `names`, and every function of this file that they lead to.
  func reachable(from names: [String]) -> [Function] {
    var found = functions.indices.filter { index in
      names.contains { functions[index].answers(to: $0) }
    }
    var position = 0
    while position < found.count {
      let called = Set(functions[found[position]].tokens.map(\.text))
      for index in functions.indices
      where !found.contains(index) && called.contains(functions[index].name)
        // An overload reached by its bare name is another step's: only labels would tell.
        && !names.contains(where: { $0.hasPrefix(functions[index].name + "(") })
      {
        found.append(index)
      }
      position += 1
    }
    return found.map { functions[$0] }
  }

  private static func findFunctions(in tokens: [Token]) -> [Function] {
    var functions: [Function] = []
    for (index, token) in tokens.enumerated() where token.text == "func" || token.text == "init" {
      let name = token.text == "func" ? index + 1 : index
      guard name < tokens.count, index == 0 || tokens[index - 1].text != ".",
        let open = tokens[name...].firstIndex(where: { $0.text == "(" }),
        let close = closing(of: open, in: tokens),
        let body = tokens[close...].firstIndex(where: { $0.text == "{" || $0.text == "func" }),
        tokens[body].text == "{", let end = closing(of: body, in: tokens)
      else { continue }
      functions.append(
        Function(
          name: tokens[name].text,
          labels: tokens[name].text + "(" + labels(tokens[(open + 1)..<close]) + ")",
          signature: tokens[name].text + "(" + signature(tokens[(open + 1)..<close]) + ")",
          line: token.line,
          parameters: split(tokens[(open + 1)..<close]).map { parameter in
            (parameter.prefix { $0.text != ":" }.last ?? parameter[0]).text
          },
          start: index, tokens: tokens[body...end]))
    }
    return functions
  }

  /// The argument labels of a parameter list: the word that each parameter begins with.
  private static func labels(_ parameters: ArraySlice<Token>) -> String {
    split(parameters).map { $0[0].text + ":" }.joined()
  }

  /// The labels of a parameter list, each with its type: `_: RequestVote, from: ServerID`.
  private static func signature(_ parameters: ArraySlice<Token>) -> String {
    split(parameters).map { parameter in
      let type = parameter.drop { $0.text != ":" }.dropFirst().prefix { $0.text != "=" }
      return parameter[0].text + ": " + written(type)
    }.joined(separator: ", ")
  }

  /// Tokens as one would write them: a space between two words, and after a comma.
  private static func written(_ tokens: ArraySlice<Token>) -> String {
    var text = ""
    for token in tokens {
      let isWord = token.text.first.map { $0.isLetter || $0 == "_" } ?? false
      if text.last == "," || (isWord && (text.last.map { $0.isLetter || $0 == "_" } ?? false)) {
        text += " "
      }
      text += token.text
    }
    return text
  }

  /// The parameters of a list, parted at its top-level commas.
  private static func split(_ parameters: ArraySlice<Token>) -> [[Token]] {
    var parts: [[Token]] = [[]]
    var depth = 0
    var previous = ""
    for token in parameters {
      // The arrow of a function type closes nothing.
      let isArrow = previous == "-" && token.text == ">"
      if ["(", "[", "<", "{"].contains(token.text) { depth += 1 }
      if [")", "]", ">", "}"].contains(token.text), !isArrow { depth -= 1 }
      previous = token.text
      if depth == 0, token.text == "," {
        parts.append([])
      } else {
        parts[parts.count - 1] += [token]
      }
    }
    return parts.filter { !$0.isEmpty }
  }

  /// The position of the bracket that closes the one at `open`.
  static func closing(of open: Int, in tokens: [Token]) -> Int? {
    let pair = tokens[open].text == "(" ? ("(", ")") : ("{", "}")
    var depth = 0
    for index in open..<tokens.count {
      if tokens[index].text == pair.0 { depth += 1 }
      if tokens[index].text == pair.1 { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }
}
