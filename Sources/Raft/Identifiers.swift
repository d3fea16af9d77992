/// The name of one server of a cluster: S1, S2, …
///
/// A type of its own, so that a server's number cannot be taken for a term or for an index.
public struct ServerID: Hashable, Comparable, Codable, Sendable {
  public let number: Int

  public init(_ number: Int) { self.number = number }

  public static func < (left: ServerID, right: ServerID) -> Bool { left.number < right.number }

  public init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension ServerID: ExpressibleByIntegerLiteral, CustomStringConvertible {
  public init(integerLiteral number: Int) { self.init(number) }
  public var description: String { "S\(number)" }
}

/// A number that only rises; each term has at most one leader (Raft, §5.1).
///
/// Terms are Raft's logical clock: they tell which of two messages is the later one without any
/// server's wall clock being right.
public struct Term: Hashable, Comparable, Codable, Sendable {
  public let number: Int

  public init(_ number: Int) { self.number = number }

  /// The term after this one: the term that a candidate opens (§5.2).
  public var next: Term { Term(number + 1) }

  public static func < (left: Term, right: Term) -> Bool { left.number < right.number }

  public init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension Term: ExpressibleByIntegerLiteral, CustomStringConvertible {
  public init(integerLiteral number: Int) { self.init(number) }
  public var description: String { "\(number)" }
}

/// A place in a log. The first entry is at 1; 0 is "before the first" (Raft, Figure 2).
public struct LogIndex: Hashable, Comparable, Codable, Sendable {
  public let number: Int

  public init(_ number: Int) { self.number = number }

  public var next: LogIndex { LogIndex(number + 1) }

  /// The place before this one. Going below 0 is a mistake of the caller.
  public var previous: LogIndex { LogIndex(number - 1) }

  public static func < (left: LogIndex, right: LogIndex) -> Bool { left.number < right.number }

  public init(from decoder: any Decoder) throws {
    number = try decoder.singleValueContainer().decode(Int.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension LogIndex: ExpressibleByIntegerLiteral, CustomStringConvertible {
  public init(integerLiteral number: Int) { self.init(number) }
  public var description: String { "\(number)" }
}

/// What a server is at the moment (Raft, §5.1, Figure 4).
public enum Role: String, Codable, Sendable, CaseIterable {
  case follower, candidate, leader
}
