internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization

/// Runs `swift build` for the program that links the chapters.
struct Builder: Sendable {
  /// How a build ended.
  enum Outcome: Sendable {
    /// With a runner, at this place.
    case built(URL)
    case failed(BuildLog)
  }

  let root: URL
  let screen: Screen
  let environment: [String: String]
  private let products: URL
  private let scratch: [String]

  /// - Parameter executable: this program. The runner is built where this program was, so that
  ///   one build folder serves both.
  init(root: URL, screen: Screen, environment: [String: String], executable: URL?) {
    self.root = root
    self.screen = screen
    self.environment = environment
    let build = root.appendingPathComponent(".build")
    let folder = executable?.deletingLastPathComponent()
    let configuration = folder?.lastPathComponent ?? ""
    let scratchFolder = folder?.deletingLastPathComponent().deletingLastPathComponent()
    if let folder, let scratchFolder, ["debug", "release"].contains(configuration),
      scratchFolder.path.hasPrefix(root.path + "/") || configuration == "release"
    {
      products = folder
      scratch = ["--scratch-path", scratchFolder.path, "--configuration", configuration]
    } else {
      products = build.appendingPathComponent("debug")
      scratch = ["--scratch-path", build.path]
    }
  }

  init(_ surroundings: Surroundings) {
    self.init(
      root: surroundings.root, screen: surroundings.screen,
      environment: surroundings.environment, executable: surroundings.executable)
  }

  /// Builds the runner: with every chapter, or with one, whose neighbours then do not matter.
  ///
  /// - Throws: `Trouble` where the workbook's folder cannot be written.
  func build(chapter: Int? = nil) async throws -> Outcome {
    try checkThatFolderIsWritable()
    var environment = environment
    environment["CHAPTER"] = chapter.map(String.init)
    environment["NO_COLOR"] = "1"
    let what = chapter.map { "building chapter \($0)" } ?? "building"
    let progress = Progress("\(what) …", on: screen)
    defer { progress.end() }
    let lines = Mutex<[String]>([])
    let child = ChildProcess(
      executable: try Self.swift(in: environment),
      arguments: ["build", "--product", "runner"] + scratch, environment: environment,
      directory: root)
    let end = try await child.run { _ in
    } onPart: { [screen] part in
      // SwiftPM says whom it waits for, and ends the line only when the waiting is over.
      if part.hasPrefix("Another instance of SwiftPM"), part.hasSuffix("...") {
        screen.complain(part)
      }
    } onLine: { line in
      lines.withLock { $0.append(line) }
      if line.hasPrefix("[") {
        progress.update("\(what) … \(line)")
      }
    }
    if end == .exited(0) {
      return .built(products.appendingPathComponent("runner").resolvingSymlinksInPath())
    }
    return .failed(BuildLog(lines: lines.withLock { $0 }, root: root))
  }

  private func checkThatFolderIsWritable() throws {
    let manager = FileManager.default
    let build = root.appendingPathComponent(".build").path
    let needed = manager.fileExists(atPath: build) ? build : root.path
    guard !manager.isWritableFile(atPath: needed) else { return }
    throw Trouble(
      "\(needed) cannot be written, and grading has to build there. "
        + "Copy the workbook to a folder of your own, and type the command in the copy.")
  }

  /// The `swift` that a shell would find.
  private static func swift(in environment: [String: String]) throws -> URL {
    for folder in environment["PATH", default: ""].split(separator: ":") {
      let file = URL(fileURLWithPath: String(folder)).appendingPathComponent("swift")
      if FileManager.default.isExecutableFile(atPath: file.path) { return file }
    }
    throw Trouble("There is no swift on your PATH. swift.org/install shows how to get it.")
  }
}
