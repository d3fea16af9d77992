internal import Grading

/// A few paragraphs of Markdown, set for a screen: prose is wrapped, code stays as it is.
struct Markdown {
  private enum Block {
    case prose(String)
    case item(String)
    case code([String])
  }

  private let blocks: [Block]

  init(_ lines: [String]) {
    var blocks: [Block] = []
    var paragraph: [String] = []
    var code: [String]?
    func close() {
      guard let first = paragraph.first else { return }
      let text = paragraph.map { $0.trimmingPrefix { $0 == " " } }.joined(separator: " ")
      blocks.append(Self.isItem(first) ? .item(text) : .prose(text))
      paragraph = []
    }
    for line in lines {
      if line.hasPrefix("```") {
        close()
        if let finished = code { blocks.append(.code(finished)) }
        code = code == nil ? [] : nil
      } else if code != nil {
        code?.append(line)
      } else if line.allSatisfy(\.isWhitespace) {
        close()
      } else {
        if Self.isItem(line) { close() }
        paragraph.append(line)
      }
    }
    close()
    if let code { blocks.append(.code(code)) }
    self.blocks = blocks
  }

  private static func isItem(_ line: String) -> Bool {
    line.firstMatch(of: #/^\s*([-*]|\d+\.)\s/#) != nil
  }

  func lines(indent: Int, style: Style) -> [String] {
    var lines: [String] = []
    for (index, block) in blocks.enumerated() {
      switch block {
      case .prose(let text):
        lines += (index == 0 ? [] : [""]) + style.wrapped(text, indent: indent)
      case .item(let text):
        lines += style.wrapped(text, indent: indent, hanging: indent + 2)
      case .code(let code):
        lines += (index == 0 ? [] : [""]) + code.flatMap { style.clipped($0, indent: indent + 2) }
      }
    }
    return lines
  }
}
