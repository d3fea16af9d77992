internal import Contracts
internal import Foundation
internal import Grading
internal import Platform
internal import Simulator

/// What was promised and did not hold, and the rule behind the promise.
struct BrokenPromise: Error, Hashable {
  let happened: String
  let rule: Rule
  var facts: [Fact] = []
}

/// The weekend's last exercise: servers as processes, killed and brought back, and every promise
/// looked at from outside.
struct Finale: Sendable {
  let fleet: Fleet
  let screen: Screen

  /// How many writes each part makes.
  private static let writes = 20
  /// How long an election may take. One takes about an election timeout; several candidates at
  /// once make another, and so on: this is when nobody waits any longer.
  static let patience = Duration.seconds(15)
  /// Ten times the longest election timeout.
  static var watch: Duration { Fleet.electionTimeout.upperBound * 10 }

  private var servers: Int { fleet.plan.servers }
  private var majority: Int { servers / 2 + 1 }

  /// Plays all four parts.
  ///
  /// - Throws: `BrokenPromise` at the first promise that does not hold.
  func play() async throws {
    var store = FinaleStore(ports: fleet.clientPorts)
    heading(1, "All \(servers) agree")
    let first = try await leader(isFirst: true)
    passed("S\(first.server) leads term \(first.term).")
    try write(Self.writes, &store)
    try await stayInTerm(of: first)
    try read(&store)

    heading(2, "The leader is killed, as with `kill -9`")
    let second = try await killLeader()
    try write(Self.writes, &store)
    try read(&store)

    heading(3, "\(majority) of \(servers) are down")
    let killed = try await killMajority(with: second)
    try await watchStandstill(&store)

    heading(4, "All are back")
    for server in fleet.servers where killed.contains(server) || !fleet.running.contains(server) {
      try await fleet.restart(server)
    }
    let last = try await leader(isFirst: false)
    passed("S\(last.server) leads term \(last.term).")
    try read(&store)
    try write(Self.writes, &store)
    try await compareLogs(&store)
  }

  func heading(_ number: Int, _ text: String) {
    screen.say(["", screen.style.strong("  \(number). \(text)")])
  }

  func passed(_ text: String) {
    let mark = screen.style.good("✓")
    let lines = screen.style.wrapped("  " + text, indent: 4, hanging: 6)
    screen.say(["    \(mark) " + lines[0].drop { $0 == " " }] + lines.dropFirst())
  }

  // MARK: - Leaders

  func leader(isFirst: Bool) async throws -> NodeStatus {
    let waiting = Progress("waiting for a leader …", on: screen)
    defer { waiting.end() }
    if let leader = try await fleet.expectedLeader(within: Self.patience) { return leader }
    throw BrokenPromise(
      happened: "After \(Messages.describe(Self.patience)) "
        + (isFirst ? "no server leads" : "no new server leads") + ", and a majority runs.",
      rule: Rule(
        "finale.election",
        "A follower that hears nothing from a leader for an election timeout "
          + "stands for election, and whoever has the votes of a majority leads.",
        section: "§5.2"),
      facts: facts())
  }

  /// The heartbeats of a healthy leader keep everybody else quiet.
  ///
  /// On a machine that is very busy a server may be left without a turn for longer than an election
  /// timeout. So there are three tries: whoever does not listen to heartbeats fails in each.
  private func stayInTerm(of leader: NodeStatus) async throws {
    let time = Fleet.electionTimeout.upperBound * 5
    let waiting = Progress("watching for \(Messages.describe(time)) …", on: screen)
    defer { waiting.end() }
    var terms = [leader.term]
    for _ in 1...3 {
      let old = try await self.leader(isFirst: false)
      try await Task.sleep(for: time)
      let new = try await self.leader(isFirst: false)
      if new.term == old.term {
        passed("The term is still \(new.term), \(Messages.describe(time)) later: heartbeats.")
        return
      }
      terms.append(new.term)
    }
    throw BrokenPromise(
      happened: "Nobody touched the servers, and the term went on and on: "
        + terms.map(String.init).joined(separator: ", ") + ".",
      rule: Rule(
        "finale.steady",
        "As long as followers hear from the leader in time, none of them stands "
          + "for election.", section: "§5.2"),
      facts: facts())
  }

  private func killLeader() async throws -> NodeStatus {
    let old = try await leader(isFirst: false)
    let start = ContinuousClock.now
    try await fleet.kill(old.server)
    let new = try await leader(isFirst: false)
    let time = ContinuousClock.now - start
    guard new.term > old.term else {
      throw BrokenPromise(
        happened: "S\(new.server) leads term \(new.term), which S\(old.server) has led already.",
        rule: Rule("finale.one-leader", "A term has at most one leader.", section: "§5.2"),
        facts: facts())
    }
    let milliseconds = Int(time / .milliseconds(1))
    passed(
      "S\(old.server) is gone, and S\(new.server) leads term \(new.term), \(milliseconds) ms "
        + "later.")
    return new
  }

  /// Kills the leader and as many others as leave no majority, at one stroke: whoever is left
  /// cannot have been elected by anybody.
  private func killMajority(with leader: NodeStatus) async throws -> [Int] {
    let running = fleet.running
    let now = try await self.leader(isFirst: false)
    let others = running.filter { $0 != now.server }
    let count = running.count - (servers - majority)
    let killed = [now.server] + others.prefix(max(0, count - 1))
    try fleet.kill(killed)
    for server in killed { await fleet.waitUntilGone(server) }
    let names = fleet.servers.filter { !fleet.running.contains($0) }.map { "S\($0)" }
    passed("\(names.joined(separator: ", ")) are down, the leader among them.")
    return killed
  }

  func facts() -> [Fact] { fleet.facts() }
}

extension Fleet {
  /// How the servers stand, one line each.
  func facts() -> [Fact] {
    servers.map { server in
      let view = view(of: server)
      let numbers = [("term", view.term), ("commitIndex", view.commit), ("lastIndex", view.last)]
        .compactMap { name, number in number.map { "\(name) \($0)" } }
      return Fact("S\(server)", ([view.state] + numbers).joined(separator: ", "))
    }
  }
}
