import Contracts
import Simulator
import Testing

/// An operation of client `client` on the key "x", or on `key`.
func operation(
  _ client: Int, _ words: String, _ time: ClosedRange<Int64>, _ outcome: ClientOperation.Outcome,
  key: String = "x"
) -> ClientOperation {
  let words = words.split(separator: " ").map(String.init)
  let value: (Int) -> String? = { words[$0] == "nothing" ? nil : words[$0] }
  let operation: KeyValue.Operation =
    switch words[0] {
    case "put": .put(key: key, value: words[1])
    case "delete": .delete(key: key)
    case "swap": .compareAndSet(key: key, expected: value(1), value: words[2])
    default: .get(key: key)
    }
  return ClientOperation(
    client: client, operation, called: time.lowerBound, returned: time.upperBound,
    outcome: outcome)
}

func done(_ client: Int, _ words: String, _ time: ClosedRange<Int64>) -> ClientOperation {
  operation(client, words, time, .ok(words.hasPrefix("swap") ? .swapped(true) : .done))
}

func read(_ client: Int, _ value: String?, _ time: ClosedRange<Int64>) -> ClientOperation {
  operation(client, "get", time, .ok(.value(value)))
}

/// Histories whose verdict is known.
@Suite struct LinearizabilityTests {
  private func isLinearizable(_ operations: ClientOperation...) -> Bool {
    Linearizability.verdict(on: ClientHistory(operations)) == .linearizable
  }

  /// The sentence about a history that is not linearizable, and how many operations it names.
  private func complaint(_ operations: ClientOperation...) -> (String, Int) {
    guard case .violated(let violation) = Linearizability.verdict(on: ClientHistory(operations))
    else { return ("", 0) }
    return (violation.sentence, violation.operations.count)
  }

  @Test func `nothing, and one thing after another`() {
    #expect(isLinearizable())
    #expect(
      isLinearizable(
        read(1, nil, 0...1), done(1, "put 1", 2...3), read(2, "1", 4...5),
        done(2, "swap 1 2", 6...7), operation(1, "swap 1 3", 8...9, .ok(.swapped(false))),
        read(1, "2", 10...11), done(1, "delete", 12...13), read(2, nil, 14...15)))
  }

  @Test func `what overlaps may come in either order`() {
    #expect(isLinearizable(done(1, "put 1", 0...9), read(2, nil, 1...2), read(2, "1", 3...4)))
    #expect(isLinearizable(done(1, "put 1", 0...9), read(2, "1", 1...2)))
    #expect(
      isLinearizable(done(1, "put 1", 0...9), done(2, "put 2", 0...9), read(3, "1", 10...11)))
    #expect(
      isLinearizable(done(1, "put 1", 0...9), done(2, "put 2", 0...9), read(3, "2", 10...11)))
  }

  @Test func `one moment is no order`() {
    #expect(isLinearizable(done(1, "put 1", 0...5), read(2, nil, 5...6)))
    #expect(!isLinearizable(done(1, "put 1", 0...5), read(2, nil, 6...6)))
  }

  @Test func `a stale read`() {
    let (sentence, count) = complaint(
      done(4, "put 0", 0...1), done(1, "put 1", 2...3), read(3, "1", 4...5),
      done(2, "put 2", 6...7), read(4, "2", 8...9), read(3, "1", 10...11), read(1, "2", 12...13))
    #expect(
      sentence == #"Client 3 read "1" at "x", though client 1 had put "1", and then "#
        + #"client 2 had put "2"."#)
    #expect(count == 3)
  }

  @Test func `a write that was lost`() {
    let (sentence, count) = complaint(
      done(1, "put 1", 0...1), read(2, "1", 2...3), read(2, nil, 4...5))
    #expect(count == 2)
    #expect(sentence == #"Client 2 found nothing at "x", though client 1 had put "1"."#)
    #expect(
      complaint(done(1, "put 1", 0...1), read(2, nil, 2...3))
        == (#"Client 2 found nothing at "x", though client 1 had put "1"."#, 2))
  }

  @Test func `a value out of nowhere`() {
    #expect(
      complaint(done(1, "put 1", 0...1), read(2, "7", 2...3))
        == (#"Client 2 read "7" at "x", and nobody had put that there."#, 1))
    #expect(!isLinearizable(read(2, "7", 0...1), done(1, "put 7", 2...3)))
  }

  @Test func `reads that go back in time`() {
    #expect(
      complaint(
        done(1, "put 1", 0...1), done(2, "put 2", 2...20), read(3, "2", 4...5), read(4, "1", 6...7)
      )
        == (
          #"Client 4 read "1" at "x", though client 1 had put "1", and then client 3 had read "#
            + #""2"."#, 3
        ))
  }

  @Test func `a command applied twice`() {
    // The swap took effect, somebody put the old value back, and it took effect once more.
    let (sentence, count) = complaint(
      done(1, "put 1", 0...1), done(2, "swap 1 2", 2...3), done(1, "put 1", 4...5),
      read(3, "2", 6...7))
    #expect(count == 3)
    #expect(
      sentence == #"Client 3 read "2" at "x", though client 2 had put "2" in place of "1", "#
        + #"and then client 1 had put "1"."#)
  }

  @Test func `two swaps of one value`() {
    #expect(
      complaint(
        done(1, "put 1", 0...1), done(2, "swap 1 2", 2...9), done(3, "swap 1 3", 2...10)
      ).1 == 3)
    #expect(
      isLinearizable(
        done(1, "put 1", 0...1), done(2, "swap 1 2", 2...9),
        operation(3, "swap 1 3", 2...10, .ok(.swapped(false)))))
    #expect(isLinearizable(done(1, "swap nothing 1", 0...1), done(1, "swap 1 2", 2...3)))
  }
}

