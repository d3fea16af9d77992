internal import Contracts
internal import Raft
internal import Simulator

/// 4.6 where a count goes on that should have ended: past five servers, and past a leadership.
extension ReplicationChecks {
  static var counting: [Check] { [anySize, countsAnew] }

  private static var section: String { "§5.3, §5.4.2" }
  private static var call: String { "advanceCommitIndex()" }

  /// Kills: a majority that is right for as many servers as anybody has tried.
  private static var anySize: Check {
    conversation(
      "4.6.any-size", "More than half of all servers hold it: of nine servers, that is five.",
      section: section, calling: call
    ) { runs in
      for servers in 6...9 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in .unreachable() }
          await scene.lead()
          guard let index = await scene.index("x") else { return }
          for (place, peer) in scene.peers.enumerated() {
            await scene.acknowledge(upTo: index, by: peer)
            let holding = place + 2
            let report = await scene.server.report
            if (report.commitIndex >= index) == Quorum(of: servers).isReached(by: holding) {
              continue
            }
            throw runs.broken(
              "S1 leads \(servers) servers, and \(holding) of them, itself included, hold x.",
              [Fact("commitIndex", "\(report.commitIndex)"), Fact("x is at", "\(index)")],
              reference: "committed once \(Quorum(of: servers).size) hold it")
          }
        }
      }
    }
  }

  /// Kills: yeses kept by the index, and a first entry of its own that is of an earlier term.
  private static var countsAnew: Check {
    conversation(
      "4.6.counts-anew",
      "Whoever leads again counts anew: what was said to it in an earlier term is over.",
      section: section, calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = await leadingAgain(simulation)
        let old = await scene.log
        if old.lastTerm < 6 {
          for peer in [ServerID(2), 3, 4] { await scene.acknowledge(upTo: old.lastIndex, by: peer) }
          try await judge(scene, atMost: 0, "Then S2, S3 and S4 said that they hold S3's z.", runs)
        }
      }
      try runs.once { simulation in
        let scene = await leadingAgain(simulation)
        guard let index = await scene.index("y") else { return }
        await scene.acknowledge(upTo: index, by: 4)
        try await judge(
          scene, atMost: 0, "Then y came, and S4 said that it holds it, and all before.", runs)
      }
    }
  }

  /// S1 of five led in term 1 with two entries that S2 holds. In term 5, S3 has overwritten both
  /// with one of its own. Now S1 leads in term 6.
  private static func leadingAgain(_ simulation: Simulation) async -> Scene<State> {
    let scene = Scene<State>(simulation, servers: 5) { _, _ in .unreachable() }
    await scene.lead()
    let first = await scene.index("x1") ?? 1
    if let last = await scene.index("x2") { await scene.acknowledge(upTo: last, by: 2) }
    await scene.hear(
      AppendEntries(
        term: 5, leaderID: 3, prevLogIndex: first.previous,
        prevLogTerm: await scene.log.term(at: first.previous) ?? 0,
        entries: [LogEntry(term: 5, command: "z")]))
    await scene.lead()
    return scene
  }

  private static func judge(
    _ scene: Scene<State>, atMost most: LogIndex, _ happened: String, _ runs: CheckRuns
  ) async throws {
    let commitIndex = await scene.server.report.commitIndex
    if commitIndex <= most { return }
    throw runs.broken(
      "S1 of five led in term 1, and S2 held its x1 and x2. In term 5, S3's z took their place. "
        + "S1 leads in term 6. " + happened,
      [Fact("S1 has", brief(await scene.log.entries)), Fact("commitIndex", "\(commitIndex)")],
      reference: "\(most)")
  }
}

extension Scene where State: ReplicationChapter {
  /// `peer` gets all that it is missing up to `index`, and says so.
  fileprivate func acknowledge(upTo index: LogIndex, by peer: ServerID) async {
    await looking(at: "entries(for:), and a yes of \(peer)") { server in
      // Whoever sends one entry at a time needs a message for each.
      for _ in 1...index.number where (server.report.matchIndex[peer] ?? 0) < index {
        let request = server.entries(for: peer)
        let reply = AppendEntries.Reply(term: request.term, success: true)
        server.receive(reply, from: peer, to: request)
      }
      server.advanceCommitIndex()
    }
  }
}
