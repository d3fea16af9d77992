internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What the operating system would not do, in a sentence for a person.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked for: "writing node-1/log".
  public let attempt: String
  public let code: Int32

  public init(_ attempt: String, code: Int32) {
    self.attempt = attempt
    self.code = code
  }

  /// The error of the system call that has just failed.
  static func last(_ attempt: String) -> SystemError { SystemError(attempt, code: errno) }

  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
  public var isAddressInUse: Bool { code == EADDRINUSE }

  public var description: String {
    switch code {
    case ENOSPC, EDQUOT: "There is no room left on the disk (\(attempt))."
    case EFBIG: "A file has grown as large as it may (\(attempt))."
    case EIO: "The disk reports an error (\(attempt))."
    case EACCES, EPERM: "It is not allowed (\(attempt))."
    case EADDRINUSE: "Another program uses this port (\(attempt))."
    case EMFILE, ENFILE: "Too many files and connections are open (\(attempt))."
    default: "\(String(cString: strerror(code))) (\(attempt))."
    }
  }
}
