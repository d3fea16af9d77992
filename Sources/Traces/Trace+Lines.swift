public import Foundation

extension Trace {
  /// Writes headers and events as a file has them, line by line.
  public struct LineWriter {
    private let encoder = JSONEncoder()

    public init() { encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes] }

    public func line(_ header: Header) -> Data { encoded(header) }
    public func line(_ event: Event) -> Data { encoded(event) }

    private func encoded(_ part: some Encodable) -> Data {
      // Nothing in a trace can fail to be written: there are no numbers that JSON does not have.
      guard var line = try? encoder.encode(part) else { return Data() }
      line.append(UInt8(ascii: "\n"))
      return line
    }
  }

  /// The trace as a file: JSON lines, the header first. The same trace gives the same bytes.
  public var lines: Data {
    let writer = LineWriter()
    var data = writer.line(header)
    for event in events { data.append(writer.line(event)) }
    return data
  }

  /// Reads what `lines` wrote. A last line that was not finished is left out: whoever wrote it was
  /// killed meanwhile.
  ///
  /// - Throws: `Unreadable`, which names the line, where it is not a trace of this version.
  public init(lines data: Data) throws {
    let decoder = JSONDecoder()
    let newline = UInt8(ascii: "\n")
    let end = data.lastIndex(of: newline) ?? data.endIndex
    var lines = data[..<end].split(separator: newline)[...]
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
