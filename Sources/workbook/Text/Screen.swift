internal import Grading
internal import Platform
internal import Synchronization

/// Where a command writes: results on one side, progress and complaints on the other.
final class Screen: Sendable {
  typealias Sink = @Sendable (String) -> Void

  /// How results are set.
  let style: Style
  /// How progress and complaints are set.
  let errorStyle: Style
  /// Whether results go to a terminal, and may replace what stands there.
  let isInteractive: Bool
  /// Whether progress may be one changing line.
  let showsChangingLine: Bool
  private let output: Sink
  private let errors: Sink
  private let progress = Mutex("")
  /// The rows of the screen, where it has any.
  private let height: @Sendable () -> Int?
  /// How many rows are set apart, of how many.
  private let panel = Mutex<(rows: Int, height: Int)?>(nil)

  init(
    style: Style, errorStyle: Style = .plain, isInteractive: Bool = false,
    showsChangingLine: Bool = false, height: @escaping @Sendable () -> Int? = { nil },
    output: @escaping Sink, errors: @escaping Sink
  ) {
    self.style = style
    self.errorStyle = errorStyle
    self.isInteractive = isInteractive
    self.showsChangingLine = showsChangingLine
    self.height = height
    self.output = output
    self.errors = errors
  }

  /// Nobody looks on.
  static let silent = Screen(style: .plain, output: { _ in }, errors: { _ in })

  /// The process's own output, as the terminal and `NO_COLOR` ask for it.
  static func standard(environment: [String: String]) -> Screen {
    let isDumb = environment["TERM"].map { $0 == "dumb" || $0.isEmpty } ?? true
    func style(_ terminal: Terminal) -> Style {
      Style(
        width: terminal.width ?? 100,
        isColoured: terminal.isInteractive && !isDumb
          && environment["NO_COLOR", default: ""].isEmpty)
    }
    return Screen(
      style: style(.output), errorStyle: style(.errors),
      isInteractive: Terminal.output.isInteractive && !isDumb,
      showsChangingLine: Terminal.errors.isInteractive && !isDumb,
      height: { Terminal.output.height },
      output: { Terminal.output.write($0) }, errors: { Terminal.errors.write($0) })
  }

  /// Writes results.
  func say(_ lines: [String]) {
    endProgress()
    output(lines.map { $0 + "\n" }.joined())
  }

  func say(_ line: String = "") { say([line]) }

  /// Writes a sentence as a result, wrapped.
  func tell(_ text: String, indent: Int = 2) { say(style.wrapped(text, indent: indent)) }

  /// Writes a complaint.
  func complain(_ text: String) {
    endProgress()
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let indent = paragraph.prefix { $0 == " " }.count
      let lines = errorStyle.wrapped(String(paragraph.dropFirst(indent)), indent: indent)
      errors(lines.joined(separator: "\n") + "\n")
    }
  }

  /// Empties the screen, where there is one.
  func clear() {
    if isInteractive { output("\u{1B}[2J\u{1B}[3J\u{1B}[H") }
  }

  /// Says what goes on: in one changing line on a terminal, else in a line of its own if
  /// `isNews`.
  func progress(_ text: String, isNews: Bool) {
    guard showsChangingLine else {
      if isNews { errors(text + "\n") }
      return
    }
    progress.withLock { shown in
      guard shown != text else { return }
      shown = text
      errors("\r\u{1B}[2K" + errorStyle.quiet(String(text.prefix(errorStyle.width - 1))))
    }
  }

  /// Takes the changing line away.
  func endProgress() {
    progress.withLock { shown in
      guard !shown.isEmpty else { return }
      shown = ""
      errors("\r\u{1B}[2K")
    }
  }
}

// MARK: - Lines that stay at the top

extension Screen {
  /// Rows that must be left for what is typed and answered.
  private static let leastRows = 8

  /// Shows `lines` at the top of the screen, while the rest goes on below as ever: what somebody
  /// is typing there stays as it is.
  ///
  /// - Returns: false where there is no screen, or too small a one.
  @discardableResult func showPanel(_ lines: [String]) -> Bool {
    guard isInteractive, let height = height(), height >= lines.count + Self.leastRows else {
      return false
    }
    panel.withLock { panel in
      var text = ""
      if panel?.rows != lines.count || panel?.height != height {
        // What stood there before scrolls away. The rest of the screen becomes a screen of its own.
        if panel == nil { text += String(repeating: "\n", count: height) }
        text += "\u{1B}[\(lines.count + 1);\(height)r\u{1B}[\(height);1H"
        panel = (lines.count, height)
      }
      text += "\u{1B}7\u{1B}[H"
      for line in lines { text += "\u{1B}[2K" + line + "\r\n" }
      output(text + "\u{1B}8")
    }
    return true
  }

  /// Makes the screen one again.
  func endPanel() {
    panel.withLock { panel in
      guard let shown = panel else { return }
      panel = nil
      output("\u{1B}[r\u{1B}[\(shown.height);1H\n")
    }
  }

  /// Asks for a line.
  func prompt() { if isInteractive { output("> ") } }
}

/// Says what goes on, once it has gone on for a second.
struct Progress: Sendable {
  private let screen: Screen
  private let first: Delayed

  init(_ text: String, on screen: Screen) {
    self.screen = screen
    if screen.showsChangingLine { screen.progress(text, isNews: true) }
    first = Delayed(by: .seconds(1)) {
      if !screen.showsChangingLine { screen.progress(text, isNews: true) }
    }
  }

  /// A detail that is worth a changing line, and not worth a line.
  func update(_ text: String) { screen.progress(text, isNews: false) }

  func end() {
    first.callOff()
    screen.endProgress()
  }
}
