public import Contracts
internal import Raft
internal import Simulator
internal import Synchronization
public import Traces

/// Work of a known size for clusters that replicate, so that their pace can be measured.
public enum ReplicationPace<State: ReplicationChapter> {
  /// Something was found, so that it was not the work that was to be measured.
  public struct Spoiled: Error, CustomStringConvertible {
    public let description: String
  }

  /// Runs `runs` clusters of so many servers for `seconds` virtual seconds each, with clients,
  /// faults and every invariant.
  public static func run(_ runs: Int, servers: Int = 5, seconds: Int) throws {
    for seed in 1...UInt64(max(runs, 1)) {
      let end = Duration.seconds(seconds)
      let run = ClusterRun(
        members(servers), seed: seed, plan: .seeded(seed, servers: servers, until: end),
        duration: end, limits: Limits(steps: .max))
      try judge(
        run.outcome { cluster in
          let clients = Clients(of: cluster, seed: seed)
          await cluster.run(for: end)
          await clients.stop()
        })
    }
  }

  /// Hands `commands` commands to the leader of so many servers, fifty a virtual millisecond, and
  /// runs until all of them have been read from every server.
  public static func replicate(_ commands: Int, servers: Int = 5) throws {
    let isDone = Mutex(false)
    let run = ClusterRun(
      members(servers), seed: 1, duration: .zero, limits: Limits(steps: .max))
    try judge(
      run.outcome { cluster in
        await cluster.wait(atMost: .seconds(5)) { $0.liveness.agreement != nil }
        guard let leader = cluster.liveness.agreement?.leader else { return }
        for number in 1...max(commands, 1) {
          let put = KeyValue.Operation.put(key: "\(number % 100)", value: "\(number)")
          await cluster.propose(put.command, at: leader)
          if number.isMultiple(of: 50) { await cluster.run(for: .milliseconds(1)) }
        }
        let last = LogIndex(commands)
        let ends = await cluster.wait(atMost: .seconds(60)) { cluster in
          cluster.servers.allSatisfy { cluster.applied(by: $0) ?? 0 >= last }
        }
        isDone.withLock { $0 = ends }
      })
    guard isDone.withLock({ $0 }) else {
      throw Spoiled(description: "Not all of the \(commands) commands were read everywhere.")
    }
  }

  /// The first `count` events of five servers with clients, so that a long run can be drawn.
  public static func trace(events count: Int) throws -> Trace {
    var options = ClusterOptions()
    options.trace = .all
    let run = ClusterRun(
      members(5), seed: 1, duration: .zero, options: options, limits: Limits(steps: .max))
    let outcome = try run.outcome { cluster in
      let clients = Clients(of: cluster, seed: 1)
      // Five servers and their clients make more than a thousand events a second.
      await cluster.run(for: .milliseconds(max(count, 1)))
      await clients.stop()
    }
    try judge(outcome)
    var trace = Trace(
      outcome.events, header: Trace.Header(chapter: 4, servers: 5, seed: 1, scenario: "none"))
    guard trace.events.count >= count else {
      throw Spoiled(description: "The run has \(trace.events.count) events, and not \(count).")
    }
    trace.events = Array(trace.events.prefix(count))
    return trace
  }

  private static func members(_ servers: Int) -> [ClusterMember] {
    Array(repeating: ClusterMember.server(State.self), count: servers)
  }

  private static func judge(_ outcome: ClusterOutcome) throws {
    if let broken = outcome.broken.first { throw Spoiled(description: broken.sentence) }
    if let misuse = outcome.misuses.first { throw Spoiled(description: misuse.sentence) }
  }
}