/// Histories with operations of which nobody knows what became of them.
@Suite struct UnknownOutcomeTests {
  private func isLinearizable(_ operations: ClientOperation...) -> Bool {
    Linearizability.verdict(on: ClientHistory(operations)) == .linearizable
  }

  @Test func `an unknown put shows late, or never`() {
    let put = operation(1, "put 1", 0...1, .unknown)
    #expect(isLinearizable(put, read(2, nil, 2...3), read(2, "1", 50...51)))
    #expect(isLinearizable(put, read(2, nil, 2...3), read(2, nil, 50...51)))
    #expect(isLinearizable(put, done(2, "put 2", 2...3), read(2, "1", 4...5)))
  }

  @Test func `it shows once`() {
    let put = operation(1, "put 1", 0...1, .unknown)
    #expect(!isLinearizable(put, read(2, "1", 2...3), read(2, nil, 4...5)))
    #expect(
      !isLinearizable(
        put, read(2, "1", 2...3), done(2, "put 2", 4...5), read(2, "2", 6...7), read(2, "1", 8...9))
    )
    // Two of them may show twice.
    #expect(
      isLinearizable(
        put, operation(3, "put 1", 0...1, .unknown), read(2, "1", 2...3), done(2, "put 2", 4...5),
        read(2, "2", 6...7), read(2, "1", 8...9)))
  }

  @Test func `it does not show before it was called`() {
    #expect(!isLinearizable(read(2, "1", 0...1), operation(1, "put 1", 2...3, .unknown)))
  }

  @Test func `unknown swaps and deletes`() {
    #expect(
      isLinearizable(
        done(1, "put 1", 0...1), operation(2, "swap 1 2", 2...3, .unknown), read(1, "2", 9...10)))
    #expect(
      !isLinearizable(
        done(1, "put 0", 0...1), operation(2, "swap 1 2", 2...3, .unknown), read(1, "2", 9...10)))
    #expect(
      isLinearizable(
        done(1, "put 1", 0...1), operation(2, "delete", 2...3, .unknown), read(1, nil, 9...10)))
  }

  @Test func `what failed never shows`() {
    let put = operation(1, "put 1", 0...1, .failed)
    #expect(isLinearizable(put, read(2, nil, 2...3)))
    #expect(!isLinearizable(put, read(2, "1", 2...3)))
  }

  @Test func `keys have nothing to do with each other`() {
    #expect(
      isLinearizable(
        done(1, "put 1", 0...1), operation(1, "put 2", 2...3, .ok(.done), key: "y"),
        read(2, "1", 4...5)))
  }

  @Test func `an answer to another question`() {
    let verdict = Linearizability.verdict(
      on: ClientHistory([operation(1, "get", 0...1, .ok(.done))]))
    guard case .violated(let violation) = verdict else {
      Issue.record("a get was answered 'done'")
      return
    }
    #expect(
      violation.sentence
        == #"Client 1 asked for "get x" and was answered done, which is no answer to that."#)
  }

  @Test func `a budget that is spent is no verdict`() {
    let operations = [done(1, "put 1", 0...1), read(2, "1", 2...3)]
    #expect(
      Linearizability.verdict(on: ClientHistory(operations), budget: 1) == .undecided(key: "x"))
  }
}
