/// What one fsync makes durable: some changes, between two checksums.
///
/// Four bytes of length, four of checksum of the changes, four of checksum of these eight and of
/// the frame's own place in the file; then the changes. A header that is valid anywhere else than
/// where it was written is no header: so nothing that a client puts into a command can pass for a
/// frame.
///
/// A frame is written only after the one before it is on the disk. Therefore a write that a crash
/// cut short is the last thing in the file, and what is wrong elsewhere is damage.
enum StoredFrame {
  static let headerSize = 12
  /// No frame is longer; a save that needs more is several frames, each durable before the next.
  static let most = 64 << 20
  /// Where a save begins a new frame.
  static let good = 4 << 20

  /// The bytes of a frame that begins at `offset`.
  static func encode(_ changes: [StoredChange], at offset: Int) -> [UInt8] {
    var writer = ByteWriter()
    for _ in 0..<3 { writer.put(fixed: 0) }
    for change in changes { change.write(to: &writer) }
    let length = UInt32(writer.count - headerSize)
    let checksum = Checksum.of(writer.bytes[headerSize...])
    writer.set(fixed: length, at: 0)
    writer.set(fixed: checksum, at: 4)
    writer.set(fixed: headerChecksum(writer.bytes[0..<8], at: offset), at: 8)
    return writer.bytes
  }

  private static func headerChecksum(_ start: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
    var checksum = Checksum()
    checksum.add(UInt64(offset))
    checksum.add(start)
    return checksum.value
  }

  /// What stands at a place in a file.
  enum Found {
    case whole(payload: ArraySlice<UInt8>)
    /// The header is right, and what follows is not; the frame would end at this offset.
    case brokenPayload(end: Int)
    case brokenHeader
  }

  static func look(at offset: Int, in bytes: [UInt8]) -> Found {
    guard offset + headerSize <= bytes.count else { return .brokenHeader }
    var reader = ByteReader(bytes[offset..<offset + headerSize])
    guard let length = try? reader.fixed(), let checksum = try? reader.fixed(),
      let ofHeader = try? reader.fixed(), length <= most,
      ofHeader == headerChecksum(bytes[offset..<offset + 8], at: offset)
    else { return .brokenHeader }
    let start = offset + headerSize
    let end = start + Int(length)
    guard end <= bytes.count, Checksum.of(bytes[start..<end]) == checksum else {
      return .brokenPayload(end: end)
    }
    return .whole(payload: bytes[start..<end])
  }

  static func changes(in payload: ArraySlice<UInt8>) throws(Malformed) -> [StoredChange] {
    var reader = ByteReader(payload)
    var changes: [StoredChange] = []
    while reader.count > 0 { changes.append(try StoredChange(from: &reader)) }
    return changes
  }

  /// Whether what is wrong at `offset` can come from a crash in the middle of the last write.
  ///
  /// Then no whole frame follows; and the write never reached the end of its frame, or a sector of
  /// it was never written and reads as zeros. A bit that has flipped is neither.
  static func isUnfinished(at offset: Int, in bytes: [UInt8]) -> Bool {
    let end: Int
    switch look(at: offset, in: bytes) {
    case .whole: return false
    case .brokenPayload(let expected): end = expected
    case .brokenHeader: end = bytes.count
    }
    let isCut = end > bytes.count || bytes.count - offset < headerSize
    guard isCut || hasEmptySector(in: offset..<end, of: bytes) else { return false }
    return !(offset + 1..<max(offset + 1, bytes.count - headerSize)).contains { place in
      if case .whole = look(at: place, in: bytes) { true } else { false }
    }
  }

  private static func hasEmptySector(in range: Range<Int>, of bytes: [UInt8]) -> Bool {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min((start / 512 + 1) * 512, range.upperBound)
      if bytes[start..<end].allSatisfy({ $0 == 0 }) { return true }
      start = end
    }
    return false
  }
}
