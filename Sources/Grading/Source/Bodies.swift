/// A file whose functions' bodies can be read and replaced, also when it does not compile.
public struct EditableSource: Sendable {
  public private(set) var lines: [String]
  private var functions: [SourceFile.Function]

  public init(_ text: String) {
    // Whatever ends a line counts, as it does for tokens: files of other systems, too.
    lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map(String.init)
    functions = SourceFile(text).functions
  }

  public var text: String { lines.joined(separator: "\n") }

  /// The labelled name of the function around a line (from 0), or nil outside of all; with the
  /// types, where labels alone do not tell which function it is.
  public func function(around line: Int) -> String? {
    guard let function = functions.last(where: { ($0.open...$0.close).contains(line + 1) })
    else { return nil }
    return isAmbiguous(function.labels) ? function.signature : function.labels
  }

  /// The function called `name`: by its base name, or with labels, or types too, that one alone.
  ///
  /// A name with labels also finds the only function of that base name, so that a parameter that
  /// somebody has renamed does not hide it.
  private func find(_ name: String) -> SourceFile.Function? {
    if let exact = functions.first(where: { $0.answers(to: name) }) { return exact }
    let base = name.prefix { $0 != "(" }
    let candidates = functions.filter { $0.name == base }
    return candidates.count == 1 ? candidates[0] : nil
  }

  /// Whether the file has several functions of this name, and it does not say which.
  public func isAmbiguous(_ name: String) -> Bool {
    functions.count { $0.answers(to: name) } > 1
  }

  /// What stands between the braces of `name`, or nil where there is no such function.
  public func body(of name: String) -> [String]? {
    guard let function = find(name) else { return nil }
    let parts = self.parts(of: function)
    return parts.body
  }

  /// The line (from 1) on which `name` is declared.
  public func line(of name: String) -> Int? { find(name)?.line }

  /// Puts `body` between the braces of `name`. False where there is no such function.
  public mutating func replaceBody(of name: String, with body: [String]) -> Bool {
    guard let function = find(name) else { return false }
    let parts = self.parts(of: function)
    let indent = String(lines[function.line - 1].prefix { $0 == " " })
    let tail = parts.tail.first == "}" && parts.tailIndent.isEmpty ? indent : parts.tailIndent
    lines.replaceSubrange(
      function.open - 1...function.close - 1, with: [parts.head] + body + [tail + parts.tail])
    functions = SourceFile(text).functions
    return true
  }

  private struct Parts {
    /// Up to and with the opening brace.
    var head: String
    var body: [String]
    /// From the closing brace on, and the spaces before it if it opens its line.
    var tail: String
    var tailIndent: String
  }

  private func parts(of function: SourceFile.Function) -> Parts {
    let first = lines[function.open - 1]
    let last = lines[function.close - 1]
    let openBrace = first.index(first.startIndex, offsetBy: function.tokens.first?.column ?? 0)
    let afterOpen = first.index(after: openBrace)
    let head = String(first[..<afterOpen])
    let close = last.index(last.startIndex, offsetBy: function.tokens.last?.column ?? 0)
    if function.open == function.close {
      let inside = last[afterOpen..<close].trimmed
      return Parts(
        head: head, body: inside.isEmpty ? [] : [inside], tail: String(last[close...]),
        tailIndent: "")
    }
    var body: [String] = []
    let indent = lines[function.line - 1].prefix { $0.isWhitespace } + "  "
    if !first[afterOpen...].trimmed.isEmpty { body.append(indent + first[afterOpen...].trimmed) }
    body += lines[function.open..<function.close - 1]
    let before = last[..<close]
    if !before.trimmed.isEmpty { body.append(before.prefix { $0.isWhitespace } + before.trimmed) }
    return Parts(
      head: head, body: body, tail: String(last[close...]),
      tailIndent: before.trimmed.isEmpty ? String(before) : "")
  }
}

extension SourceFile.Function {
  /// The lines (from 1) of the body's braces.
  var open: Int { tokens.first?.line ?? line }
  var close: Int { tokens.last?.line ?? line }
}

extension StringProtocol {
  /// Without the white space at both ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
