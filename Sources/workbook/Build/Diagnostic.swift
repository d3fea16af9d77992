internal import Foundation

/// What a compiler says about one place.
struct Diagnostic: Hashable, Sendable {
  enum Kind: String, Hashable, Sendable { case error, warning, note }

  /// From the workbook's folder, if it lies there.
  let file: String
  let line: Int
  let column: Int
  let kind: Kind
  let message: String
  /// The lines of source that the compiler shows, as it shows them.
  var excerpt: [String] = []

  var head: String { "\(file):\(line):\(column): \(kind.rawValue): \(message)" }
}

/// What a build printed, read for what went wrong.
struct BuildLog: Hashable, Sendable {
  /// Each thing once, in the order in which it came.
  let diagnostics: [Diagnostic]
  let lines: [String]

  var errors: [Diagnostic] { diagnostics.filter { $0.kind == .error } }

  /// - Parameter root: paths below it are shortened.
  init(lines: [String], root: URL) {
    self.lines = lines
    let prefix = root.path.hasSuffix("/") ? root.path : root.path + "/"
    var found: [Diagnostic] = []
    for line in lines {
      if var diagnostic = Self.head(line) {
        if diagnostic.file.hasPrefix(prefix) {
          diagnostic = Diagnostic(
            file: String(diagnostic.file.dropFirst(prefix.count)), line: diagnostic.line,
            column: diagnostic.column, kind: diagnostic.kind, message: diagnostic.message)
        }
        found.append(diagnostic)
      } else if !found.isEmpty, line.firstMatch(of: /^\s*(\d+\s*)?([|]|:\s*$)/) != nil {
        found[found.count - 1].excerpt.append(line)
      }
    }
    // SwiftPM tells everything twice: from the module's interface and from its code.
    var seen: Set<String> = []
    diagnostics = found.filter { seen.insert($0.head).inserted }
  }

  private static func head(_ line: String) -> Diagnostic? {
    guard let match = line.wholeMatch(of: /(\/.+?):(\d+):(\d+): (error|warning|note): (.*)/),
      let line = Int(match.2), let column = Int(match.3),
      let kind = Diagnostic.Kind(rawValue: String(match.4))
    else { return nil }
    return Diagnostic(
      file: String(match.1), line: line, column: column, kind: kind, message: String(match.5))
  }
}
