internal import Contracts
internal import Raft
internal import Simulator

/// A cluster of chapter 4 while it is watched: what its scenarios do and ask over and over.
struct ReplicationScene: Sendable {
  typealias Problem = ClusterProblem<ReplicationPromise>

  let cluster: Cluster
  let seed: UInt64

  /// A command in a leader's log.
  struct Accepted: Hashable, Sendable {
    let command: Command
    let leader: ServerID
    let index: LogIndex
    let term: Term

    fileprivate var told: String {
      "\(leader) took \(ReplicationScene.quoted(command)) at index \(index) in term \(term)"
    }
  }

  var servers: [ServerID] { cluster.servers }
  var running: [ServerID] { servers.filter { cluster.situation(of: $0) != nil } }

  func others(than ids: ServerID...) -> [ServerID] { servers.filter { !ids.contains($0) } }

  /// How long a command may take to everybody: three heartbeats and four ways, and for each further
  /// one a heartbeat more, since a server may send one entry at a time.
  func bound(commands: Int = 1) -> Duration {
    let options = cluster.options
    return options.heartbeatInterval * (2 + commands)
      + .milliseconds(options.conditions.delay.upperBound) * 4
  }

  /// How long it may take until a server has caught up: a leader may step back one entry at a time,
  /// and send one entry at a time, and each step may take a heartbeat. One that was lost before may
  /// be waited for until `send` gives up.
  func catchUp(entries: Int) -> Duration {
    let options = cluster.options
    return bound() + options.replyDeadline + options.heartbeatInterval * 5 / 4 * (2 * entries)
  }

  /// How many entries the longest log has: nobody can be missing more.
  private var longestLog: Int {
    servers.map { cluster.disk(of: $0)?.log.lastIndex.number ?? 0 }.max() ?? 0
  }

  var electionBound: Duration { ReplicationScenario.bound(cluster) }

  static func quoted(_ command: Command) -> String {
    let text = command.text
    let size = text.utf8.count
    return size > 40 ? "a command of \(size) bytes" : String(reflecting: text)
  }

  /// What a client has heard, after "heard".
  static func told(_ submission: Submission) -> String {
    switch submission {
    case .heard(.applied(let answer)): "that it was applied, with the answer \(answer)"
    case .heard(.refused): "that it was refused"
    case .heard(.unknown): "that nobody knows"
    case .unreachable: "that the server takes no commands"
    case .crashed: "that the server crashed"
    case .late: "nothing"
    }
  }

  static func list(_ ids: [ServerID]) -> String {
    let names = ids.map(\.description)
    return names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }
}

// MARK: - What is asked of it

extension ReplicationScene {
  /// Waits for a leader whom everybody within its reach knows.
  @discardableResult
  func leader(_ when: String, not old: ServerID? = nil) async throws -> ServerID {
    let isThere = await cluster.wait(atMost: electionBound) {
      $0.liveness.agreement.map { $0.leader != old } ?? false
    }
    if isThere, let agreement = cluster.liveness.agreement { return agreement.leader }
    throw Problem(
      promise: .elects,
      happened: "\(Messages.describe(electionBound)) \(when), the servers had not agreed on a "
        + "leader.", facts: ends)
  }

  /// Hands a command to the leader, who must take it.
  func accept(_ command: Command, at leader: ServerID) async throws -> Accepted {
    let proposal = await cluster.propose(command, at: leader)
    guard case .accepted(let index, let term)? = proposal else {
      throw Problem(
        promise: .agrees,
        happened: "\(leader) leads, and did not take \(Self.quoted(command)).", facts: ends)
    }
    return Accepted(command: command, leader: leader, index: index, term: term)
  }

  func accept(_ commands: [Command], at leader: ServerID) async throws -> [Accepted] {
    var accepted: [Accepted] = []
    for command in commands { accepted.append(try await accept(command, at: leader)) }
    return accepted
  }

  /// Has the leader take commands, which are soon applied on `servers`, or on all that run.
  func agree(_ commands: Command..., on servers: [ServerID]? = nil) async throws {
    try await agree(commands, on: servers)
  }

  func agree(_ commands: [Command], on servers: [ServerID]? = nil) async throws {
    let leader = try await leader("later")
    let accepted = try await accept(commands, at: leader)
    try await see(accepted, on: servers ?? running)
  }

