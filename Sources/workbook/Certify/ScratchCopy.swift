internal import Foundation
internal import Grading
internal import Platform

/// A copy of the workbook, kept between runs, in which others take the learner's place: mutants,
/// or the learners of a room.
///
/// The learner's own folder is only read. What has not changed is not written again, so that the
/// builds here stay incremental.
struct ScratchCopy: Sendable {
  let folder: URL
  private let root: URL

  /// Where all copies are kept. Building one for the first time takes a minute, so whoever needs
  /// one takes those that are there.
  static let place = ".build/copies"

  /// The first is 1. Before it is used, all have to be reserved.
  init(_ number: Int, of root: URL) {
    self.root = root
    folder = root.appendingPathComponent("\(Self.place)/\(number)")
  }

  /// Keeps other processes from the copies of this workbook for as long as this one lives.
  ///
  /// - Throws: `Trouble` where another one has them.
  static func reserveAll(of root: URL) throws {
    let folder = root.appendingPathComponent(place)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    guard FileLock.take(folder.appendingPathComponent("lock")) else {
      throw Trouble(
        "Another 'certify' or 'board DIR' is running in this workbook. Wait for it, or end it.")
    }
  }

  /// Brings everything but the learners' files up to date.
  func synchronize() throws {
    let manager = FileManager.default
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    var wanted: Set<String> = ["Package.swift"]
    for name in ["Sources", "Solutions", "Chapters", "Tests"] {
      for path in manager.enumerator(atPath: root.appendingPathComponent(name).path) ?? .init() {
        if let path = path as? String { wanted.insert("\(name)/\(path)") }
      }
    }
    for path in wanted.sorted() where !Self.isLearners(path) {
      var isFolder: ObjCBool = false
      let from = root.appendingPathComponent(path)
      guard manager.fileExists(atPath: from.path, isDirectory: &isFolder), !isFolder.boolValue
      else { continue }
      try write(try Data(contentsOf: from), to: path)
    }
    // What a chapter takes over is solved here, whatever the learner has carried there.
    for chapter in Curriculum.chapters {
      guard let inheritance = chapter.inheritance else { continue }
      let solved = root.appendingPathComponent(chapter.solutionPath(of: inheritance))
      try write(try Data(contentsOf: solved), to: chapter.path(of: inheritance))
    }
    for name in ["Sources", "Solutions", "Chapters", "Tests"] {
      let place = folder.appendingPathComponent(name)
      let found = manager.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? []
      for path in found.map({ "\(name)/\($0)" })
      where !wanted.contains(path) && !Self.isLearners(path) {
        try? manager.removeItem(at: folder.appendingPathComponent(path))
      }
    }
  }

  /// Puts `text` in the learner's place of a chapter.
  func put(_ text: String, in chapter: Chapter) throws {
    try write(Data(text.utf8), to: chapter.statePath)
  }

  /// Puts a learner's file in its place; nil where they have none.
  func put(_ data: Data?, at path: String) throws {
    if let data { return try write(data, to: path) }
    let file = folder.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    try FileManager.default.removeItem(at: file)
  }

  private func write(_ data: Data, to path: String) throws {
    let url = folder.appendingPathComponent(path)
    guard (try? Data(contentsOf: url)) != data else { return }
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url, options: .atomic)
  }

  private static func isLearners(_ path: String) -> Bool {
    Curriculum.chapters.contains { $0.paths.contains(path) }
  }
}
