/// Bytes that are not what they should be.
struct Malformed: Error, Hashable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Takes numbers and texts out of bytes that anybody may have written.
///
/// Every length is compared with what is there before anything is made of it, so that no input
/// traps, and none takes more memory than its own size allows.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  /// No number here is larger: so that a server may add to what it is sent without a trap.
  static let largest = 1 << 60

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var count: Int { rest.count }

  mutating func byte() throws(Malformed) -> UInt8 {
    guard let byte = rest.popFirst() else { throw Malformed("it ends too early") }
    return byte
  }

  mutating func unsigned() throws(Malformed) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      let bits = UInt64(byte & 0x7F)
      // The tenth byte has room for one bit.
      guard shift < 63 || (shift == 63 && bits <= 1) else {
        throw Malformed("a number is too long")
      }
      number |= bits << shift
      if byte < 0x80 { return number }
      shift += 7
    }
  }

  mutating func number() throws(Malformed) -> Int {
    let bits = try unsigned()
    let number = Int(bits >> 1) ^ -Int(bits & 1)
    guard number.magnitude <= Self.largest else { throw Malformed("a number is too large") }
    return number
  }

  /// How many things follow, each of which takes at least `size` bytes.
  mutating func count(ofSize size: Int) throws(Malformed) -> Int {
    let number = try unsigned()
    guard number <= UInt64(rest.count / size) else {
      throw Malformed("it says that more follows than there is")
    }
    return Int(number)
  }

  mutating func flag() throws(Malformed) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw Malformed("what should be 0 or 1 is neither")
    }
  }

  mutating func text() throws(Malformed) -> String {
    let count = try count(ofSize: 1)
    let bytes = rest.prefix(count)
    rest = rest.dropFirst(count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Malformed("a text is not UTF-8")
    }
    return text
  }

  mutating func fixed() throws(Malformed) -> UInt32 {
    var number: UInt32 = 0
    for shift in [0, 8, 16, 24] as [UInt32] { number |= UInt32(try byte()) << shift }
    return number
  }

  /// Throws unless everything has been read.
  func end() throws(Malformed) {
    guard rest.isEmpty else { throw Malformed("\(rest.count) bytes too many") }
  }
}
