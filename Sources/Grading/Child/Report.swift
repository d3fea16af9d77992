internal import Foundation

/// A line of a child's report.
///
/// The report is append-only and written line by line, so whatever ends the child, the lines
/// before that say how far it came.
enum ReportLine: Codable, Hashable, Sendable {
  /// A check begins: if this is the last line, the code crashed or fell silent in it.
  case checking(Rule, call: String)
  /// Rules of later steps are called, to get to what is judged next. If this is the last line,
  /// or the last but "unwritten", nothing is held against the step.
  case preparing
  case unwritten(heading: String, path: String, line: Int)
  /// The last one counts: what comes after another tells the same more shortly.
  case failed(Finding)
  /// Nothing is left to run, and the call has not come back.
  case stuck(Finding)
  /// Every check passed; the most memory that took, in bytes.
  case passed(peakMemory: Int)
}

/// Appends lines to a child's report.
final class ReportWriter: Sendable {
  private let file: FileHandle

  /// - Throws: where the file at `path` cannot be opened for writing.
  init(path: String) throws {
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
  }

  func add(_ line: ReportLine) {
    guard var data = try? JSONEncoder().encode(line) else { return }
    data.append(UInt8(ascii: "\n"))
    try? file.write(contentsOf: data)
  }
}

extension ReportLine {
  /// The lines of a report; a last line that was cut off is left out.
  static func read(_ data: Data) -> [ReportLine] {
    data.split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONDecoder().decode(ReportLine.self, from: Data($0))
    }
  }
}
