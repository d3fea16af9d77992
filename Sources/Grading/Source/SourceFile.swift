/// A learner's file, read for places: where a function stands, and what it calls.
///
/// It works on tokens, so comments and strings do not count, and on files that do not compile.
public struct SourceFile: Sendable {
  /// A function, with its labels as they are written: `increment(upTo:asking:)`.
  struct Function: Sendable {
    let name: String
    let labels: String
    let line: Int
    let tokens: ArraySlice<Token>
    /// How many opening braces stand before the body's on the same line.
    let bracesBefore: Int

    func answers(to name: String) -> Bool { name == self.name || name == labels }
  }

  let tokens: [Token]
  let functions: [Function]

  public init(_ text: String) {
    tokens = Lexer.tokens(of: text)
    functions = Self.findFunctions(in: tokens)
  }

  /// The line of the first function called `name`; with labels, of that one alone.
  public func line(of name: String) -> Int? {
    functions.first { $0.answers(to: name) }?.line
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
          line: token.line, tokens: tokens[body...end],
          bracesBefore: tokens[..<body].reversed().prefix { $0.line == tokens[body].line }
            .count { $0.text == "{" }))
    }
    return functions
  }

  /// The argument labels of a parameter list: a word that stands after `(` or a top-level comma.
  private static func labels(_ parameters: ArraySlice<Token>) -> String {
    var labels = ""
    var depth = 0
    var isFirst = true
    var previous = ""
    for token in parameters {
      // The arrow of a function type closes nothing.
      let isArrow = previous == "-" && token.text == ">"
      if ["(", "[", "<", "{"].contains(token.text) { depth += 1 }
      if [")", "]", ">", "}"].contains(token.text), !isArrow { depth -= 1 }
      previous = token.text
      if isFirst { labels += token.text + ":" }
      isFirst = depth == 0 && token.text == ","
    }
    return labels
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
