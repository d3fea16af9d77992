import Contracts
import Raft
import Testing

/// Chance from a seed: the same texts in every run.
private struct Chance: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Chance {
  /// Any text: control characters, signs that are escaped, and every plane of Unicode.
  fileprivate mutating func text() -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0...0x20, 0x21...0x7E, 0x7F...0xA0, 0x300...0x36F, 0x590...0x6FF, 0x2000...0x200F,
      0xE000...0xFFFF, 0x1F300...0x1F6FF, 0x10000...0x10FFFF,
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &self) {
      let range = ranges.randomElement(using: &self) ?? 0...0
      let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self))
      text.append(scalar ?? "%")
    }
    return String(text)
  }

  fileprivate mutating func operation() -> KeyValue.Operation {
    let key = text()
    switch Int.random(in: 0..<5, using: &self) {
    case 0: return .put(key: key, value: text())
    case 1: return .get(key: key)
    case 2: return .delete(key: key)
    case 3: return .compareAndSet(key: key, expected: nil, value: text())
    default: return .compareAndSet(key: key, expected: text(), value: text())
    }
  }
}

extension KeyValue.Operation {
  /// The operation's texts, to the byte: Swift takes texts for equal that are not the same bytes.
  fileprivate var bytes: [[UInt8]?] {
    switch self {
    case .put(let key, let value): [Array(key.utf8), Array(value.utf8)]
    case .get(let key), .delete(let key): [Array(key.utf8)]
    case .compareAndSet(let key, let expected, let value):
      [Array(key.utf8), expected.map { Array($0.utf8) }, Array(value.utf8)]
    }
  }
}

/// A store that counts what it is asked.
private struct Counting: StateMachine {
  var operations = 0

  mutating func apply(_ operation: KeyValue.Operation) -> KeyValue.Answer {
    operations += 1
    return .done
  }
}

@Suite struct KeyValueTests {
  @Test func `any operation comes out of its command as it went in`() {
    for seed in UInt64(0)..<20_000 {
      var chance = Chance(state: seed)
      let operation = chance.operation()
      let again = KeyValue.Operation(operation.command)
      #expect(again == operation)
      #expect(again?.bytes == operation.bytes)
    }
  }

  @Test func `a command is one line of words that a person can read`() {
    let command = KeyValue.Operation.put(key: "colour", value: "dark blue").command
    #expect(command == "put colour dark%20blue")
    for seed in UInt64(0)..<2_000 {
      var chance = Chance(state: seed)
      let operation = chance.operation()
      let bytes = Array(operation.command.text.utf8)
      #expect(bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
      let words = bytes.split(separator: 0x20, omittingEmptySubsequences: false).count - 1
      #expect(words == operation.bytes.count { $0 != nil })
    }
  }

  @Test func `different operations are different commands`() {
    var seen: [Command: KeyValue.Operation] = [:]
    let texts = ["", " ", "a", "a b", "%", "%20", "\n", "e\u{301}", "\u{E9}"]
    for key in texts {
      for value in texts {
        for operation: KeyValue.Operation in [
          .put(key: key, value: value), .get(key: key), .delete(key: key),
          .compareAndSet(key: key, expected: nil, value: value),
          .compareAndSet(key: key, expected: value, value: key),
        ] {
          let command = operation.command
          // As Swift compares texts: what it takes for one key is one command.
          #expect(seen[command, default: operation] == operation)
          seen[command] = operation
        }
      }
    }
  }

  @Test func `an empty text is a field, and a megabyte is one`() {
    let long = String(repeating: "v ", count: 1 << 19)
    for operation: KeyValue.Operation in [
      .get(key: ""), .put(key: "", value: ""), .compareAndSet(key: "", expected: "", value: ""),
      .compareAndSet(key: "", expected: nil, value: ""), .put(key: "k", value: long),
    ] {
      #expect(KeyValue.Operation(operation.command) == operation)
    }
  }

  @Test(arguments: [
    "", " ", "x", "put", "put a", "put a b c", "get", "get a b", "delete", "create a", "swap a b",
    "swap a b c d", " put a b", "put  a b", "PUT a b", "put%20a b", "put a %", "put a %2",
    "put a %zz", "put a %2f", "get %", "\n", "put\na\nb", "\u{0}", "🗝️ a b",
  ])
  func `what is no operation is none`(_ text: String) {
    #expect(KeyValue.Operation(Command(text)) == nil)
    var store = Counting()
    #expect(store.apply(Command(text)) == .notUnderstood)
    #expect(store.operations == 0)
  }

  @Test func `any bytes at all are an operation, or none, and stop nobody`() {
    for seed in UInt64(0)..<5_000 {
      var chance = Chance(state: seed)
      let verb = ["put", "get", "delete", "create", "swap", ""].randomElement(using: &chance) ?? ""
      var text = verb
      for _ in 0..<Int.random(in: 0...4, using: &chance) { text += " " + chance.text() }
      let operation = KeyValue.Operation(Command(text))
      // Escaped as nobody would, it is still the operation that it says.
      if let operation { #expect(KeyValue.Operation(operation.command) == operation) }
    }
    #expect(KeyValue.Operation("get %FF") == .get(key: "\u{FFFD}"))
  }

  @Test func `a store is given the operation that stands in a command`() {
    var store = Counting()
    #expect(store.apply(KeyValue.Operation.get(key: "a").command) == .done)
    #expect(store.operations == 1)
  }
}
