internal import Foundation
internal import Grading
internal import Platform

/// What a command works in: the workbook's folder, a screen, a clock.
struct Surroundings: Sendable {
  /// The workbook's folder.
  let root: URL
  let screen: Screen
  var clock = WallClock.system
  var environment: [String: String] = [:]
  /// The program that runs, where the products of its build are found beside it.
  var executable: URL?

  /// The same, in another's copy of the workbook; nil means this one.
  ///
  /// - Throws: `Trouble` where `folder` is no workbook.
  func workbook(at folder: String?) throws -> Surroundings {
    guard let folder else { return self }
    let root = URL(fileURLWithPath: folder)
    guard WorkbookRoot.isRoot(root) else {
      throw Trouble("\(folder) is no workbook: it has no Package.swift, Chapters and Solutions.")
    }
    return Surroundings(root: root, screen: screen, clock: clock, environment: environment)
  }

  func url(_ path: String) -> URL { root.appendingPathComponent(path) }

  /// A text file of the workbook.
  ///
  /// - Throws: `Trouble`, with a sentence, where it cannot be read.
  func read(_ path: String) throws -> String {
    do {
      return try String(contentsOf: url(path), encoding: .utf8)
    } catch {
      guard FileManager.default.fileExists(atPath: url(path).path) else {
        throw Trouble("\(path) is missing.")
      }
      throw Trouble("\(path) cannot be read: it may be no text, or not yours to read.")
    }
  }

  /// Writes a file as a whole: whoever reads it sees the old one or the new one.
  ///
  /// - Throws: `Trouble`, with a sentence, where it cannot be written.
  func write(_ text: String, to path: String) throws {
    do {
      try FileManager.default.createDirectory(
        at: url(path).deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url(path), options: .atomic)
    } catch {
      throw Trouble("\(path) cannot be written: the folder may be read-only, or the disk full.")
    }
  }
}

/// The folder that holds the workbook.
enum WorkbookRoot {
  /// Walks up from the current folder, then from the program, to a folder that is a workbook.
  static func find(from current: URL, executable: URL?) throws -> URL {
    let starts = [current, executable?.deletingLastPathComponent()].compactMap { $0 }
    for start in starts {
      var folder = start.standardizedFileURL.resolvingSymlinksInPath()
      while true {
        if isRoot(folder) { return folder }
        let parent = folder.deletingLastPathComponent()
        if parent.path == folder.path { break }
        folder = parent
      }
    }
    throw Trouble(
      "This is not inside a workbook: no folder above \(current.path) holds Package.swift, "
        + "Chapters and Solutions. Go to the folder that you cloned, and type the command there.")
  }

  static func isRoot(_ folder: URL) -> Bool {
    ["Package.swift", "Chapters", "Solutions"].allSatisfy {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
    }
  }
}
