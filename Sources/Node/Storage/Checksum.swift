/// CRC-32C (Castagnoli): finds every burst of up to 32 flipped bits.
struct Checksum {
  private var state: UInt32 = ~0

  /// The checksum of everything that was added.
  var value: UInt32 { ~state }

  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var checksum = Checksum()
    checksum.add(bytes)
    return checksum.value
  }

  /// Adds bytes, eight at a time: a log is read as fast as it comes from the disk.
  mutating func add(_ bytes: ArraySlice<UInt8>) {
    var state = state
    bytes.withUnsafeBufferPointer { bytes in
      Self.tables.withUnsafeBufferPointer { tables in
        var place = 0
        while place + 8 <= bytes.count {
          let low = state ^ Self.word(bytes, at: place)
          let high = Self.word(bytes, at: place + 4)
          state = 0
          for byte in 0..<4 {
            let shift = UInt32(8 * byte)
            state ^= tables[(7 - byte) << 8 | Int((low >> shift) & 0xFF)]
            state ^= tables[(3 - byte) << 8 | Int((high >> shift) & 0xFF)]
          }
          place += 8
        }
        while place < bytes.count {
          state = tables[Int((state ^ UInt32(bytes[place])) & 0xFF)] ^ (state >> 8)
          place += 1
        }
      }
    }
    self.state = state
  }

  /// Adds a number as its eight bytes, the low one first.
  mutating func add(_ number: UInt64) {
    add((0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }[...])
  }

  private static func word(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> UInt32 {
    UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
      | UInt32(bytes[place + 3]) << 24
  }

  /// Eight tables of 256: what a byte does that is followed by none, by one, … by seven others.
  private static let tables: [UInt32] = {
    var tables = (0..<256).map { byte -> UInt32 in
      (0..<8).reduce(UInt32(byte)) { crc, _ in (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
    for place in 256..<2048 {
      let before = tables[place - 256]
      tables.append(tables[Int(before & 0xFF)] ^ (before >> 8))
    }
    return tables
  }()
}
