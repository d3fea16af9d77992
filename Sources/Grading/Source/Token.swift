/// A word, a sign or a literal of Swift source. Comments and the text of strings are left out.
public struct Token: Hashable, Sendable {
  public let text: String
  /// Counted from 1.
  public let line: Int
  /// How many characters stand before it on its line.
  public let column: Int
}

/// Cuts Swift source into tokens, as far as finding calls and bodies needs.
struct Lexer {
  private let characters: [Character]
  private var position = 0
  private var line = 1
  private var column = 0
  private var tokens: [Token] = []

  static func tokens(of source: String) -> [Token] {
    var lexer = Lexer(characters: Array(source))
    lexer.run()
    return lexer.tokens
  }

  private init(characters: [Character]) { self.characters = characters }

  private func peek(_ offset: Int = 0) -> Character? {
    position + offset < characters.count ? characters[position + offset] : nil
  }

  private mutating func advance() {
    if peek()?.isNewline == true {
      line += 1
      column = 0
    } else {
      column += 1
    }
    position += 1
  }

  private func isAt(_ text: String) -> Bool {
    var offset = 0
    for character in text {
      if peek(offset) != character { return false }
      offset += 1
    }
    return true
  }

  private mutating func run(untilClosing closing: Character? = nil) {
    var depth = 0
    while let next = peek() {
      if next == closing, depth == 0 { return }
      if closing != nil, next == "(" { depth += 1 }
      if closing != nil, next == ")" { depth -= 1 }
      if isAt("//") {
        while let character = peek(), !character.isNewline {
          _ = character
          advance()
        }
      } else if isAt("/*") {
        skipBlockComment()
      } else if next == "\"" || isRawString() {
        readString()
      } else if next.isLetter || next == "_" || next == "@" || next == "#" {
        readWord()
      } else if next.isWhitespace {
        advance()
      } else if next.isNumber {
        readNumber()
      } else {
        tokens.append(Token(text: String(next), line: line, column: column))
        advance()
      }
    }
  }

  private func isRawString() -> Bool {
    guard peek() == "#" else { return false }
    var offset = 0
    while peek(offset) == "#" { offset += 1 }
    return peek(offset) == "\""
  }

  private mutating func skipBlockComment() {
    var depth = 0
    repeat {
      if isAt("/*") {
        depth += 1
        advance()
      } else if isAt("*/") {
        depth -= 1
        advance()
      }
      advance()
    } while depth > 0 && peek() != nil
  }

  private mutating func readWord() {
    let start = (line: line, column: column)
    var word = ""
    while let character = peek(),
      character.isLetter || character.isNumber || character == "_" || character == "@"
        || character == "#"
    {
      word.append(character)
      advance()
    }
    tokens.append(Token(text: word, line: start.line, column: start.column))
  }

  private mutating func readNumber() {
    let start = (line: line, column: column)
    var number = ""
    while let character = peek(), character.isNumber || character.isLetter || character == "_" {
      number.append(character)
      advance()
    }
    tokens.append(Token(text: number, line: start.line, column: start.column))
  }

  /// Skips a string, but reads what stands in its interpolations.
  private mutating func readString() {
    let start = (line: line, column: column)
    var hashes = ""
    while peek() == "#" {
      hashes.append("#")
      advance()
    }
    let quotes = isAt("\"\"\"") ? "\"\"\"" : "\""
    for _ in quotes { advance() }
    tokens.append(Token(text: "\"\"", line: start.line, column: start.column))
    while peek() != nil {
      if isAt(quotes + hashes) {
        for _ in quotes + hashes { advance() }
        return
      }
      if isAt("\\" + hashes + "(") {
        for _ in 0..<hashes.count + 2 { advance() }
        run(untilClosing: ")")
        advance()
      } else if isAt("\\" + hashes) {
        for _ in 0...hashes.count { advance() }
        advance()
      } else if quotes.count == 1, peek()?.isNewline == true {
        return
      } else {
        advance()
      }
    }
  }
}
