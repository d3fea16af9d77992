internal import Raft

/// What the bytes of a log file say.
struct LogReading {
  let state: PersistentState
  /// Where the last whole frame ends.
  let end: Int
  let repair: String?
  /// Whether a file that held the state alone would be much shorter, or there is none yet.
  let isWorthRewriting: Bool

  /// "raft log", the version, the server, and a checksum of these.
  static func header(of id: ServerID, version: UInt32 = LogFile.version) -> [UInt8] {
    var writer = ByteWriter()
    for byte in Self.magic { writer.put(byte: byte) }
    writer.put(fixed: version)
    writer.put(fixed: UInt32(truncatingIfNeeded: id.number))
    writer.put(fixed: Checksum.of(writer.bytes[...]))
    return writer.bytes
  }

  private static let magic = Array("raft log".utf8)
  static let headerSize = 20
  /// So much may lie in the file for nothing before it is written anew.
  private static let waste = 4 << 20

  /// - Throws: `StorageError` where the bytes are another server's, or damaged.
  init(_ bytes: [UInt8], of id: ServerID, path: String) throws(StorageError) {
    let isNew = try Self.checkHeader(bytes, of: id, path: path)
    var replay = Replay()
    var end = isNew ? 0 : Self.headerSize
    var repair: String?
    while end < bytes.count, !isNew {
      guard case .whole(let payload) = StoredFrame.look(at: end, in: bytes) else {
        guard StoredFrame.isUnfinished(at: end, in: bytes) else {
          throw .damaged(file: path, offset: end, reason: "a checksum is wrong")
        }
        repair =
          "The last write to \(path) was cut short by a crash; its \(bytes.count - end) bytes "
          + "were removed. Nothing in them had been promised to anybody."
        break
      }
      do {
        for change in try StoredFrame.changes(in: payload) { try replay.apply(change) }
      } catch {
        throw .damaged(file: path, offset: end, reason: error.description)
      }
      end += StoredFrame.headerSize + payload.count
    }
    state = replay.state
    self.end = end
    self.repair = repair
    isWorthRewriting = isNew || end > 2 * replay.size + Self.waste
  }

  /// Whether the file has still to be begun: a crash may have come before its first bytes.
  private static func checkHeader(
    _ bytes: [UInt8], of id: ServerID, path: String
  ) throws(StorageError) -> Bool {
    let own = header(of: id)
    if bytes.starts(with: own) { return false }
    if bytes.allSatisfy({ $0 == 0 }) && bytes.count <= headerSize { return true }
    if bytes.count < headerSize && own.starts(with: bytes) { return true }
    guard bytes.starts(with: magic), bytes.count >= headerSize else { throw .notALog(file: path) }
    var reader = ByteReader(bytes[magic.count..<headerSize])
    guard let version = try? reader.fixed(), let number = try? reader.fixed(),
      let checksum = try? reader.fixed(), checksum == Checksum.of(bytes[..<(headerSize - 4)])
    else { throw .damaged(file: path, offset: 0, reason: "the header's checksum is wrong") }
    guard version == LogFile.version else { throw .unknownVersion(file: path, version: version) }
    throw .ofAnotherServer(file: path, owner: ServerID(Int(number)), asked: id)
  }
}
