public import Foundation

extension Trace {
  /// The trace as a file: JSON lines, the header first. The same trace gives the same bytes.
  public var lines: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = Data()
    func add(_ line: some Encodable) {
      // Nothing in a trace can fail to be written: there are no numbers that JSON does not have.
      guard let line = try? encoder.encode(line) else { return }
      data.append(line)
      data.append(UInt8(ascii: "\n"))
    }
    add(header)
    for event in events { add(event) }
    return data
  }

  /// Reads what `lines` wrote.
  ///
  /// - Throws: `Unreadable`, which names the line, where it is not a trace of this version.
  public init(lines data: Data) throws {
    let decoder = JSONDecoder()
    var lines = data.split(separator: UInt8(ascii: "\n"))[...]
    guard let first = lines.popFirst(),
      let header = try? decoder.decode(Header.self, from: Data(first))
    else { throw Unreadable(line: 1, reason: "it does not begin with a trace's header") }
    guard header.version == Self.version else {
      throw Unreadable(line: 1, reason: "it is of version \(header.version), not \(Self.version)")
    }
    self.header = header
    events = try lines.enumerated().map { place, line in
      guard let event = try? decoder.decode(Event.self, from: Data(line)) else {
        throw Unreadable(line: place + 2, reason: "it is no event")
      }
      return event
    }
  }

  /// Why a file is no trace, and on which line, counted from 1.
  public struct Unreadable: Error, Hashable, CustomStringConvertible {
    public let line: Int
    public let reason: String

    public var description: String { "This is no trace: line \(line), \(reason)." }
  }
}
