public import Raft

/// The key-value store that the servers replicate: what clients may ask of it, and what it answers.
///
/// Raft never looks into a command, so this stands beside it and not inside (Raft, §2).
public enum KeyValue {
  public enum Operation: Hashable, Codable, Sendable {
    case put(key: String, value: String)
    case get(key: String)
    case delete(key: String)
    /// Puts `value` where the key has the value `expected`; nil expects that it has none.
    case compareAndSet(key: String, expected: String?, value: String)
  }

  public enum Answer: Hashable, Codable, Sendable {
    /// Put or deleted.
    case done
    /// What a get found; nil where the key has no value.
    case value(String?)
    /// Whether a compareAndSet found what it expected, and put its value.
    case swapped(Bool)
    /// The command is none of this store's. It changes nothing.
    case notUnderstood
  }
}

/// What is replicated: commands go in, the same in the same order on every server (Raft, §2).
///
/// So it must be deterministic: no time, no chance, nothing but the commands themselves.
public protocol StateMachine: Sendable {
  init()

  /// Carries out one operation, and answers it.
  mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer
}

extension StateMachine {
  /// Carries out the operation that stands in a command.
  public mutating func apply(_ command: Command) -> KeyValue.Answer {
    KeyValue.Operation(command).map { apply($0) } ?? .notUnderstood
  }
}

/// What became of a client's command.
public enum Outcome: Hashable, Codable, Sendable {
  /// Committed, and applied; the state machine's answer.
  case applied(KeyValue.Answer)
  /// In no log: this server does not lead. Whom it takes for the leader, if it knows one.
  case refused(leader: ServerID?)
  /// Leadership was lost before the commit was seen: it may still be applied, or never be.
  case unknown
}

// MARK: - An operation as a command

extension KeyValue.Operation {
  /// The operation in words that a person can read in a log: "put colour dark%20blue".
  public var command: Command {
    switch self {
    case .put(let key, let value): Command("put \(Self.escape(key)) \(Self.escape(value))")
    case .get(let key): Command("get \(Self.escape(key))")
    case .delete(let key): Command("delete \(Self.escape(key))")
    case .compareAndSet(let key, nil, let value):
      Command("create \(Self.escape(key)) \(Self.escape(value))")
    case .compareAndSet(let key, let expected?, let value):
      Command("swap \(Self.escape(key)) \(Self.escape(expected)) \(Self.escape(value))")
    }
  }

  /// The operation that a command stands for, or nil if it is none.
  public init?(_ command: Command) {
    let words = command.text.utf8.split(
      separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    let fields = words.dropFirst().compactMap(Self.unescape)
    guard let verb = words.first, fields.count == words.count - 1 else { return nil }
    switch (String(Substring(verb)), fields.count) {
    case ("put", 2): self = .put(key: fields[0], value: fields[1])
    case ("get", 1): self = .get(key: fields[0])
    case ("delete", 1): self = .delete(key: fields[0])
    case ("create", 2): self = .compareAndSet(key: fields[0], expected: nil, value: fields[1])
    case ("swap", 3):
      self = .compareAndSet(key: fields[0], expected: fields[1], value: fields[2])
    default: return nil
    }
  }

  /// Blanks, line ends and the sign for an escape, as a percent sign and two digits.
  private static func escape(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x25 && $0 != 0x7F }
    if isPlain { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte != 0x25, byte != 0x7F {
        bytes.append(byte)
      } else {
        bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text again; nil where a percent sign is not followed by two digits.
  private static func unescape(_ field: Substring.UTF8View) -> String? {
    guard field.contains(0x25) else { return String(Substring(field)) }
    var bytes: [UInt8] = []
    var rest = field[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digits.firstIndex(of:)),
        let low = rest.popFirst().flatMap(digits.firstIndex(of:))
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)
}
