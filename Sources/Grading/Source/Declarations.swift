/// What a file declares outside of its functions: what a body that moves elsewhere may need.
struct Declarations {
  /// One of them.
  struct Declaration {
    enum Kind: Hashable {
      /// A function, a computed property or a type inside `State`: it can stand in an extension.
      case movable
      /// A stored property of `State`.
      case stored
      /// Anything else.
      case fixed
    }

    let name: String
    /// With labels, where it is a function: what tells it apart from others of its name.
    let title: String
    let kind: Kind
    /// The line (from 1) of its first word.
    let line: Int
    let tokens: ArraySlice<Token>
    /// Its lines (from 0), with the comments and attributes above it.
    let lines: ClosedRange<Int>
  }

  let all: [Declaration]
  private let lines: [String]
  private let file: SourceFile

  init(_ text: String) {
    file = SourceFile(text)
    lines = EditableSource(text).lines
    all = Self.find(in: file, lines: lines)
  }

  var titles: Set<String> { Set(all.map(\.title)) }

  /// The lines of a declaration, as they stand there.
  func text(of declaration: Declaration) -> [String] { Array(lines[declaration.lines]) }

  /// What of `candidates` is used by name in `tokens`: bare, or as something of one's own.
  static func used(
    in tokens: ArraySlice<Token>, of candidates: [Declaration]
  ) -> [Declaration] {
    let owners: Set<String> = ["self", "Self", "State"]
    var words: Set<String> = []
    for index in tokens.indices {
      let isMember = index > tokens.startIndex && tokens[index - 1].text == "."
      guard !isMember || (index - 2 >= tokens.startIndex && owners.contains(tokens[index - 2].text))
      else { continue }
      words.insert(tokens[index].text)
    }
    return candidates.filter { words.contains($0.name) }
  }

  private static let keywords: Set<String> = [
    "func", "var", "let", "struct", "enum", "class", "actor", "typealias", "protocol",
  ]

  private static func find(in file: SourceFile, lines: [String]) -> [Declaration] {
    let tokens = file.tokens
    var found: [Declaration] = []
    var depth = 0
    // The depth-1 braces that are State's own.
    var isInState = false
    for (index, token) in tokens.enumerated() {
      if token.text == "}" { depth -= 1 }
      if token.text == "{" {
        depth += 1
        if depth == 1 { isInState = opensState(tokens, at: index) }
      }
      let isMember = depth == 1 && isInState
      guard depth == 0 || isMember, keywords.contains(token.text), index + 1 < tokens.count,
        isDeclared(tokens, at: index)
      else { continue }
      found.append(declaration(at: index, isMember: isMember, in: file, lines: lines))
    }
    return found
  }

  /// Whether the brace at `index` opens `actor State` or an extension of it.
  private static func opensState(_ tokens: [Token], at index: Int) -> Bool {
    let head = tokens[..<index].reversed().prefix { !["{", "}"].contains($0.text) }.map(\.text)
    return zip(head.dropFirst(), head).contains {
      ["actor", "extension"].contains($0) && $1 == "State"
    }
  }

  /// Whether the keyword at `index` declares something, and is no word of something else's.
  private static func isDeclared(_ tokens: [Token], at index: Int) -> Bool {
    let name = tokens[index + 1].text
    let before = index > 0 ? tokens[index - 1].text : ""
    return name.first.map { $0.isLetter || $0 == "_" } == true && before != "."
      && !keywords.contains(name)
  }

  private static func declaration(
    at index: Int, isMember: Bool, in file: SourceFile, lines: [String]
  ) -> Declaration {
    let tokens = file.tokens
    let name = tokens[index + 1].text
    let function = file.functions.first { $0.start == index }
    let end = self.end(of: index, function: function, in: tokens)
    let isStored = ["var", "let"].contains(tokens[index].text) && !end.isComputed
    let first = tokens[index].line - 1
    let last = tokens[end.index].line - 1
    let head = tokens[..<index].reversed().prefix { $0.line == first + 1 }.map(\.text)
    let isAlone =
      !head.contains { ["{", "}", ";", "lazy"].contains($0) }
      && (end.index + 1 == tokens.count || tokens[end.index + 1].line > last + 1)
    let isMovable =
      isMember && isAlone && end.isClosed && !isStored && tokens[index].text != "typealias"
    return Declaration(
      name: name, title: function?.labels ?? name,
      kind: isMovable ? .movable : isMember && isStored ? .stored : .fixed, line: first + 1,
      tokens: tokens[index...end.index], lines: start(of: first, in: lines)...last)
  }

  /// Where the declaration that begins at `index` ends, and whether that is a brace's end.
  private static func end(
    of index: Int, function: SourceFile.Function?, in tokens: [Token]
  ) -> (index: Int, isClosed: Bool, isComputed: Bool) {
    if let function { return (function.tokens.endIndex - 1, true, false) }
    let isProperty = ["var", "let"].contains(tokens[index].text)
    var position = index + 1
    while position < tokens.count, tokens[position].text != "{",
      !isProperty || tokens[position].line == tokens[index].line
    {
      if isProperty, tokens[position].text == "=" { break }
      position += 1
    }
    guard position < tokens.count, tokens[position].text == "{",
      let close = SourceFile.closing(of: position, in: tokens)
    else {
      let last = tokens[index...].lastIndex { $0.line == tokens[index].line } ?? index
      return (last, false, false)
    }
    let isObserved = ["willSet", "didSet"].contains(tokens[position + 1].text)
    return (close, true, isProperty && !isObserved)
  }

  /// The first of the comments and attributes that stand right above a line.
  private static func start(of line: Int, in lines: [String]) -> Int {
    var first = line
    while first > 0 {
      let above = lines[first - 1].trimmed
      guard above.hasPrefix("@") || (above.hasPrefix("//") && !above.hasPrefix("// MARK")) else {
        break
      }
      first -= 1
    }
    return first
  }
}
