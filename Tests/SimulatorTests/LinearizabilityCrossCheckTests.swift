import Contracts
import Simulator
import Testing

/// The search beside one that simply tries every order, and under load.
@Suite struct LinearizabilityCrossCheckTests {
  @Test func `small histories by chance are judged as by trying every order`() {
    var verdicts = [true: 0, false: 0]
    for seed in 0..<20_000 as Range<UInt64> {
      var story = StoreByChance(seed: seed)
      let history = story.history(clients: 2 + Int(seed % 3), operations: 4 + Int(seed % 4))
      let expected = EveryOrder.isLinearizable(history.operations)
      verdicts[expected, default: 0] += 1
      let verdict = Linearizability.verdict(on: history)
      #expect((verdict == .linearizable) == expected, "seed \(seed): \(history)")
      if case .violated(let violation) = verdict {
        #expect(violation.operations.allSatisfy(history.operations.contains), "seed \(seed)")
        #expect(isProof(violation.operations, in: history), "seed \(seed): \(violation)")
      }
    }
    #expect(verdicts.values.allSatisfy { $0 > 3_000 }, "\(verdicts)")
  }

  /// Whether what is named has no order, whatever became of everything else: with any value to
  /// begin with, where what was over before it is left out.
  private func isProof(_ named: [ClientOperation], in history: ClientHistory) -> Bool {
    let others = history.operations.filter { !named.contains($0) }
    func hasNoOrder(from start: Int64, _ values: [String?]) -> Bool {
      let left = (others + named.filter { $0.called < start })
        .filter { $0.outcome == .unknown || $0.returned >= start }.map(\.unanswered)
      let certain = named.filter { $0.called >= start }
      return values.allSatisfy { !EveryOrder.isLinearizable(certain + left, from: $0) }
    }
    return hasNoOrder(from: .min, [nil])
      || named.contains { hasNoOrder(from: $0.called, [nil, "0", "1", "2"]) }
  }

  @Test func `thousands of operations of forty clients, a sixth of them unknown`() throws {
    var story = StoreByChance(seed: 1, values: nil, mistakes: 0)
    var history = story.history(clients: 40, operations: 6_000)
    #expect(Linearizability.verdict(on: history) == .linearizable)
    let last = history.operations.map(\.returned).max() ?? 0
    let put = try #require(
      history.operations.first { $0.operation.key == "x" && $0.outcome == .ok(.done) })
    guard case .put(_, let old) = put.operation else { return }
    let read = KeyValue.Operation.get(key: "x")
    history.operations += [
      ClientOperation(
        client: 41, .put(key: "x", value: "last"), called: last + 1, returned: last + 2,
        outcome: .ok(.done)),
      ClientOperation(
        client: 42, read, called: last + 3, returned: last + 4, outcome: .ok(.value(old))),
    ]
    guard case .violated(let violation) = Linearizability.verdict(on: history) else {
      Issue.record("an old value came back, and nothing was found")
      return
    }
    #expect(
      violation.sentence == "Client 42 read \"\(old)\" at \"x\", though client \(put.client) had "
        + "put \"\(old)\", and then client 41 had put \"last\".")
  }
}

extension ClientOperation {
  /// The same, and nobody knows what came of it; what only looked, or failed, did nothing.
  fileprivate var unanswered: ClientOperation {
    let isIdle = outcome == .failed || outcome == .ok(.swapped(false))
    return ClientOperation(
      client: client, operation, called: called, returned: returned,
      outcome: isIdle ? .failed : .unknown)
  }
}

/// A store that answers rightly, or mostly, and clients whose operations overlap.
private struct StoreByChance {
  private var random: SeededGenerator
  private let values: Int?
  private let mistakes: Int
  private var store: [String: String] = [:]
  private var written = 0
  private var open: [(due: Int, operation: KeyValue.Operation)] = []

  /// Values out of so many, or each another; of a hundred answers, how many are by chance.
  init(seed: UInt64, values: Int? = 3, mistakes: Int = 12) {
    random = SeededGenerator(seed: seed &* 7919 &+ 13)
    self.values = values
    self.mistakes = mistakes
  }

