public import Foundation
internal import Platform

extension Examiner {
  /// The examiner for a test target of this package.
  ///
  /// - Parameters:
  ///   - anchor: a class of the test target, by which its bundle is found on macOS.
  ///   - file: a file that stands two folders below the workbook's, as Tests/SomeTests/File.swift.
  public static func forTests(anchor: AnyClass, file: String = #filePath) -> Examiner {
    #if os(macOS)
      let products = Bundle(for: anchor).bundleURL.deletingLastPathComponent()
    #else
      let products = Bundle.main.bundleURL
    #endif
    return Examiner(runner: products.appendingPathComponent("runner"), root: root(file: file))
  }

  /// What the runner prints when asked for `words`, in a process of its own.
  public func told(_ words: [String]) async throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: file) }
    let child = ChildProcess(
      executable: runner, arguments: words, environment: Self.environment)
    let end = try await child.run(output: FileHandle(forWritingTo: file), limit: Self.limit)
    let text = try String(contentsOf: file, encoding: .utf8)
    guard end == .exited(0) else { throw RunnerFailed(output: text) }
    return text
  }

  /// The workbook's folder, for a file that stands two folders below it.
  public static func root(file: String = #filePath) -> URL {
    URL(fileURLWithPath: file)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }
}
