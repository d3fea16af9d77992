/// How text is set on the screen at hand: how wide, and whether in colour.
public struct Style: Hashable, Sendable {
  public let width: Int
  public let isColoured: Bool

  /// A width below 40 columns is taken as 40: narrower, nothing would be readable.
  public init(width: Int, isColoured: Bool) {
    self.width = max(width, 40)
    self.isColoured = isColoured
  }

  /// A hundred columns without colour: for files, pipes and tests.
  public static let plain = Style(width: 100, isColoured: false)

  public func good(_ text: String) -> String { paint(text, "32") }
  public func bad(_ text: String) -> String { paint(text, "31") }
  public func quiet(_ text: String) -> String { paint(text, "2") }
  public func strong(_ text: String) -> String { paint(text, "1") }

  private func paint(_ text: String, _ code: String) -> String {
    isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// `text` in lines of this width, every line indented; from the second on by `hanging`.
  public func wrapped(_ text: String, indent: Int, hanging: Int? = nil) -> [String] {
    var lines: [String] = []
    var line = ""
    var margin = indent
    // Words are parted at single spaces, so that columns set with several keep their places.
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, margin + line.count + 1 + word.count > width {
        lines.append(String(repeating: " ", count: margin) + line)
        margin = hanging ?? indent
        line = String(word)
      } else {
        line +=
          line.isEmpty && lines.isEmpty && word.isEmpty ? "" : (line.isEmpty ? "" : " ") + word
      }
    }
    return lines + [String(repeating: " ", count: margin) + line]
  }
}
