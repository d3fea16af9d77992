public import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that is written at its end, and that says when what was written is on the disk.
///
/// Used by one thread at a time. After an error nothing is known of the end of the file, so whoever
/// meets one opens the file anew before trusting it: a second fsync may well succeed with the
/// pages lost that the first one could not write.
public final class DurableFile: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Opens the file for reading and appending.
  ///
  /// - Parameter isNew: an earlier file of this name is emptied.
  public init(_ file: URL, isNew: Bool = false) throws(SystemError) {
    path = file.path
    let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (isNew ? O_TRUNC : 0)
    descriptor = open(path, flags, 0o644)
    guard descriptor >= 0 else { throw .last("opening \(path)") }
  }

  deinit { close(descriptor) }

  /// Everything in the file.
  public func contents() throws(SystemError) -> [UInt8] {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end >= 0 else { throw .last("reading \(path)") }
    var bytes = [UInt8](repeating: 0, count: Int(end))
    var count = 0
    while count < bytes.count {
      let read = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + count, $0.count - count, off_t(count))
      }
      if read < 0, errno == EINTR { continue }
      guard read >= 0 else { throw .last("reading \(path)") }
      if read == 0 { break }
      count += read
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Writes all of `bytes` at the end. They are on the disk only after `synchronize`.
  public func append(_ bytes: [UInt8]) throws(SystemError) {
    var count = 0
    while count < bytes.count {
      let written = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + count, $0.count - count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw .last("writing \(path)") }
      count += written
    }
  }

  /// Cuts the file after so many bytes.
  public func truncate(to size: Int) throws(SystemError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw .last("cutting \(path)") }
  }

  /// Returns once the disk holds what was written.
  ///
  /// On macOS `fsync` ends where the drive's own cache begins; F_FULLFSYNC goes on to the platter.
  /// A file system that has no such call gets the plain one.
  public func synchronize() throws(SystemError) {
    while true {
      #if canImport(Darwin)
        if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        if errno == ENOTSUP || errno == EINVAL, fsync(descriptor) == 0 { return }
      #else
        if fdatasync(descriptor) == 0 { return }
      #endif
      guard errno == EINTR else { throw .last("synchronizing \(path)") }
    }
  }

  /// Returns once the disk knows the names of the files in `folder`.
  public static func synchronize(folder: URL) throws(SystemError) {
    let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("opening \(folder.path)") }
    defer { close(descriptor) }
    // Some file systems will not synchronize a folder; then its names need no help.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw .last("synchronizing \(folder.path)")
    }
  }

  /// Makes a folder, and those that it stands in, unless it is there.
  public static func makeFolder(_ folder: URL) throws(SystemError) {
    if mkdir(folder.path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, folder.pathComponents.count > 1 else {
      throw .last("making the folder \(folder.path)")
    }
    try makeFolder(folder.deletingLastPathComponent())
    guard mkdir(folder.path, 0o755) == 0 || errno == EEXIST else {
      throw .last("making the folder \(folder.path)")
    }
  }

  /// Gives a file another name, in place of the file that had it.
  public static func rename(_ file: URL, to name: URL) throws(SystemError) {
    guard systemRename(file.path, name.path) == 0 else { throw .last("renaming \(file.path)") }
  }
}

private func systemRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }
