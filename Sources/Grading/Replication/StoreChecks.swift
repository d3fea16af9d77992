internal import Contracts
internal import Raft
internal import Simulator

/// 4.8: the key-value store, a value that is given operations and answers them.
///
/// Two keys that Swift's `String` takes for the same ("é" as one character, and as an e with an
/// accent put on it) are one key or two, as the store likes: a dictionary of strings makes them
/// one, a store of bytes two, and either is the same on every server. So nothing here asks.
extension ReplicationChecks {
  static var keyValueStore: [Check] {
    [
      play(
        "4.8.put", "What was put last is what a get finds, and each key has a value of its own.",
        [
          (.put(key: "colour", value: "red"), .done),
          (.get(key: "colour"), .value("red")),
          (.put(key: "size", value: "4"), .done),
          (.put(key: "colour", value: "blue"), .done),
          (.get(key: "colour"), .value("blue")),
          (.get(key: "size"), .value("4")),
        ]),
      play(
        "4.8.missing", "A key that nothing was put at has no value.",
        [
          (.get(key: "colour"), .value(nil)),
          (.put(key: "colour", value: "red"), .done),
          (.get(key: "size"), .value(nil)),
          (.get(key: "Colour"), .value(nil)),
        ]),
      play(
        "4.8.delete", "A deleted key has no value. A delete is done, also where there was none.",
        [
          (.delete(key: "colour"), .done),
          (.get(key: "colour"), .value(nil)),
          (.put(key: "colour", value: "red"), .done),
          (.put(key: "size", value: "4"), .done),
          (.delete(key: "colour"), .done),
          (.get(key: "colour"), .value(nil)),
          (.get(key: "size"), .value("4")),
          (.put(key: "colour", value: "red"), .done),
          (.get(key: "colour"), .value("red")),
        ]),
    ] + compareAndSet + [anyText, manyKeys, independent, sameAsReference]
  }

  private static var section: String { "§2, chapter 4, the key-value store" }

  /// Kills: a comparison forgotten, turned round, or made with "" where there is no value; a value
  /// put although the comparison failed, or not put although it held; an answer that says so wrong.
  private static var compareAndSet: [Check] {
    [
      play(
        "4.8.compare-and-set",
        "compareAndSet puts its value where it finds what it expects, and nothing elsewhere.",
        [
          (.put(key: "colour", value: "red"), .done),
          (.compareAndSet(key: "colour", expected: "red", value: "blue"), .swapped(true)),
          (.get(key: "colour"), .value("blue")),
          (.compareAndSet(key: "colour", expected: "red", value: "green"), .swapped(false)),
          (.get(key: "colour"), .value("blue")),
          (.compareAndSet(key: "size", expected: "4", value: "5"), .swapped(false)),
          (.get(key: "size"), .value(nil)),
          (.compareAndSet(key: "colour", expected: "blue", value: "blue"), .swapped(true)),
        ]),
      play(
        "4.8.expects-nothing",
        "To expect nil is to expect no value. An empty value is a value.",
        [
          (.compareAndSet(key: "colour", expected: "", value: "red"), .swapped(false)),
          (.get(key: "colour"), .value(nil)),
          (.compareAndSet(key: "colour", expected: nil, value: ""), .swapped(true)),
          (.get(key: "colour"), .value("")),
          (.compareAndSet(key: "colour", expected: nil, value: "red"), .swapped(false)),
          (.compareAndSet(key: "colour", expected: "", value: "red"), .swapped(true)),
          (.get(key: "colour"), .value("red")),
          (.delete(key: "colour"), .done),
          (.compareAndSet(key: "colour", expected: "red", value: "blue"), .swapped(false)),
          (.compareAndSet(key: "colour", expected: nil, value: "blue"), .swapped(true)),
          (.get(key: "colour"), .value("blue")),
        ]),
    ]
  }

  private typealias Exchange = (operation: KeyValue.Operation, answer: KeyValue.Answer)

  private static func play(
    _ id: String, _ sentence: String, _ exchanges: [Exchange]
  ) -> Check {
    Check(id, sentence, section: section, calling: "apply(operation)") { rule in
      try play(exchanges, rule)
    }
  }

  /// Gives an empty store the operations, and compares each answer.
  private static func play(_ exchanges: [Exchange], _ rule: Rule) throws {
    var store = State.Store()
    var before: [KeyValue.Operation] = []
    for (operation, right) in exchanges {
      let answer = store.apply(operation)
      if answer != right { throw wrong(operation, answer, right, after: before, rule) }
      before.append(operation)
    }
  }

