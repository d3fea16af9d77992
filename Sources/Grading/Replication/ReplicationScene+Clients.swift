internal import Contracts
internal import Raft
internal import Simulator

// Scenarios with clients, whose history is judged at the end.
extension ReplicationScene {
  /// The network is rough, and clients go on all the same.
  func unreliable() async throws -> [String] {
    try await withClients {
      await cluster.run(for: .milliseconds(1_500))
      cluster.apply(.conditions(.calm))
      await cluster.run(for: .milliseconds(600))
    } then: {
      try await agreeInTheEnd("after the network was calm")
    }
  }

  func churn(_ plan: FaultPlan) async throws -> [String] {
    return try await withClients {
      cluster.schedule(plan)
      await cluster.run(for: plan.end)
      // What was on its way when the faults ended may still raise a term.
      await cluster.run(for: .milliseconds(700))
    } then: {
      try await agreeInTheEnd("after the faults were over")
      try await agree("and nothing stood in the way")
    }
  }

  /// Has clients ask while `body` goes on, and judges what they were told: when they have stopped,
  /// and the rest is done, one of them reads what has become of it all.
  ///
  /// - Returns: what there is to say of them.
  func withClients(
    _ load: ClientLoad = ClientLoad(), _ body: () async throws -> Void,
    then rest: () async throws -> Void = {}
  ) async throws -> [String] {
    let start = cluster.now
    let clients = Clients(of: cluster, load, seed: seed)
    try await body()
    await clients.stop()
    let time = cluster.now - start
    try await rest()
    await clients.readEverything()
    let history = clients.history
    let summary = Self.summary(history, load, time)
    switch Linearizability.verdict(on: history) {
    case .linearizable: return [summary]
    case .undecided(let key):
      return [summary, "Nobody knows whether that can be: \(key) has too many orders to try all."]
    case .violated(let violation):
      throw Problem(
        promise: .linearizable, happened: violation.sentence,
        facts: violation.operations.map(Self.fact))
    }
  }

  private static func summary(
    _ history: ClientHistory, _ load: ClientLoad, _ time: Duration
  ) -> String {
    let counts = history.counts
    let pace = Double(counts.ok) * 1e9 / Double(max(time.nanoseconds, 1))
    return "\(load.clients) clients: \(counts.ok) commands answered, "
      + "\(Messages.trimmed((pace * 10).rounded() / 10)) per virtual second; "
      + "\(counts.unknown) with unknown outcome, \(counts.failed) taken by nobody."
  }

  /// One operation, as a line: who, what, when, and what came of it.
  static func fact(_ operation: ClientOperation) -> Fact {
    let text = operation.operation.command.text
    let answer =
      switch operation.outcome {
      case .ok(let answer): answer.told
      case .failed: "taken by nobody"
      case .unknown: "nobody knows"
      }
    let from = Messages.describe(.nanoseconds(operation.called))
    let to = Messages.describe(.nanoseconds(operation.returned))
    return Fact(
      "client \(operation.client)", "\(text.prefix(60)) → \(answer.prefix(40)), \(from) to \(to)")
  }
}
