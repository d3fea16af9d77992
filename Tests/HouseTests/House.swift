import Foundation
import Grading
import Testing

/// The workbook's folder and the files in it, as the tests of its order see them.
enum House {
  /// The folder, which holds this file as Tests/HouseTests/House.swift.
  static let root = Examiner.root()

  /// For what holds before a learner has begun: in a learner's copy these files are the learner's.
  static let untouched = ConditionTrait.enabled(
    if: ProcessInfo.processInfo.environment["CI"] != nil,
    "Chapters are a learner's to change; set CI=1 to hold them to their first state.")

  /// A file's path from the root, and its text.
  struct File {
    let path: String
    let text: String

    /// The module that the file belongs to, as the floors name it.
    var module: String {
      let parts = path.split(separator: "/").map(String.init)
      return parts[0] == "Sources" ? parts[1] : parts[0]
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  /// Every Swift file below `folders`.
  static func swiftFiles(in folders: String...) -> [File] {
    folders.flatMap { folder -> [File] in
      let base = root.appendingPathComponent(folder)
      let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String }
      return (paths ?? []).filter { $0.hasSuffix(".swift") && !$0.contains("/.") }.sorted()
        .compactMap { path in
          (try? String(contentsOf: base.appendingPathComponent(path), encoding: .utf8))
            .map { File(path: "\(folder)/\(path)", text: $0) }
        }
    }
  }
}
