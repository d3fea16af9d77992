internal import Grading

/// A word, a literal or a whole operator: tokens, with the signs that stand together joined.
struct Piece: Hashable, Sendable {
  let text: String
  /// Counted from 0.
  let line: Int
  let columns: Range<Int>

  var isWord: Bool { text.first.map { $0.isLetter || $0 == "_" || $0 == "$" } ?? false }
  var isNumber: Bool { text.allSatisfy(\.isNumber) }
}

/// A marked body of a solution, read as far as changing it needs.
///
/// It works on tokens, so comments and the text of strings are never touched, and it knows no more
/// of the language than brackets, statements and conditions: what it takes apart wrongly does not
/// compile, and is no mutant.
struct CodeBody: Sendable {
  /// A place between two characters; both counted from 0.
  struct Position: Hashable, Comparable, Sendable {
    let line: Int
    let column: Int

    static func < (one: Position, other: Position) -> Bool {
      (one.line, one.column) < (other.line, other.column)
    }
  }

  /// What stands from here to there is replaced.
  struct Change: Hashable, Sendable {
    let start: Position
    let end: Position
    let replacement: String
    /// What kind of mistake this is, where its operator makes several.
    var kind: String?
  }

  /// All lines of the solution.
  let lines: [String]
  let pieces: [Piece]

  /// - Parameter tokens: those of the body alone.
  init(_ tokens: some Sequence<Token>, in lines: [String]) {
    self.lines = lines
    var pieces: [Piece] = []
    for token in tokens {
      let line = token.line - 1
      let piece = Piece(
        text: token.text, line: line, columns: token.column..<token.column + token.text.count)
      if let last = pieces.last, last.line == line, last.columns.upperBound == token.column,
        Self.isJoined(last.text, token.text)
      {
        pieces[pieces.count - 1] = Piece(
          text: last.text + token.text, line: line,
          columns: last.columns.lowerBound..<piece.columns.upperBound)
      } else {
        pieces.append(piece)
      }
    }
    self.pieces = pieces
  }

  /// Whether the second token goes on with the first: signs do, and the number of `$0`.
  private static func isJoined(_ first: String, _ second: String) -> Bool {
    first == "$" || (isOperator(first) && isOperator(second))
  }

  private static func isOperator(_ text: String) -> Bool {
    text.allSatisfy { "=<>!&|+-*/%?".contains($0) }
  }

  func text(at index: Int) -> String { pieces.indices.contains(index) ? pieces[index].text : "" }

  func start(of index: Int) -> Position {
    Position(line: pieces[index].line, column: pieces[index].columns.lowerBound)
  }

  /// Where the piece ends: before the next one on its line, without the space between them.
  func end(of index: Int) -> Position {
    let piece = pieces[index]
    guard text(at: index).hasPrefix("\"") else {
      return Position(line: piece.line, column: piece.columns.upperBound)
    }
    // A string's token does not say how long the string is.
    let line = lines[piece.line]
    let next =
      index + 1 < pieces.count && pieces[index + 1].line == piece.line
      ? pieces[index + 1].columns.lowerBound : line.count
    let spaces = line.prefix(next).reversed().prefix { $0 == " " }.count
    return Position(line: piece.line, column: next - spaces)
  }

  /// The source of some pieces, as it is written; line ends become spaces.
  func source(_ range: Range<Int>) -> String {
    source(from: start(of: range.lowerBound), to: end(of: range.upperBound - 1))
  }

  func source(from start: Position, to end: Position) -> String {
    guard start.line != end.line else {
      return String(lines[start.line].prefix(end.column).dropFirst(start.column))
    }
    let first = lines[start.line].dropFirst(start.column)
    let others =
      lines[start.line + 1..<end.line].map { $0[...] } + [lines[end.line].prefix(end.column)]
    return ([first] + others.map { $0.drop { $0 == " " } }).joined(separator: " ")
  }

  func change(_ range: Range<Int>, to replacement: String, kind: String? = nil) -> Change {
    Change(
      start: start(of: range.lowerBound), end: end(of: range.upperBound - 1),
      replacement: replacement, kind: kind)
  }

  /// The change of a single piece.
  func change(_ index: Int, to replacement: String) -> Change {
    change(index..<index + 1, to: replacement)
  }

  /// Whether white space stands on both sides: an operator between two operands.
  func isBinary(_ index: Int) -> Bool {
    let (piece, line) = (pieces[index], Array(lines[pieces[index].line]))
    guard piece.columns.lowerBound > 0, piece.columns.upperBound < line.count else { return false }
    return line[piece.columns.lowerBound - 1] == " " && line[piece.columns.upperBound] == " "
  }
}

// MARK: - Brackets and statements

extension CodeBody {
  private static let openers: Set<String> = ["(", "[", "{"]
  private static let closers: Set<String> = [")", "]", "}"]

  /// The first piece from `index` on that `isWanted` and stands in no bracket opened after it; nil
  /// where the surrounding bracket closes first.
  func next(from index: Int, where isWanted: (Int) -> Bool) -> Int? {
    var depth = 0
    for position in index..<max(index, pieces.count) {
      if depth == 0, isWanted(position) { return position }
      if Self.openers.contains(pieces[position].text) { depth += 1 }
      if Self.closers.contains(pieces[position].text) { depth -= 1 }
      if depth < 0 { return nil }
    }
    return nil
  }

  /// The bracket that closes the one at `open`.
  func closing(of open: Int) -> Int? {
    next(from: open + 1) { Self.closers.contains(pieces[$0].text) }
  }

  /// The parts of a list, parted at the commas that stand in no bracket of their own.
  func parts(of range: Range<Int>) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let comma = next(from: start) { pieces[$0].text == "," || $0 == range.upperBound }
      let end = min(comma ?? range.upperBound, range.upperBound)
      if start < end { parts.append(start..<end) }
      start = end + 1
    }
    return parts
  }

  /// The bounds of the operand at the side of an operator, up to what binds less.
  func operand(before index: Int, stops: Set<String>) -> Range<Int>? {
    var depth = 0
    var start = index
    while start > 0 {
      let text = pieces[start - 1].text
      if Self.closers.contains(text) { depth += 1 }
      if Self.openers.contains(text) { depth -= 1 }
      if depth < 0 || (depth == 0 && stops.contains(text)) { break }
      start -= 1
    }
    return start < index ? start..<index : nil
  }

  func operand(after index: Int, stops: Set<String>) -> Range<Int>? {
    let end =
      next(from: index + 1) {
        stops.contains(pieces[$0].text) || Self.closers.contains(pieces[$0].text)
          || (beginsStatement($0) && $0 > index + 1)
      } ?? pieces.count
    return index + 1 < end ? index + 1..<end : nil
  }

  /// Whether a statement begins here.
  func beginsStatement(_ index: Int) -> Bool {
    guard index > 0 else { return true }
    let (before, piece) = (pieces[index - 1], pieces[index])
    if ["{", ";"].contains(before.text) { return piece.text != "}" }
    guard before.line < piece.line else { return false }
    let goesOn = ["(", "[", ",", "return", "else"].contains(before.text)
    return !goesOn && !Self.isOperator(before.text)
      && (piece.isWord || piece.text == "(") && piece.text != "else"
  }

  /// All statements, those in blocks and closures included.
  var statements: [Range<Int>] {
    pieces.indices.filter(beginsStatement).map { start in
      let end =
        next(from: start) { position in
          position > start
            && (beginsStatement(position) || [")", "]", "}", ";"].contains(pieces[position].text))
        } ?? pieces.count
      return start..<end
    }
  }
}