  /// Waits until commands are applied that a leader has taken.
  func see(
    _ accepted: [Accepted], on servers: [ServerID], within limit: Duration? = nil
  ) async throws {
    let limit = limit ?? bound(commands: max(accepted.count, missing(on: servers)))
    let isApplied = await cluster.wait(atMost: limit) { cluster in
      accepted.allSatisfy { entry in
        servers.allSatisfy { Self.has(entry, $0, in: cluster) }
      }
    }
    if isApplied { return }
    for entry in accepted {
      let missing = servers.filter { !Self.has(entry, $0, in: cluster) }
      guard !missing.isEmpty else { continue }
      throw Problem(
        promise: .agrees,
        happened: "\(entry.told), and \(Messages.describe(limit)) later \(Self.list(missing)) had "
          + "not applied it.", facts: ends)
    }
  }

  /// How many entries the one of them that has least lacks: who commits without it may be one entry
  /// ahead with every command.
  private func missing(on servers: [ServerID]) -> Int {
    let last = servers.compactMap { cluster.situation(of: $0)?.log.lastIndex.number }
    return longestLog - (last.min() ?? longestLog)
  }

  /// Whether a server holds an entry, and has handed it on.
  private static func has(_ entry: Accepted, _ id: ServerID, in cluster: Cluster) -> Bool {
    guard let situation = cluster.situation(of: id),
      situation.log[entry.index] == LogEntry(term: entry.term, command: entry.command)
    else { return false }
    return cluster.applied(by: id) ?? 0 >= entry.index
  }

  /// Once nothing is in the way any more, the servers that run get to agree on a command, even if
  /// leaders still change; then all of them hold the same log.
  func agreeInTheEnd(_ when: String) async throws {
    let limit = electionBound + catchUp(entries: longestLog)
    let end = cluster.now + limit
    var tries = 0
    while cluster.now < end {
      tries += 1
      let leader = try await leader(when)
      guard
        case .accepted(let index, let term)? = await cluster.propose(
          Command("in the end \(tries)"), at: leader),
        let entry = cluster.situation(of: leader)?.log[index]
      else {
        await cluster.run(for: .milliseconds(10))
        continue
      }
      let accepted = Accepted(command: entry.command, leader: leader, index: index, term: term)
      let all = running
      // A later term that nobody is in counts for nothing: who was alone in it may be down.
      let isOver = await cluster.wait(atMost: end - cluster.now) { cluster in
        all.contains { cluster.situation(of: $0)?.currentTerm ?? 0 > term }
          || all.allSatisfy { Self.has(accepted, $0, in: cluster) }
      }
      if isOver, all.allSatisfy({ Self.has(accepted, $0, in: cluster) }) { return }
      if cluster.hasFindings { return }
    }
    throw Problem(
      promise: .catchesUp,
      happened:
        "\(Messages.describe(limit)) \(when), no command had been applied by everybody.",
      facts: ends)
  }

  /// How the logs end that do not tell enough by themselves.
  private var ends: [Fact] {
    servers.map { id in
      guard let situation = cluster.situation(of: id) else { return Fact("\(id)", "down") }
      return Fact(
        "\(id)",
        "\(situation.role.rawValue) in term \(situation.currentTerm), log to "
          + "\(situation.log.lastIndex) (term \(situation.log.lastTerm)), committed to "
          + "\(situation.commitIndex), applied to \(cluster.applied(by: id) ?? 0)")
    }
  }
}

// MARK: - What is done to it

extension ReplicationScene {
  /// Only these reach each other.
  func connect(_ ids: [ServerID]) { cluster.apply(.partition([ids])) }

  func heal() { cluster.apply(.heal) }

  func cut(from: [ServerID], to: [ServerID]) {
    for sender in from {
      for receiver in to where receiver != sender {
        cluster.apply(.cut(from: sender, to: receiver))
      }
    }
  }

  func restart() { for id in servers { cluster.apply(.restart(id)) } }

  /// So many commands with a name of their own.
  func commands(_ count: Int, _ name: String) -> [Command] {
    (1...max(count, 1)).map { Command("\(name) \($0)") }
  }
}
