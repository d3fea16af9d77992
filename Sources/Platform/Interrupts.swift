internal import Dispatch
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Ctrl-C, and a polite request to end.
public enum Interrupts {
  /// Runs `leave` on the first SIGINT, SIGTERM or SIGHUP, with no children left behind, and ends
  /// the process.
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
        Children.terminateAll()
        leave()
        // The handler keeps its source: nobody else does.
        withExtendedLifetime(source) { _exit(code) }
      }
      source.resume()
    }
  }
}
