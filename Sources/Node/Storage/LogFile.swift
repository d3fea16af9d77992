public import Foundation
internal import Platform
public import Raft

/// The durable log of one server: what it must still know after a crash (Raft, Figure 2).
///
/// A file that is only appended to. Each save adds a frame that holds what has changed, and returns
/// when the disk has it. Used by one thread at a time; `Saver` sees to that.
public final class LogFile {
  /// The version of the file's format.
  public static let version: UInt32 = 1

  /// What is on the disk.
  public private(set) var state: PersistentState
  /// What was put right when the file was opened, in a sentence; nil where nothing was wrong.
  public let repair: String?
  /// How long the file is, in bytes.
  public private(set) var size: Int

  private let lock: FileLock
  private let file: DurableFile
  /// Set once a save has failed: what the file's end is like is unknown from then on.
  private var failure: (any Error)?

  /// Opens the log in `folder`, or begins one, for the server called `id`.
  ///
  /// - Throws: `StorageError` where the file is another's or damaged, `SystemError` where the
  ///   system or the disk does not do its part.
  public init(_ folder: URL, of id: ServerID) throws {
    try DurableFile.makeFolder(folder)
    guard let lock = try FileLock(folder.appendingPathComponent("lock")) else {
      throw StorageError.inUse(folder: folder.path)
    }
    self.lock = lock
    let name = folder.appendingPathComponent("log")
    let present = try DurableFile(name)
    let bytes = try present.contents()
    let reading = try LogReading(bytes, of: id, path: name.path)
    state = reading.state
    repair = reading.repair
    if reading.isWorthRewriting {
      (file, size) = try Self.rewrite(state, of: id, in: folder)
    } else {
      (file, size) = (present, reading.end)
      if size < bytes.count {
        try file.truncate(to: size)
        try file.synchronize()
      }
    }
  }

  /// Goes on with a file whose contents are known: so that a test may hand in a disk that is full.
  init(_ file: DurableFile, size: Int, holding state: PersistentState, lock: FileLock) {
    self.file = file
    self.size = size
    self.state = state
    self.lock = lock
    repair = nil
  }

  /// Writes what has changed since the last save, and returns once the disk has it.
  ///
  /// - Returns: whether anything had changed.
  /// - Throws: where the disk fails. From then on every save throws: after a failed fsync nobody
  ///   knows what the disk holds, and a second one that succeeds would prove nothing.
  @discardableResult
  public func save(_ next: PersistentState) throws -> Bool {
    if let failure { throw failure }
    let frames = Self.frames(from: state, to: next)
    do {
      for changes in frames {
        let frame = StoredFrame.encode(changes, at: size)
        guard frame.count <= StoredFrame.most else { throw StorageError.tooLarge(file: file.path) }
        try file.append(frame)
        try file.synchronize()
        size += frame.count
      }
    } catch {
      failure = error
      throw error
    }
    state = next
    return !frames.isEmpty
  }

  /// Writes a file that holds the state and nothing else, and puts it in the old one's place.
  private static func rewrite(
    _ state: PersistentState, of id: ServerID, in folder: URL
  ) throws -> (DurableFile, Int) {
    let draft = folder.appendingPathComponent("log.new")
    let file = try DurableFile(draft, isNew: true)
    var bytes = LogReading.header(of: id)
    try file.append(bytes)
    var size = bytes.count
    for changes in frames(from: PersistentState(), to: state) {
      bytes = StoredFrame.encode(changes, at: size)
      try file.append(bytes)
      size += bytes.count
    }
    try file.synchronize()
    try DurableFile.rename(draft, to: folder.appendingPathComponent("log"))
    try DurableFile.synchronize(folder: folder)
    return (file, size)
  }

  /// The frames that lead from one state to another: usually one, and none where nothing changed.
  static func frames(
    from before: PersistentState, to after: PersistentState
  ) -> [[StoredChange]] {
    var frames: [[StoredChange]] = []
    var changes: [StoredChange] = []
    if after.currentTerm != before.currentTerm || after.votedFor != before.votedFor {
      changes.append(.promise(term: after.currentTerm, votedFor: after.votedFor))
    }
    let change = after.log.changes(since: before.log)
    if change.kept < before.log.lastIndex { changes.append(.truncate(after: change.kept)) }
    var next = change.kept.next
    var rest = change.appended[...]
    while !rest.isEmpty {
      var size = 0
      let entries = rest.prefix { entry in
        defer { size += entry.command.text.utf8.count + 16 }
        return size < StoredFrame.good
      }
      rest = rest.dropFirst(entries.count)
      changes.append(.append(from: next, Array(entries)))
      next = LogIndex(next.number + entries.count)
      if !rest.isEmpty {
        frames.append(changes)
        changes = []
      }
    }
    return changes.isEmpty ? frames : frames + [changes]
  }
}
