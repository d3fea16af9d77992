internal import Foundation
internal import Grading
internal import Platform

/// Figures, and the machine and the build that they are of.
struct BenchReport: Encodable {
  /// Figures that belong together.
  struct Part: Encodable {
    let title: String
    let figures: [Figure]
  }

  let machine: Machine
  /// The compiler, such as "Swift 6.3.1".
  let toolchain: String
  /// How the workbook was built: "debug" or "release".
  let build: String
  let parts: [Part]

  /// How this program was built.
  static var ownBuild: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  private var head: String { "\(machine). \(toolchain), \(build) build." }

  /// As a table for a terminal.
  func lines(style: Style) -> [String] {
    let figures = parts.flatMap(\.figures)
    let name = figures.map(\.name.count).max() ?? 0
    let measured = figures.map(\.measured.count).max() ?? 0
    func pad(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
    func line(_ figure: Figure) -> String {
      let mark = figure.isMet.map { $0 ? style.good("✓") : style.bad("✗") } ?? "·"
      return "  \(mark) \(figure.name)\(pad(name - figure.name.count + 3))"
        + pad(measured - figure.measured.count) + figure.measured
        + (figure.wish.map { "   wanted: \($0)" } ?? "")
    }
    return style.wrapped(head, indent: 0)
      + parts.flatMap { part in ["", style.strong(part.title)] + part.figures.map(line) }
  }

  /// As a table for README.
  var markdown: [String] {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    let rows = parts.flatMap { part in
      [row(["**\(part.title)**", "", ""])]
        + part.figures.map { figure in
          row([figure.name, figure.measured, Self.judged(figure)])
        }
    }
    return Style(width: 100, isColoured: false).wrapped(head, indent: 0)
      + ["", row(["figure", "measured", "wanted"]), row(["---", "---:", "---"])] + rows
  }

  private static func judged(_ figure: Figure) -> String {
    guard let wish = figure.wish, let isMet = figure.isMet else { return "" }
    return "\(isMet ? "✓" : "✗") \(wish)"
  }
}
