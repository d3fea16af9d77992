internal import Foundation
internal import Grading
internal import Platform

/// What was in the place of something that a command replaced.
struct Backups {
  let chapter: Chapter
  let surroundings: Surroundings

  /// Puts a copy of the learner's file aside, where no build finds it.
  ///
  /// - Returns: where it is; nil if there was nothing to keep.
  func keep(_ old: Data?, of file: String) throws -> String? {
    guard let old, !old.isEmpty else { return nil }
    let folder = ".workbook/backups/\(chapter.folder)"
    let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
    let stamp = surroundings.clock.stamp()
    var path = "\(folder)/\(name).\(stamp).swift"
    var number = 2
    while FileManager.default.fileExists(atPath: surroundings.url(path).path) {
      path = "\(folder)/\(name).\(stamp)-\(number).swift"
      number += 1
    }
    do {
      try FileManager.default.createDirectory(
        at: surroundings.url(folder), withIntermediateDirectories: true)
      try old.write(to: surroundings.url(path), options: .atomic)
    } catch {
      throw Trouble(
        "The backup \(path) cannot be written, so nothing was changed: the folder may be "
          + "read-only, or the disk full.")
    }
    return path
  }
}

extension Style {
  /// Where a backup is, and what to type to have it back: on one line, for copying.
  func tellBackup(_ backup: String, of file: String) -> [String] {
    wrapped("Your file is kept in \(backup). To get it back:", indent: 0)
      + ["  cp \(backup) \(file)"]
  }
}
