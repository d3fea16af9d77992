public import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// How a child process ended.
public enum ChildEnd: Hashable, Sendable {
  case exited(Int32)
  case signalled(Int32)
  /// It took longer than it was given, and was killed.
  case timedOut
}

/// A program run as a child: bounded in time, and gone when this process goes.
public struct ChildProcess: Sendable {
  public var executable: URL
  public var arguments: [String]
  public var environment: [String: String]
  public var directory: URL?

  public init(
    executable: URL, arguments: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment, directory: URL? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }

  /// Runs the program with its output going to `output`, and waits for its end.
  ///
  /// - Parameter limit: after this much time the child is killed.
  /// - Throws: where the program cannot be started.
  public func run(output: FileHandle, limit: Duration?) async throws -> ChildEnd {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    process.standardOutput = output
    process.standardError = output
    // The child watches this pipe: it closes when this process ends, however it ends.
    let lifeline = Pipe()
    process.standardInput = lifeline
    let timedOut = Flag()
    let (ends, ended) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in ended.finish() }
    try process.run()
    let child = process.processIdentifier
    Children.add(child)
    defer { Children.remove(child) }
    let killer = limit.map { limit in
      Task {
        try await Task.sleep(for: limit)
        timedOut.raise()
        kill(child, SIGKILL)
      }
    }
    for await _ in ends {}
    killer?.cancel()
    try? lifeline.fileHandleForWriting.close()
    if timedOut.isRaised { return .timedOut }
    return process.terminationReason == .uncaughtSignal
      ? .signalled(process.terminationStatus) : .exited(process.terminationStatus)
  }
}

/// The children that run at the moment, so that an interrupted command leaves none behind.
public enum Children {
  private static let running = Mutex<Set<Int32>>([])

  static func add(_ child: Int32) { running.withLock { _ = $0.insert(child) } }
  static func remove(_ child: Int32) { running.withLock { _ = $0.remove(child) } }

  /// Asks every child, and whatever each has started in its process group, to end.
  public static func terminateAll() {
    for child in running.withLock({ $0 }) {
      // Foundation gives each child a process group of its own on Linux; where it does not, the
      // terminal has told the child already.
      kill(-child, SIGTERM)
      kill(child, SIGTERM)
    }
  }
}

/// Something that happened once, told from one task to another.
private final class Flag: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}
