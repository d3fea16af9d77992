internal import Contracts
internal import Foundation
internal import Grading
internal import Raft
internal import Simulator

/// Clients at work on servers that are killed, paused, cut off and restarted; and then, whether
/// what the clients were told can be true.
struct Soak: Sendable {
  let fleet: Fleet
  let plan: SoakPlan
  let clients: SoakClients
  let screen: Screen

  private static let patience = Duration.seconds(30)

  /// Runs to the end of the plan, and reads everything once more.
  ///
  /// - Throws: `BrokenPromise` where the servers do not come back, or do not agree.
  func run() async throws {
    try await expectLeader()
    clients.start()
    let progress = Progress("running …", on: screen)
    do {
      for (number, round) in plan.rounds.enumerated() {
        progress.update("round \(number + 1) of \(plan.rounds.count) …")
        try await play(round)
        try fleet.checkThatNobodyEnded()
      }
    } catch {
      progress.end()
      try? await clients.finish()
      throw error
    }
    progress.end()
    try await clients.finish()
    try await expectLeader()
    if let (key, reason) = clients.readAll() {
      throw failure(
        "All servers run again, and \"\(key)\" can't be read. \(reason)", "progress",
        "A majority of servers that run and reach each other is enough to go on.", "§5.3")
    }
    try fleet.checkThatNobodyEnded()
  }

  private func play(_ round: SoakPlan.Round) async throws {
    try await Task.sleep(for: round.calm)
    var healthy = fleet.running
    var cut: [Int] = []
    func take(_ target: SoakPlan.Target) -> Int? {
      guard !healthy.isEmpty else { return nil }
      var place: Int?
      switch target {
      case .leader: place = fleet.leader.flatMap { healthy.firstIndex(of: $0.server) }
      case .other(let number): place = number % healthy.count
      }
      return healthy.remove(at: place ?? 0)
    }
    for trouble in round.troubles {
      switch trouble {
      case .killAll: try fleet.kill(healthy)
      case .kill(let target): if let server = take(target) { try fleet.kill([server]) }
      case .pause(let target): if let server = take(target) { try fleet.pause(server) }
      case .cut(let target):
        guard let server = take(target) else { continue }
        cut.append(server)
        try fleet.cut([cut])
      case .slow(let target, let milliseconds):
        if let server = take(target) { try fleet.slow(server, by: milliseconds) }
      }
    }
    try await Task.sleep(for: round.length)
    try fleet.heal()
    for server in fleet.servers {
      switch fleet.condition(of: server) {
      case .killed: try await fleet.restart(server)
      case .paused: try fleet.resume(server)
      case .starting, .running, .ended: break
      }
    }
  }

  private func expectLeader() async throws {
    if try await fleet.expectedLeader(within: Self.patience) != nil { return }
    throw failure(
      "All servers run and reach each other, and after \(Messages.describe(Self.patience)) none "
        + "leads.", "election", "Servers that hear from no leader elect one.", "§5.2")
  }

  private func failure(
    _ happened: String, _ rule: String, _ sentence: String, _ section: String
  ) -> BrokenPromise {
    BrokenPromise(
      happened: happened, rule: Rule("soak.\(rule)", sentence, section: section),
      facts: fleet.facts())
  }

  // MARK: - Judging

  /// Whether the clients could have been talking to one store, and what was acknowledged is in
  /// the log of the leader.
  func judge() throws {
    let history = clients.history
    switch Linearizability.verdict(on: history) {
    case .linearizable: break
    case .violated(let violation):
      throw failure(
        "At the key \"\(violation.key)\": \(violation.sentence)", "linearizable",
        "Each operation takes effect at one moment between its call and its answer, as if there "
          + "were a single server.", "§8")
    case .undecided(let key):
      throw Trouble(
        "It is not decided whether the answers at the key \"\(key)\" can be true: there are too "
          + "many possible orders to look at all. Nothing was found against them. Run it again "
          + "with another seed.")
    }
    try checkLog(history)
  }

  private func checkLog(_ history: ClientHistory) throws {
    guard let leader = fleet.leader,
      let log = NodeStatus.wholeLog(port: fleet.clientPorts[leader.server - 1])
    else { throw Trouble("The leader's log cannot be read to the end.") }
    let commands = Set(log.map(\.command))
    let lost = history.operations.first {
      guard case .put = $0.operation, $0.outcome == .ok(.done) else { return false }
      return !commands.contains($0.operation.command.text)
    }
    guard let lost else { return }
    throw failure(
      "A client was told that \"\(lost.operation.command.text)\" is done, and the leader's log "
        + "does not have it.", "acknowledged",
      "What was committed is in the log of every later leader.", "§5.4")
  }
}