  private static func wrong(
    _ operation: KeyValue.Operation, _ answer: KeyValue.Answer, _ right: KeyValue.Answer,
    after before: [KeyValue.Operation], _ rule: Rule
  ) -> Finding {
    rule.broken(
      before.isEmpty
        ? "A new store was given an operation." : "A store was given one operation after another.",
      [
        Fact(
          "it had got",
          before.isEmpty ? "nothing" : before.suffix(4).map(\.told).joined(separator: "; ")),
        Fact("it got", operation.told), Fact("it said", answer.told),
      ], reference: right.told)
  }

  /// Texts that are not the same, whatever one takes for the same.
  static var texts: [String] {
    [
      "", " ", "  ", "\n", "\r\n", "\t", "\u{0}", "a", "A", "a ", " a", "a b", "a%20b", "%", "%2",
      "null", "nil", "0", "00", "ключ", "鍵", "مفتاح", "🗝️", "🗝", "👩‍👩‍👧", "e", "\u{435}", "fi", "ﬁ",
      "put a b", "\u{200B}", "\u{FEFF}a", String(repeating: "k", count: 10_000),
    ]
  }

  /// Kills: texts that are trimmed, folded to lower case, normalized, cut, or split.
  private static var anyText: Check {
    Check(
      "4.8.any-text", "Any text is a key, and any text is a value: empty, long, in any writing.",
      section: section, calling: "apply(operation)"
    ) { rule in
      let long = String(repeating: "v", count: 1 << 20)
      try play(
        texts.map { (.put(key: $0, value: $0), .done) }
          + texts.map { (.get(key: $0), .value($0)) }
          + [
            (.put(key: "long", value: long), .done), (.get(key: "long"), .value(long)),
            (.compareAndSet(key: "long", expected: long, value: ""), .swapped(true)),
            (.get(key: "long"), .value("")),
          ]
          + texts.map { (.delete(key: $0), .done) }
          + texts.map { (.get(key: $0), .value(nil)) }, rule)
    }
  }

  /// Kills: a store that is full one day, or lets go of what was put first.
  private static var manyKeys: Check {
    let keys = (1...5_000).map { "k\($0)" }
    return play(
      "4.8.many-keys", "A key has its value until it is deleted, however many others there are.",
      keys.map { (.put(key: $0, value: $0), .done) } + keys.map { (.get(key: $0), .value($0)) })
  }

  /// Kills: values kept outside the store, or in an object that copies of it share.
  private static var independent: Check {
    Check(
      "4.8.independent", "A store is a value: what is done to one is done to no other.",
      section: section, calling: "apply(operation)"
    ) { rule in
      var first = State.Store()
      _ = first.apply(.put(key: "colour", value: "red"))
      var others = [("A second store", State.Store(), KeyValue.Answer.value(nil))]
      others.append(("A copy of the store", first, .value("red")))
      _ = first.apply(.put(key: "colour", value: "blue"))
      for (name, store, right) in others {
        var store = store
        let answer = store.apply(.get(key: "colour"))
        _ = store.apply(.put(key: "colour", value: "green"))
        let own = first.apply(.get(key: "colour"))
        if answer == right, own == .value("blue") { continue }
        throw rule.broken(
          "\(name) was there before colour was set to blue in the first one.",
          [Fact("it has", answer.told), Fact("then it put green, and the first has", own.told)],
          reference: "\(right.told), and the first keeps \"blue\"")
      }
    }
  }

  /// Kills: whatever goes wrong only after some other operation.
  private static var sameAsReference: Check {
    Check(
      "4.8.same-everywhere",
      "The same operations in the same order lead to the same answers, on every server.",
      section: section, calling: "apply(operation)"
    ) { rule in
      for seed in UInt64(1)...20 {
        var chance = SeededGenerator(seed: seed)
        var store = State.Store()
        var again = State.Store()
        var reference = Reference.Store()
        var before: [KeyValue.Operation] = []
        for _ in 1...200 {
          let operation = KeyValue.Operation.random(using: &chance)
          let answers = [store.apply(operation), again.apply(operation)]
          let right = reference.apply(operation)
          for answer in answers where answer != right {
            throw wrong(operation, answer, right, after: before, rule)
          }
          before.append(operation)
        }
      }
    }
  }
}

extension KeyValue.Operation {
  /// One of all operations, on few keys and values, so that they meet.
  static func random(using chance: inout SeededGenerator) -> KeyValue.Operation {
    func text(_ texts: [String]) -> String { texts.randomElement(using: &chance) ?? "" }
    let key = text(["a", "b", ""])
    let values = ["", "1", "2"]
    switch Int.random(in: 0..<5, using: &chance) {
    case 0: return .get(key: key)
    case 1: return .delete(key: key)
    case 2: return .put(key: key, value: text(values))
    case 3: return .compareAndSet(key: key, expected: nil, value: text(values))
    default: return .compareAndSet(key: key, expected: text(values), value: text(values))
    }
  }
}
