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
    try await run(output: output, limit: limit) { _ in }
  }

  /// Runs the program and tells each line of its output and of its errors as it comes.
  ///
  /// - Parameters:
  ///   - onStart: told once the program runs.
  ///   - onPart: told what there is of a line whose end has not come yet.
  /// - Throws: where the program cannot be started.
  public func run(
    limit: Duration? = nil, onStart: @Sendable (RunningChild) -> Void = { _ in },
    onPart: @escaping @Sendable (String) -> Void = { _ in },
    onLine: @escaping @Sendable (String) -> Void
  ) async throws -> ChildEnd {
    let pipe = Children.makePipe()
    let (ends, ended) = AsyncStream<Void>.makeStream()
    let end = try await run(output: pipe.fileHandleForWriting, limit: limit) { child in
      onStart(child)
      // Only the child may hold the writing end now, or the reader would wait for ever.
      try? pipe.fileHandleForWriting.close()
      Thread {
        Self.readLines(from: pipe.fileHandleForReading, onPart, onLine)
        ended.finish()
      }.start()
    }
    await Self.wait(for: ends)
    return end
  }

  private static func readLines(
    from file: FileHandle, _ onPart: (String) -> Void, _ onLine: (String) -> Void
  ) {
    var rest = Data()
    while true {
      let data = file.availableData
      if data.isEmpty { break }
      rest.append(data)
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        onLine(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
        rest = Data(rest[(end + 1)...])
      }
      if !rest.isEmpty { onPart(String(decoding: rest, as: UTF8.self)) }
    }
    if !rest.isEmpty { onLine(String(decoding: rest, as: UTF8.self)) }
  }

  private func run(
    output: FileHandle, limit: Duration?, onStart: (RunningChild) -> Void
  ) async throws -> ChildEnd {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    process.standardOutput = output
    process.standardError = output
    // The child watches this pipe: it closes when this process ends, however it ends.
    let lifeline = Children.makePipe()
    process.standardInput = lifeline
    let timedOut = Flag()
    let (ends, ended) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in ended.finish() }
    let child = try Children.start(process)
    defer { Children.remove(child) }
    onStart(RunningChild(process: child))
    let killer = limit.map { limit in
      Task {
        try await Task.sleep(for: limit)
        timedOut.raise()
        ProcessTree(root: child).kill()
      }
    }
    await withTaskCancellationHandler {
      await Self.wait(for: ends)
    } onCancel: {
      ProcessTree(root: child).kill()
    }
    killer?.cancel()
    try? lifeline.fileHandleForWriting.close()
    // Its time may have run out after it had ended, before anybody here looked.
    if process.terminationReason == .exit { return .exited(process.terminationStatus) }
    return timedOut.isRaised ? .timedOut : .signalled(process.terminationStatus)
  }

  /// Waits for the end of a stream, also in a task that is cancelled: there a loop over it ends at
  /// once, and a process that has not ended yet cannot be asked how it did.
  private static func wait(for ends: AsyncStream<Void>) async {
    await Task { for await _ in ends {} }.value
  }
}

/// A child that has been started, for whoever wants to do something to it.
public struct RunningChild: Hashable, Sendable {
  /// The system's number of the process.
  public let process: Int32

  /// Ends it at once, as `kill -9` does: it gets no chance to tidy up.
  public func kill() { Children.send(SIGKILL, to: self) }

  /// Stops it where it stands. It keeps everything, its connections too, and does nothing.
  public func pause() { Children.send(SIGSTOP, to: self) }

  /// Lets it go on after `pause`.
  public func resume() { Children.send(SIGCONT, to: self) }
}

/// The children that run at the moment, so that an interrupted command leaves none behind.
public enum Children {
  private struct Running {
    var children: Set<Int32> = []
    /// Set when the process is about to end: nothing is started any more.
    var isClosed = false
  }

  private static let running = Mutex(Running())

  /// Starts the process and remembers it, with no moment between the two.
  static func start(_ process: Process) throws -> Int32 {
    try running.withLock { running in
      guard !running.isClosed else { throw CancellationError() }
      try process.run()
      running.children.insert(process.processIdentifier)
      return process.processIdentifier
    }
  }

  /// A pipe to one child alone, made while no other is being started.
  ///
  /// One that was being started would find it too late to let it go, and hold its ends as long as
  /// it runs: a reader would wait for the end of both children, and a child for that of both.
  static func makePipe() -> Pipe { running.withLock { _ in Pipe() } }

  static func remove(_ child: Int32) { running.withLock { _ = $0.children.remove(child) } }

  /// Sends a signal to a child, unless it has ended: its number may be another process's by then.
  static func send(_ signal: Int32, to child: RunningChild) {
    running.withLock { running in
      if running.children.contains(child.process) { systemKill(child.process, signal) }
    }
  }

  /// Kills every child with all that it has started, and lets no other start.
  public static func terminateAll() {
    running.withLock { running in
      running.isClosed = true
      for child in running.children { ProcessTree(root: child).kill() }
    }
  }
}

/// Something that happened once, told from one task to another.
private final class Flag: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .relaxed) }
  func raise() { raised.store(true, ordering: .relaxed) }
}

private func systemKill(_ process: Int32, _ signal: Int32) { _ = kill(process, signal) }
