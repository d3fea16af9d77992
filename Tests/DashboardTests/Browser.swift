import Dashboard
import Foundation
import Platform
import Synchronization
import Testing
import Traces

/// A browser without a window, where this machine has one.
enum Browser {
  static let isThere = ConditionTrait.enabled(
    if: program != nil, "There is no Chromium on the PATH: its package is called chromium.")

  private static let program: URL? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.lazy.flatMap { folder in
      ["chromium", "chromium-browser", "google-chrome"].map {
        URL(fileURLWithPath: String(folder)).appendingPathComponent($0)
      }
    }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// The page of a trace as it is once `script` has run in it; the script's `note` writes lines,
  /// which come back. Times in the page are the browser's own, and pass at once.
  static func walk(
    through trace: Trace, at moment: String = "", dark: Bool = false, _ script: String
  ) async throws -> [String] {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("run.html")
    let driver = """
      <script>
      const note = (line) => document.body.append("\\nnoted: " + line + "\\n");
      const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
      window.addEventListener("error", (event) => note("error " + event.message));
      const words = (id) => document.getElementById(id).textContent;
      const frame = () => new Promise((done) => setTimeout(done, 40));
      (async () => { await frame(); \(script) })().catch((error) => note("error " + error));
      </script></body>
      """
    // Without a window no frame is ever due: here, time brings them.
    let frames = """
      <head><script>
      window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 16);
      </script>
      """
    let page = String(decoding: Picture(of: trace).html, as: UTF8.self)
    try page.replacingOccurrences(of: "<head>", with: frames)
      .replacingOccurrences(of: "</body>", with: driver)
      .write(to: file, atomically: true, encoding: .utf8)
    return try await lines(of: file.absoluteString + moment, in: folder, dark: dark)
      .filter { $0.hasPrefix("noted: ") }.map { String($0.dropFirst(7)) }
  }

  /// Keeps a page open in a browser until the task is cancelled.
  static func open(_ address: String) async throws {
    let program = try #require(program)
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-browser-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let child = ChildProcess(
      executable: program,
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1200,900",
        "--user-data-dir=\(folder.path)", "--remote-debugging-port=0", address,
      ])
    _ = try await child.run(limit: .seconds(600)) { _ in }
  }

  private static func lines(
    of address: String, in folder: URL, dark: Bool
  ) async throws -> [String] {
    let program = try #require(program)
    let lines = Mutex<[String]>([])
    let child = ChildProcess(
      executable: program,
      arguments: [
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1200,900",
        "--user-data-dir=\(folder.path)/profile", "--virtual-time-budget=5000", "--dump-dom",
      ] + (dark ? ["--force-dark-mode"] : []) + [address])
    let end = try await child.run(limit: .seconds(600)) { line in
      lines.withLock { $0.append(line) }
    }
    #expect(end == .exited(0))
    return lines.withLock { $0 }
  }
}