  private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

  private mutating func value() -> String {
    written += 1
    guard let values else { return "\(written)" }
    return "\(pick(values))"
  }

  private mutating func draw() -> KeyValue.Operation {
    let key = values == nil ? ["x", "y", "z"][pick(3)] : "x"
    switch pick(10) {
    case 0...3: return .get(key: key)
    case 4...6: return .put(key: key, value: value())
    case 7: return .delete(key: key)
    default:
      let expected = pick(5) == 0 ? nil : (values == nil ? store[key] : "\(pick(3))")
      return .compareAndSet(key: key, expected: expected, value: value())
    }
  }

  mutating func history(clients: Int, operations count: Int) -> ClientHistory {
    var free = Array(repeating: 0, count: clients)
    var calls: [(client: Int, called: Int, effect: Int, returned: Int, KeyValue.Operation)] = []
    for _ in 0..<count {
      let client = pick(clients)
      let called = free[client] + pick(3)
      let effect = called + pick(4)
      let returned = effect + pick(4)
      free[client] = returned + 1
      calls.append((client + 1, called, effect, returned, draw()))
    }
    // In the order in which they take effect: the store answers as it is then.
    var operations: [ClientOperation] = []
    for (client, called, effect, returned, operation) in calls.sorted(by: { $0.effect < $1.effect })
    {
      takeEffect(of: open.filter { $0.due <= effect }.map(\.operation))
      open.removeAll { $0.due <= effect }
      let fate = pick(20)
      let outcome: ClientOperation.Outcome
      if fate == 0 {
        outcome = .failed
      } else if fate <= 2 || (fate <= 5 && values != nil) {
        outcome = .unknown
        // At once, later, or never.
        if pick(3) > 0 { open.append((effect + pick(8), operation)) }
      } else {
        outcome = .ok(answer(to: operation))
      }
      operations.append(
        ClientOperation(
          client: client, operation, called: Int64(called), returned: Int64(returned),
          outcome: outcome))
    }
    return ClientHistory(operations)
  }

  private mutating func takeEffect(of operations: [KeyValue.Operation]) {
    for operation in operations { _ = EveryOrder.apply(operation, to: &store) }
  }

  private mutating func answer(to operation: KeyValue.Operation) -> KeyValue.Answer {
    let answer = EveryOrder.apply(operation, to: &store)
    guard pick(100) < mistakes else { return answer }
    switch answer {
    case .value: return .value(pick(4) == 0 ? nil : "\(pick(3))")
    case .swapped(let isSwapped): return .swapped(!isSwapped)
    default: return answer
    }
  }
}

/// Tries every order of a history's operations.
private enum EveryOrder {
  static func isLinearizable(_ operations: [ClientOperation], from value: String? = nil) -> Bool {
    place(operations.filter { $0.outcome != .failed }, value.map { ["x": $0] } ?? [:])
  }

  private static func place(_ left: [ClientOperation], _ store: [String: String]) -> Bool {
    let certain = left.filter { $0.outcome != .unknown }
    if certain.isEmpty { return true }
    for (number, next) in left.enumerated() {
      // It can't be next if another was over before it began.
      if certain.contains(where: { $0.returned < next.called }) { continue }
      var after = store
      let answer = apply(next.operation, to: &after)
      guard next.outcome == .unknown || next.outcome == .ok(answer) else { continue }
      var rest = left
      rest.remove(at: number)
      if place(rest, after) { return true }
    }
    return false
  }

  static func apply(
    _ operation: KeyValue.Operation, to store: inout [String: String]
  ) -> KeyValue.Answer {
    switch operation {
    case .get(let key): return .value(store[key])
    case .put(let key, let value): store[key] = value
    case .delete(let key): store[key] = nil
    case .compareAndSet(let key, let expected, let value):
      guard store[key] == expected else { return .swapped(false) }
      store[key] = value
      return .swapped(true)
    }
    return .done
  }
}
