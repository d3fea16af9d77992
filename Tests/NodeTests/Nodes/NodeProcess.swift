import Foundation
import Platform
import Testing

@testable import Node

/// A node as a process of its own.
final class NodeProcess: Sendable {
  private final class Anchor {}

  private static let runner: URL = {
    #if os(macOS)
      let products = Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent()
    #else
      let products = Bundle.main.bundleURL
    #endif
    return products.appendingPathComponent("runner")
  }()

  private let child = Shared<RunningChild?>(nil)
  private let lines = Shared<[String]>([])
  private let hasEnded = Shared(false)
  private let running: Task<ChildEnd, any Error>

  /// - Parameter fileSize: the most that a file of it may hold, in the shell's blocks.
  init(_ words: [String], fileSize: Int? = nil) {
    let program =
      fileSize.map { blocks in
        ChildProcess(
          executable: URL(fileURLWithPath: "/bin/sh"),
          arguments: ["-c", "ulimit -f \(blocks); exec \"$@\"", "sh", Self.runner.path] + words)
      } ?? ChildProcess(executable: Self.runner, arguments: words)
    running = Task { [child, lines, hasEnded] in
      defer { hasEnded.withLock { $0 = true } }
      return try await program.run { started in
        child.withLock { $0 = started }
      } onLine: { line in
        lines.withLock { $0.append(line) }
      }
    }
  }

  deinit { running.cancel() }

  /// What it has printed, and said.
  var text: [String] { lines.withLock { $0 } }

  /// Waits until it serves.
  func ready() async throws {
    try await eventually("a node that is ready") {
      if text.contains(where: { $0.hasPrefix(#"{"ready":1,"#) }) { return true }
      if hasEnded.withLock({ $0 }) { throw TooLate(description: "a node ended, and said \(text)") }
      return nil
    }
  }

  /// Ends it as `kill -9` does.
  func kill() async throws {
    child.withLock { $0 }?.kill()
    _ = try await running.value
  }

  /// Asks it to end.
  func terminate() async throws -> ChildEnd {
    let process = child.withLock { $0 }?.process ?? 0
    _ = try await ChildProcess(
      executable: URL(fileURLWithPath: "/bin/kill"), arguments: ["-TERM", "\(process)"]
    ).run { _ in }
    return try await running.value
  }

  var end: ChildEnd {
    get async throws { try await running.value }
  }
}
