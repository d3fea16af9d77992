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

  init(
    style: Style, errorStyle: Style = .plain, isInteractive: Bool = false,
    showsChangingLine: Bool = false, output: @escaping Sink, errors: @escaping Sink
  ) {
    self.style = style
    self.errorStyle = errorStyle
    self.isInteractive = isInteractive
    self.showsChangingLine = showsChangingLine
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
