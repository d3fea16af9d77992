internal import Platform

/// What a client needs of an answer.
struct HTTPAnswer: Hashable {
  let status: Int
  /// Where to go instead, for a redirect.
  let location: String?
  let body: [UInt8]
}

/// Cuts what a node answers into answers: as much of HTTP/1.1 as `HTTPResponse` writes.
struct HTTPAnswerReader {
  private var bytes: [UInt8] = []
  private var start = 0

  mutating func add(_ more: some Collection<UInt8>) {
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: true)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// The next answer, or nil where its end has not come yet.
  mutating func next() throws(Malformed) -> HTTPAnswer? {
    guard let end = endOfHead() else {
      guard bytes.count - start <= HTTPParser.mostOfHead else { throw Malformed("a long head") }
      return nil
    }
    let lines = bytes[start..<end].split(separator: 10)
    let words = (lines.first ?? []).split(separator: 32)
    guard words.count >= 2, let status = Self.number(words[1]) else {
      throw Malformed("no answer of HTTP/1.1")
    }
    var length = 0
    var location: String?
    for line in lines.dropFirst() {
      if let value = Self.value(of: "content-length:", in: line) {
        length = Self.number(value) ?? -1
      } else if let value = Self.value(of: "location:", in: line) {
        location = String(decoding: value, as: UTF8.self)
      }
    }
    guard (0...HTTPParser.mostOfBody * 8).contains(length) else {
      throw Malformed("an answer of \(length) bytes")
    }
    guard bytes.count - end >= length else { return nil }
    start = end + length
    return HTTPAnswer(status: status, location: location, body: Array(bytes[end..<start]))
  }

  /// Where the body begins.
  private func endOfHead() -> Int? {
    var place = start
    while place + 4 <= bytes.count {
      // Every fourth byte tells whether the empty line can be near.
      switch bytes[place + 3] {
      case 10:
        if bytes[place] == 13, bytes[place + 1] == 10, bytes[place + 2] == 13 { return place + 4 }
        place += 2
      case 13: place += 1
      default: place += 4
      }
    }
    return nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard (1...9).contains(bytes.count), bytes.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return bytes.reduce(0) { $0 * 10 + Int($1) - 48 }
  }

  /// What stands behind `name`, which is in small letters, in the line of a header.
  private static func value(of name: StaticString, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>?
  {
    guard line.count > name.utf8CodeUnitCount else { return nil }
    for offset in 0..<name.utf8CodeUnitCount
    where line[line.startIndex + offset] | 0x20 != name.utf8Start[offset] | 0x20 { return nil }
    return line.dropFirst(name.utf8CodeUnitCount).drop { $0 == 32 }.prefix { $0 != 13 }
  }
}
