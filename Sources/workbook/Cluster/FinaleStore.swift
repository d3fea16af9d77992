internal import Contracts
internal import Foundation
internal import Grading
internal import Simulator

/// The finale's client, and what it was promised.
struct FinaleStore {
  let client: StoreClient
  /// Acknowledged, and so to be found whatever happens from now on.
  var promised: [(key: String, value: String)] = []
  var attempts = 0

  init(ports: [Int]) { client = StoreClient(ports: ports) }

  mutating func next() -> (key: String, value: String) {
    attempts += 1
    return ("key-\(attempts)", "value-\(attempts)")
  }
}

extension Finale {
  /// Asks until there is an answer, also where nobody knows what became of the last attempt: each
  /// key is written once and with one value, so that doing it twice changes nothing.
  private func ask(
    _ operation: KeyValue.Operation, _ store: FinaleStore
  ) throws -> StoreClient.Reply {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      try fleet.checkThatNobodyEnded()
      let reply = store.client.run(operation, limit: deadline - .now)
      guard case .unknown = reply, ContinuousClock.now < deadline else { return reply }
      store.client.askNext()
    }
  }

  private static let durable = Rule(
    "finale.acknowledged",
    "What was committed is in the log of every later leader; so what a client was told is done "
      + "stays done.", section: "§5.4")

  /// Makes so many writes, one after the other.
  func write(_ count: Int, _ store: inout FinaleStore) throws {
    let writing = Progress("writing …", on: screen)
    defer { writing.end() }
    for number in 1...count {
      let (key, value) = store.next()
      switch try ask(.put(key: key, value: value), store) {
      case .answered: store.promised.append((key, value))
      case .refused(let reason), .rejected(let reason), .unknown(let reason):
        throw BrokenPromise(
          happened: "Write \(number) of \(count) was not acknowledged, and a majority runs. "
            + reason,
          rule: Rule(
            "finale.progress",
            "A majority of servers that run and reach each other is enough to "
              + "commit, and to answer the client.", section: "§5.3"),
          facts: facts())
      }
    }
    passed("\(count) writes, one after the other, each acknowledged.")
  }

  /// Reads everything that was ever acknowledged.
  func read(_ store: inout FinaleStore) throws {
    let reading = Progress("reading …", on: screen)
    defer { reading.end() }
    for (key, value) in store.promised {
      let reply = try ask(.get(key: key), store)
      guard reply != .answered(.value(value)) else { continue }
      let said =
        switch reply {
        case .answered(.value(let other)): "reads \(other.map { "\"\($0)\"" } ?? "nothing")"
        case .answered(let answer): "reads \(answer)"
        case .refused(let reason), .rejected(let reason), .unknown(let reason):
          "has no answer: \(reason.dropLast())"
        }
      throw BrokenPromise(
        happened: "\"\(value)\" was written at \"\(key)\" and acknowledged. Now the key \(said).",
        rule: Self.durable, facts: facts())
    }
    passed("All \(store.promised.count) acknowledged writes are there.")
  }

  /// With no majority nothing may happen, and what may not happen is looked at for long enough.
  func watchStandstill(_ store: inout FinaleStore) async throws {
    let waiting = Progress("watching for \(Messages.describe(Self.watch)) …", on: screen)
    defer { waiting.end() }
    let before = fleet.running.compactMap { fleet.status(of: $0) }
    let end = ContinuousClock.now + Self.watch
    var attempts = 0
    while ContinuousClock.now < end {
      let (key, value) = store.next()
      attempts += 1
      if case .answered = store.client.attempt(
        .put(key: key, value: value), limit: .milliseconds(500))
      {
        throw BrokenPromise(
          happened: "A write was acknowledged, and \(fleet.running.count) of "
            + "\(fleet.plan.servers) servers run.",
          rule: Rule(
            "finale.no-commit",
            "An entry is committed once a majority of all servers holds it, "
              + "and not of those that run.", section: "§5.3"), facts: facts())
      }
      store.client.askNext()
      for status in fleet.running.compactMap({ fleet.status(of: $0) }) {
        try check(status, against: before)
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    try told(before, attempts)
  }

  private func check(_ status: NodeStatus, against before: [NodeStatus]) throws {
    if status.isLeader {
      throw BrokenPromise(
        happened: "S\(status.server) leads term \(status.term), and \(fleet.running.count) of "
          + "\(fleet.plan.servers) servers run.",
        rule: Rule(
          "finale.no-leader",
          "A candidate leads once it has the votes of a majority of all "
            + "servers, and not of those that answer.", section: "§5.2"), facts: facts())
    }
    let old = before.first { $0.server == status.server }
    if let old, let now = status.commitIndex, let then = old.commitIndex, now > then {
      throw BrokenPromise(
        happened: "commitIndex of S\(status.server) went from \(then) to \(now), and there is no "
          + "leader who could have said so.",
        rule: Rule(
          "finale.no-commit", "A follower's commitIndex follows a leader's.", section: "§5.3"),
        facts: facts())
    }
  }

  private func told(_ before: [NodeStatus], _ attempts: Int) throws {
    let after = fleet.running.compactMap { fleet.status(of: $0) }
    let time = Messages.describe(Self.watch)
    passed("\(attempts) attempts to write in \(time), and none acknowledged: no commit.")
    guard let then = before.map(\.term).max(), let now = after.map(\.term).max() else { return }
    guard now > then else {
      throw BrokenPromise(
        happened: "In \(time) without a leader nobody stood for election: the term is still "
          + "\(now).",
        rule: Rule(
          "finale.candidate",
          "A candidate whose election timeout elapses without an outcome "
            + "begins a new election, in a new term.", section: "§5.2"), facts: facts())
    }
    passed("Elections without end: the term went from \(then) to \(now), and nobody leads.")
  }

  /// All servers have the same log, and what was acknowledged is in it.
  func compareLogs(_ store: inout FinaleStore) async throws {
    let waiting = Progress("comparing the logs …", on: screen)
    defer { waiting.end() }
    let deadline = ContinuousClock.now + Self.patience
    var logs: [[NodeStatus.Entry]] = []
    repeat {
      try fleet.checkThatNobodyEnded()
      logs = fleet.servers.compactMap { NodeStatus.wholeLog(port: fleet.clientPorts[$0 - 1]) }
      if logs.count == fleet.plan.servers, Set(logs).count == 1 {
        passed(
          "All \(fleet.plan.servers) servers have the same log, \(logs[0].count) entries long.")
        return
      }
      try await Task.sleep(for: .milliseconds(100))
    } while ContinuousClock.now < deadline
    throw BrokenPromise(
      happened: "All servers run, and \(Messages.describe(Self.patience)) later their logs are "
        + "not the same.",
      rule: Rule(
        "finale.same-logs",
        "The leader sends each follower what it lacks, until their logs are "
          + "the same.", section: "§5.3"), facts: facts())
  }
}
