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
  ///
  /// - Parameter old: the table that stands there: what was not measured now stays, unless it is of
  ///   another machine or build, which would then stand under the name of this one.
  func markdown(keeping old: [String] = []) -> [String] {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    let head = Style(width: 100, isColoured: false).wrapped(head, indent: 0)
    var blocks = old.starts(with: head) ? Self.blocks(of: old) : []
    for part in parts {
      let rows =
        [row(["**\(part.title)**", "", ""])]
        + part.figures.map { row([$0.name, $0.measured, Self.judged($0)]) }
      if let place = blocks.firstIndex(where: { $0[0] == rows[0] }) {
        blocks[place] = rows
      } else {
        blocks.append(rows)
      }
    }
    return head + ["", row(["figure", "measured", "wanted"]), row(["---", "---:", "---"])]
      + blocks.joined()
  }

  /// The rows of a table for README, part by part: each begins with its title.
  private static func blocks(of table: [String]) -> [[String]] {
    table.reduce(into: []) { blocks, line in
      if line.hasPrefix("| **") {
        blocks.append([line])
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].append(line)
      }
    }
  }

  private static func judged(_ figure: Figure) -> String {
    guard let wish = figure.wish, let isMet = figure.isMet else { return "" }
    return "\(isMet ? "✓" : "✗") \(wish)"
  }
}
