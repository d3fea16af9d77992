import Testing

@testable import Node

/// Numbers and texts come out as they went in, and nothing else does.
@Suite struct ByteTests {
  @Test func `the checksum is CRC-32C`() {
    // The check value of the catalogue of parametrised CRC algorithms, and those of RFC 3720, B.4.
    #expect(Checksum.of(Array("123456789".utf8)[...]) == 0xE306_9283)
    #expect(Checksum.of([UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)
    #expect(Checksum.of([UInt8](repeating: 255, count: 32)[...]) == 0x62A8_AB43)
    #expect(Checksum.of(Array(0..<32)[...]) == 0x46DD_794E)
  }

  @Test func `a checksum may be taken in parts`() {
    let bytes = (0..<100).map { UInt8($0 * 7 % 256) }
    for cut in bytes.indices {
      var checksum = Checksum()
      checksum.add(bytes[..<cut])
      checksum.add(bytes[cut...])
      #expect(checksum.value == Checksum.of(bytes[...]))
    }
  }

  @Test func `numbers of either sign and any size`() throws {
    var numbers = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, ByteReader.largest]
    numbers.append(-ByteReader.largest)
    var writer = ByteWriter()
    for number in numbers { writer.put(number) }
    var reader = ByteReader(writer.bytes[...])
    for number in numbers { #expect(try reader.number() == number) }
    try reader.end()
    var small = ByteWriter()
    for number in [0, 1, -1, 63, -64] { small.put(number) }
    #expect(small.count == 5)
  }

  @Test func `a number that is too large is refused`() {
    for number in [Int.max, Int.min, ByteReader.largest + 1, -ByteReader.largest - 1] {
      var writer = ByteWriter()
      writer.put(number)
      var reader = ByteReader(writer.bytes[...])
      #expect(throws: Malformed("a number is too large")) { try reader.number() }
    }
    var endless = ByteReader([UInt8](repeating: 0xFF, count: 30)[...])
    #expect(throws: Malformed("a number is too long")) { try endless.number() }
  }

  @Test func `texts of any language, and no others`() throws {
    let texts = ["", "put x 1", "zwölf", "日本語", "👩‍👩‍👧", "a\0b"]
    var writer = ByteWriter()
    for text in texts { writer.put(text) }
    var reader = ByteReader(writer.bytes[...])
    for text in texts { #expect(try reader.text() == text) }
    try reader.end()
    var broken = ByteReader([2, 0xC3, 0x28])
    #expect(throws: Malformed("a text is not UTF-8")) { try broken.text() }
    var short = ByteReader([200, 1, 0x61])
    #expect(throws: Malformed("it says that more follows than there is")) { try short.text() }
  }
}
