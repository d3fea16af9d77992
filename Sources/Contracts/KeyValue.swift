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
    var text = command.text
    guard let words = text.withUTF8(Self.words(in:)), let verb = words.first else { return nil }
    switch (verb, words.count - 1) {
    case ("put", 2): self = .put(key: words[1], value: words[2])
    case ("get", 1): self = .get(key: words[1])
    case ("delete", 1): self = .delete(key: words[1])
    case ("create", 2): self = .compareAndSet(key: words[1], expected: nil, value: words[2])
    case ("swap", 3):
      self = .compareAndSet(key: words[1], expected: words[2], value: words[3])
    default: return nil
    }
  }

  /// The words between single blanks, at most four; nil where there are more, or one is no word.
  ///
  /// On bytes and in one pass: a server that starts again applies its whole log at once.
  private static func words(in bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
    var words: [String] = []
    var start = 0
    for place in 0...bytes.count where place == bytes.count || bytes[place] == 0x20 {
      let field = UnsafeBufferPointer(rebasing: bytes[start..<place])
      // The verb is one of a few, none of which has anything to escape.
      guard words.count < 4,
        let word = words.isEmpty ? String(decoding: field, as: UTF8.self) : unescape(field)
      else { return nil }
      words.append(word)
      start = place + 1
    }
    return words
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
  private static func unescape(_ field: UnsafeBufferPointer<UInt8>) -> String? {
    guard field.contains(0x25) else { return String(decoding: field, as: UTF8.self) }
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
