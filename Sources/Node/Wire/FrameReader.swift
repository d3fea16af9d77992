/// Cuts what comes out of a connection into messages, however it was cut on its way.
///
/// It holds what belongs to one unfinished message, and no more than `limit`: a length that is too
/// large is refused when it is read, and not when the memory is gone.
struct FrameReader {
  private var bytes: [UInt8] = []
  private var start = 0
  /// The longest message that is read from now on.
  var limit: Int

  init(limit: Int = PeerMessage.most) { self.limit = limit }

  /// How many bytes wait for the rest of their message.
  var count: Int { bytes.count - start }

  mutating func add(_ more: some Collection<UInt8>) {
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
      start = 0
    } else if start > 1 << 16, start > bytes.count / 2 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// The next message, or nil where its end has not come yet.
  ///
  /// - Throws: where it is none. What comes after that means nothing: close the connection.
  mutating func next() throws(Malformed) -> PeerMessage? {
    guard count >= PeerMessage.lengthSize else { return nil }
    var reader = ByteReader(bytes[start..<start + PeerMessage.lengthSize])
    let length = Int(try reader.fixed())
    guard length <= limit else {
      throw Malformed("a message of \(length) bytes, and \(limit) are allowed")
    }
    guard count >= PeerMessage.lengthSize + length else { return nil }
    let body = start + PeerMessage.lengthSize
    let message = try PeerMessage(bytes[body..<body + length])
    start = body + length
    return message
  }
}
