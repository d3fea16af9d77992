internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// 4.7: what is committed comes out of `commits`: in order, each entry once, and nobody waits.
extension ReplicationChecks {
  static var commitStream: [Check] {
    [
      streamOfALeader, afterRestart, ownTerms, streamOfAFollower, nothingEarly, slowConsumer,
      goneConsumer, thousands,
    ]
  }

  private static var section: String { "§5.3, Figure 2" }

  /// Kills: an entry left out, or handed on twice, or in another order, on a leader.
  private static var streamOfALeader: Check {
    conversation(
      "4.7.leader", "A leader hands on every committed entry, in order, each once.",
      section: section, calling: "commits"
    ) { runs in
      for servers in 1...5 {
        try runs.seeds(servers == 1 ? 1 : 4) { simulation in
          let peers = Seat.first.peers(of: servers)
          let followers = Followers<Reference>(peers)
          let scene = Scene<State>(simulation, servers: servers) { message, peer in
            // A minority is out of reach.
            peer.number > 1 + servers / 2 + servers % 2
              ? .unreachable(after: .milliseconds(20))
              : await followers.answer(
                message, peer, after: .milliseconds(1 + simulation.chance(40)))
          }
          await scene.lead()
          let reader = CommitReader(scene.server, simulation)
          try await scene.hosted {
            for number in 1...10 {
              // A command of zero bytes is a command.
              await scene.propose(Command(number == 4 ? "" : "x\(number)"))
              await scene.wait(until: simulation.now + .milliseconds(simulation.chance(60) + 1))
            }
            await scene.wait(until: simulation.now + .seconds(1))
            try await judge(reader, scene, isAll: true, "S1 led, and took ten commands.", runs)
          }
          reader.stop()
        }
      }
    }
  }

  /// What came out is the beginning of S1's log, as far as it is committed, and not further.
  private static func judge(
    _ reader: CommitReader, _ scene: Scene<State>, isAll: Bool, _ happened: String,
    _ runs: CheckRuns
  ) async throws {
    let report = await scene.server.report
    let log = report.persistent.log
    let end = isAll ? log.lastIndex : report.commitIndex
    let right = log.suffix(from: 1).prefix(end.number).enumerated().map { place, entry in
      Commit(index: LogIndex(place + 1), term: entry.term, command: entry.command)
    }
    if reader.commits == right, report.commitIndex == end { return }
    let place = zip(reader.commits, right).prefix { $0 == $1 }.count
    var facts = [
      Fact("S1's log", brief(log.entries)), Fact("commitIndex", "\(report.commitIndex)"),
      Fact("commits gave", brief(reader.commits)),
    ]
    if place >= 3 {
      let wrong = reader.commits.dropFirst(place).first?.told ?? "nothing"
      facts.append(Fact("after \(place) right ones", wrong))
    }
    var happened = happened
    // What did not come out is missing since it was not committed.
    if report.commitIndex < end, place == report.commitIndex.number, place == reader.commits.count {
      happened += " All that it takes for committed was handed on: 4.5 and 4.6 come first."
    }
    throw runs.broken(
      happened, facts, reference: brief(Array(right.dropFirst(max(0, place - 2)))))
  }

  /// Kills: a follower that only notes what is committed; entries handed on as they arrive.
  private static var streamOfAFollower: Check {
    conversation(
      "4.7.follower", "A follower hands on what the leader says is committed, and nothing else.",
      section: section, calling: "commits"
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .unreachable() }
        let reader = CommitReader(scene.server, simulation)
        let entries = (1...6).map { LogEntry(term: Term(($0 + 2) / 3), command: Command("a\($0)")) }
        // How many entries have come, and how many of them are committed, says the leader; the
        // last message comes twice, and after it an old one.
        for (count, committed) in [(0, 0), (2, 0), (2, 1), (5, 1), (6, 4), (6, 6), (6, 6), (2, 1)] {
          let held = await scene.log.lastIndex.number
          let previous = min(held, count)
          await scene.hear(
            AppendEntries(
              term: 2, leaderID: 2, prevLogIndex: LogIndex(previous),
              prevLogTerm: previous == 0 ? 0 : entries[previous - 1].term,
              entries: Array(entries[previous..<count]), leaderCommit: LogIndex(committed)))
          await scene.wait(until: simulation.now + .milliseconds(1))
          try await judge(
            reader, scene, isAll: false, "S2 leads, and S1 heard from it.", runs)
        }
        reader.stop()
      }
    }
  }

  /// Kills: entries handed on when they are stored on this server, or when one peer has them.
  private static var nothingEarly: Check {
    conversation(
      "4.7.not-before", "Nothing is handed on before commitIndex covers it.", section: section,
      calling: "commits"
    ) { runs in
      for servers in 2...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, peer in
            .heartbeat(success: true, after: .milliseconds(10 * peer.number))
          }
          await scene.lead()
          let reader = CommitReader(scene.server, simulation)
          await scene.propose("x")
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(5))
            for _ in 0...6 {
              let happened = "Replies came one after another: each 10 ms later than the last."
              try await judge(reader, scene, isAll: false, happened, runs)
              await scene.wait(until: simulation.now + .milliseconds(10))
            }
          }
          reader.stop()
        }
      }
    }
  }

  /// Kills: a commit that carries the leader's term, or the term of now, and not the entry's.
  private static var ownTerms: Check {
    conversation(
      "4.7.own-term", "A commit carries the term of its entry, not the term of now.",
      section: section, calling: "commits"
    ) { runs in
      let log = Log([1, 1, 3].map { LogEntry(term: $0, command: "a") })
      try runs.once { simulation in
        let scene = Scene<State>(
          simulation, servers: 3, saved: PersistentState(currentTerm: 4, log: log)
        ) { _, _ in .heartbeat(success: true) }
        let reader = CommitReader(scene.server, simulation)
        await scene.lead()
        await scene.propose("x")
        // One round is enough, unless a message brings one entry, or few.
        for round in 1...5 {
          await scene.heartbeatInterval()
          await scene.wait(until: .milliseconds(10 * round))
        }
        try await judge(
          reader, scene, isAll: true, "S1 leads in term 5, with entries of terms 1 and 3.", runs)
        reader.stop()
      }
      try runs.once { simulation in
        let scene = Scene<State>(
          simulation, servers: 3, saved: PersistentState(currentTerm: 4, log: log)
        ) { _, _ in .unreachable() }
        let reader = CommitReader(scene.server, simulation)
        await scene.hear(
          AppendEntries(
            term: 7, leaderID: 3, prevLogIndex: 3, prevLogTerm: 3, leaderCommit: 3))
        await scene.wait(until: .milliseconds(10))
        try await judge(
          reader, scene, isAll: true, "S3 leads in term 7, and all entries are committed.", runs)
        reader.stop()
      }
    }
  }
}
