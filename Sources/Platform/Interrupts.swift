internal import Dispatch
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Ctrl-C, and a polite request to end.
public enum Interrupts {
  /// What the next request to end does instead of ending the process.
  private static let instead = Mutex<(@Sendable () -> Void)?>(nil)

  /// Has the next request to end call `leave` alone, where something is to be finished first. The
  /// one after it ends the process at once. Nil takes that back.
  public static func first(_ leave: (@Sendable () -> Void)?) { instead.withLock { $0 = leave } }

  /// What is to be called now, if something is: once.
  static func takeFirst() -> (@Sendable () -> Void)? { instead.withLock { $0.take() } }

  /// Runs `leave` on the first SIGINT, SIGTERM or SIGHUP, with no children left behind, and ends
  /// the process; unless `first` has something to do instead.
  ///
  /// - Parameter code: the exit code; 130 says to a shell that a command was interrupted.
  public static func endProcess(
    code: Int32 = 130, after leave: @escaping @Sendable () -> Void
  ) {
    // Writing to a pipe that nobody reads is told by `write`. An empty handler rather than SIG_IGN:
    // what is ignored stays ignored in every child.
    signal(SIGPIPE) { _ in }
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in }
      let source = DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "interrupts"))
      source.setEventHandler {
        if let first = takeFirst() { return first() }
        Children.terminateAll()
        leave()
        // The handler keeps its source: nobody else does.
        withExtendedLifetime(source) { _exit(code) }
      }
      source.resume()
    }
  }
}
