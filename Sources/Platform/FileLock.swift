public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A lock between processes, held until it is let go or this process ends, however it ends.
public final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock; nil where somebody else holds it.
  ///
  /// - Throws: where the file cannot be made.
  public init?(_ file: URL) throws(SystemError) {
    descriptor = open(file.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .last("opening \(file.path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      // The object exists already, so its deinit closes the file.
      return nil
    }
  }

  deinit {
    // A child that is just being started holds a copy of every descriptor until its own program
    // begins, and to close this one would leave the lock with the copy.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Takes the lock for the rest of this process's life. False where another process holds it, or
  /// the file cannot be made.
  public static func take(_ file: URL) -> Bool {
    guard let lock = try? FileLock(file) else { return false }
    _ = Unmanaged.passRetained(lock)
    return true
  }
}
