/// Puts numbers and texts into bytes, small numbers into few.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count }

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  mutating func put(byte: UInt8) { bytes.append(byte) }

  /// Seven bits a byte, the low ones first; the high bit says that more follow (LEB128).
  mutating func put(unsigned number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A number of either sign. One near zero is short, since the sign goes into the lowest bit:
  /// a learner's server may well send a -1, and it has to arrive as one.
  mutating func put(_ number: Int) {
    put(unsigned: UInt64(bitPattern: Int64((number << 1) ^ (number >> 63))))
  }

  mutating func put(_ isTrue: Bool) { bytes.append(isTrue ? 1 : 0) }

  /// A text, behind its length.
  mutating func put(_ text: String) {
    var text = text
    text.withUTF8 {
      put(unsigned: UInt64($0.count))
      bytes.append(contentsOf: $0)
    }
  }

  /// Four bytes, the low one first: for what has to have a fixed place.
  mutating func put(fixed number: UInt32) {
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Writes a fixed number over an earlier one.
  mutating func set(fixed number: UInt32, at offset: Int) {
    for byte in 0..<4 {
      bytes[offset + byte] = UInt8(truncatingIfNeeded: number >> (8 * UInt32(byte)))
    }
  }
}
