internal import Contracts
internal import Foundation
internal import Platform
internal import Simulator
internal import Synchronization

/// Clients that write and read while servers fail, and remember everything.
final class SoakClients: Sendable {
  static let count = 8
  /// Keys in use at a time, and operations after which new ones take their place: few enough to
  /// meet each other, and few enough on one key that all orders of them can be looked at.
  private static let keys = 4
  private static let operationsPerKey = 60
  /// How long a client waits for one answer: a little longer than a server does.
  private static let limit = Duration.seconds(6)

  private let ports: [Int]
  private let seed: UInt64
  private let operations = Mutex<[ClientOperation]>([])
  private let begun = Atomic(0)
  private let isOver = Atomic(false)
  private let left = Atomic(SoakClients.count)

  init(ports: [Int], seed: UInt64) {
    self.ports = ports
    self.seed = seed
  }

  /// What was asked and told so far.
  var history: ClientHistory { ClientHistory(operations.withLock { $0 }) }

  /// Lets every client begin, each on a thread of its own: asking waits.
  func start() {
    for client in 1...Self.count {
      Thread {
        self.work(as: client)
        self.left.subtract(1, ordering: .sequentiallyConsistent)
      }.start()
    }
  }

  /// Lets every client finish what it has begun.
  func finish() async throws {
    isOver.store(true, ordering: .sequentiallyConsistent)
    while left.load(ordering: .sequentiallyConsistent) > 0 {
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  private func work(as number: Int) {
    var chance = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
    let store = StoreClient(ports: ports, askingFirst: number)
    var client = number
    var seen: [String: String] = [:]
    var count = 0
    while !isOver.load(ordering: .sequentiallyConsistent) {
      let place = begun.add(1, ordering: .relaxed).oldValue
      count += 1
      let value = "\(number)-\(count)"
      let operation = Self.operation(place, value, seen, using: &chance)
      let done = ask(operation, as: client, store)
      if case .ok(.value(let value)) = done.outcome { seen[operation.key] = value }
      // Whoever waits for an answer in vain is never heard of again, and another takes the place:
      // so each client of the history does one thing after the other.
      if done.outcome == .unknown { client += Self.count }
      if done.outcome == .failed { store.askNext() }
      Thread.sleep(forTimeInterval: Double.random(in: 0..<0.02, using: &chance))
    }
  }

  private static func operation(
    _ place: Int, _ value: String, _ seen: [String: String], using chance: inout SeededGenerator
  ) -> KeyValue.Operation {
    let key = "k\(place / (operationsPerKey * keys))-\(Int.random(in: 0..<keys, using: &chance))"
    switch Int.random(in: 0..<100, using: &chance) {
    case 0..<40: return .put(key: key, value: value)
    case 40..<80: return .get(key: key)
    case 80..<95: return .compareAndSet(key: key, expected: seen[key], value: value)
    default: return .delete(key: key)
    }
  }

  @discardableResult private func ask(
    _ operation: KeyValue.Operation, as client: Int, _ store: StoreClient
  ) -> ClientOperation {
    let called = MonotonicClock.nanoseconds
    let reply = store.attempt(operation, limit: Self.limit)
    let returned = MonotonicClock.nanoseconds
    let outcome: ClientOperation.Outcome =
      switch reply {
      case .answered(let answer): .ok(answer)
      case .refused, .rejected: .failed
      case .unknown: .unknown
      }
    let done = ClientOperation(
      client: client, operation, called: called, returned: returned, outcome: outcome)
    operations.withLock { $0.append(done) }
    return done
  }

  /// Reads every key once more, when all is over: what was acknowledged must be seen.
  ///
  /// - Returns: a key that could not be read, and why; nil where all could.
  func readAll() -> (key: String, reason: String)? {
    let keys = Set(history.operations.map(\.operation.key)).sorted()
    let store = StoreClient(ports: ports)
    for key in keys {
      let called = MonotonicClock.nanoseconds
      let reply = store.run(.get(key: key), limit: .seconds(15))
      let returned = MonotonicClock.nanoseconds
      switch reply {
      case .answered(let answer):
        let done = ClientOperation(
          client: 0, .get(key: key), called: called, returned: returned, outcome: .ok(answer))
        operations.withLock { $0.append(done) }
      case .refused(let reason), .rejected(let reason), .unknown(let reason): return (key, reason)
      }
    }
    return nil
  }
}
