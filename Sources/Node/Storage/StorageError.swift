public import Raft

/// Why a server's disk is of no use to it, in a sentence.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process has the folder.
  case inUse(folder: String)
  /// The file begins like no log.
  case notALog(file: String)
  case unknownVersion(file: String, version: UInt32)
  case ofAnotherServer(file: String, owner: ServerID, asked: ServerID)
  /// What stands at the offset is neither whole nor the unfinished end of a write.
  case damaged(file: String, offset: Int, reason: String)
  /// One command is longer than the format allows.
  case tooLarge(file: String)

  public var description: String {
    switch self {
    case .inUse(let folder):
      "Another server is running in \(folder). A folder belongs to one process at a time."
    case .notALog(let file):
      "\(file) is not a server's log: it begins with something else."
    case .unknownVersion(let file, let version):
      "\(file) has version \(version) of the log's format, and this program reads "
        + "version \(LogFile.version)."
    case .ofAnotherServer(let file, let owner, let asked):
      "\(file) is the log of \(owner), and this server is \(asked). "
        + "Give each server its own folder."
    case .damaged(let file, let offset, let reason):
      "\(file) is damaged at byte \(offset): \(reason). This is not the end of a write that "
        + "a crash cut short, so the server does not start: it may have promised what it "
        + "cannot read. Restore the file from a copy."
    case .tooLarge(let file):
      "A command is too long for \(file): \(StoredFrame.most >> 20) MB is the most."
    }
  }
}
