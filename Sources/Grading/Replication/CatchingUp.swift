internal import Contracts
internal import Raft
internal import Simulator

/// 4.5, over many messages: refusals, peers that are far behind, and replies in every order.
extension ReplicationChecks {
  private static var call: String { "heartbeatIntervalElapsed()" }

  /// Kills: a conversation that hands over the request it would send now, or none; a reply of a
  /// term that is over, taken for one of this.
  static var earlierTerm: Check {
    conversation(
      "4.5.earlier-term", "An acknowledgement counts in the term in which it was asked for.",
      section: "§5.3", calling: call
    ) { runs in
      for isRight in [true, false] {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: 3,
            saved: PersistentState(currentTerm: 1, log: [LogEntry(term: 1, command: "a")])
          ) { _, _ in .heartbeat(success: isRight, after: .milliseconds(300)) }
          await scene.lead()
          await scene.propose("x")
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(10))
            await scene.candidateOfTermFive()
            await scene.lead()
            let log = await scene.log
            await scene.wait(until: .milliseconds(310))
            let happened =
              "S1 led in term 2, and leads again in term 6. "
              + "Then came the replies to what it had sent in term 2."
            try await judgeMatch(scene, runs, [:], happened)
            let next = await scene.server.report.nextIndex
            for peer in scene.peers where (next[peer] ?? 1) > log.lastIndex.next {
              throw runs.broken(
                happened, [Fact("nextIndex[\(peer)]", "\(next[peer] ?? 0)")],
                reference: "\(log.lastIndex.next) at the most")
            }
          }
        }
      }
    }
  }

  /// Kills: a refusal that changes nothing, backs up for ever, or below the first entry.
  static var backsUp: Check {
    conversation(
      "4.5.backs-up",
      "After a refusal a peer is asked about an earlier entry, until it agrees, and gets the rest.",
      section: "§5.3", calling: call
    ) { runs in
      let entries = (1...6).map { LogEntry(term: Term(($0 + 1) / 2), command: Command("a\($0)")) }
      for agreed in [0, 1, 3, 5] {
        try runs.once { simulation in
          let held = Array(entries.prefix(agreed))
          let followers = Followers<Reference>(
            [2], saved: [2: PersistentState(currentTerm: 3, log: Log(held))])
          let scene = Scene<State>(
            simulation, servers: 2, saved: PersistentState(currentTerm: 3, log: Log(entries))
          ) { await followers.answer($0, $1, after: .milliseconds(1)) }
          await scene.lead()
          try await scene.hosted {
            await scene.wait(until: .seconds(2))
            let log = await scene.log
            let asked = scene.sent(2).map(\.request)
            let refused = asked.prefix { $0.prevLogIndex > LogIndex(agreed) }.map(\.prevLogIndex)
            let isDown = zip(refused, refused.dropFirst()).allSatisfy { $0 > $1 }
            if isDown, await followers.unlike(log).isEmpty { return }
            throw runs.broken(
              "S2 has \(agreed) of S1's entries, and refused what went after a later one.",
              [
                Fact("S1 has", brief(log.entries)),
                Fact("S2 has", brief(await followers.log(of: 2).entries)),
                Fact("S1 sent", brief(asked.map(\.prevLogIndex)) { "after \($0)" }),
              ], reference: "after an earlier entry each time, and then the rest")
          }
        }
      }
    }
  }

  /// Kills: entries sent again to a peer that has acknowledged them; the whole log in a message.
  static var nothingTwice: Check {
    conversation(
      "4.5.nothing-twice",
      "A peer that has everything is sent no entries: a message has what is new.",
      section: "§5.3", calling: call
    ) { runs in
      try runs.once { simulation in
        let entries = (1...300).map { LogEntry(term: Term($0 / 10 + 1), command: "a") }
        let saved = PersistentState(currentTerm: 40, log: Log(entries))
        let peers = [ServerID(2), 3]
        let followers = Followers<Reference>(
          peers,
          saved: [2: saved, 3: PersistentState(currentTerm: 40, log: Log(entries.dropLast(5)))])
        let scene = Scene<State>(simulation, servers: 3, saved: saved) {
          await followers.answer($0, $1, after: .milliseconds(2))
        }
        await scene.lead()
        try await scene.hosted {
          // Enough for one entry at a time, from the first one on.
          await scene.wait(until: .seconds(20))
          for command in [nil, Command("x")] {
            let start = simulation.now
            if let command { await scene.propose(command) }
            await scene.wait(until: start + .milliseconds(500))
            for peer in peers {
              let sent = scene.sent(peer, since: start).map(\.request)
              // An eager leader may send it again before the acknowledgement is there.
              let most = command == nil ? 0 : 3
              if sent.reduce(0, { $0 + $1.entries.count }) <= most { continue }
              throw runs.broken(
                command == nil
                  ? "\(peer) has all of S1's log, and ten intervals elapsed."
                  : "\(peer) has all of S1's log but the new command x.",
                [Fact("\(peer) was sent", brief(sent, as: \.toldInFull))],
                reference: command == nil ? "no entries" : "x")
            }
          }
        }
      }
    }
  }

  /// Kills: nextIndex raised when a message is sent, and never again lowered; a lost message
  /// taken for an answer; a peer that is behind and stays there.
  static var getsEverything: Check {
    conversation(
      "4.5.gets-everything", "Every peer that can be reached has the leader's log in the end.",
      section: "§5.3", calling: call
    ) { runs in
      try runs.seeds(8) { simulation in
        var saved: [ServerID: PersistentState] = [:]
        let common = (1...4).map { LogEntry(term: Term($0), command: Command("a\($0)")) }
        // One has nothing, one less, one other entries, one more of them.
        for (peer, kept, others) in [(ServerID(2), 0, 0), (3, 2, 0), (4, 3, 1), (5, 2, 4)] {
          let other = (0..<others).map { LogEntry(term: 5, command: Command("b\($0)")) }
          saved[peer] = PersistentState(currentTerm: 5, log: Log(common.prefix(kept) + other))
        }
        let peers = saved.keys.sorted()
        let followers = Followers<Reference>(peers, saved: saved)
        let scene = Scene<State>(
          simulation, servers: 5, saved: PersistentState(currentTerm: 6, log: Log(common))
        ) { message, peer in
          let isRough = simulation.now < .seconds(2)
          let delay = Duration.milliseconds(simulation.chance(isRough ? 130 : 10) + 1)
          let chance = isRough ? simulation.chance(10) : 9
          if chance < 2 { return .unreachable(after: delay) }
          let answer = await followers.answer(message, peer, after: delay)
          // The message has come; the reply is lost.
          return chance < 4 ? .unreachable(after: delay) : answer
        }
        await scene.lead()
        try await scene.hosted {
          for number in 1...20 {
            await scene.wait(until: .milliseconds(100 * number + simulation.chance(90)))
            await scene.propose(Command("x\(number)"))
            try await judgeFollowers(scene, followers, runs)
          }
          await scene.wait(until: .seconds(5))
          let log = await scene.log
          let behind = await followers.unlike(log)
          guard let first = behind.first else { return }
          throw runs.broken(
            "For 3 s every message has come and been answered, and \(first) is not like S1 yet.",
            [
              Fact("S1 has", brief(log.entries)),
              Fact("\(first) has", brief(await followers.log(of: first).entries)),
            ], reference: "the same")
        }
      }
    }
  }

  /// No peer is known to hold what it does not.
  private static func judgeFollowers(
    _ scene: Scene<State>, _ followers: Followers<Reference>, _ runs: CheckRuns
  ) async throws {
    let report = await scene.server.report
    for peer in scene.peers {
      let known = report.matchIndex[peer] ?? 0
      let held = await followers.log(of: peer)
      var index = LogIndex(0)
      while index < known, held[index.next] == report.persistent.log[index.next] {
        index = index.next
      }
      if index >= known { continue }
      throw runs.broken(
        "Messages and replies were late, or lost.",
        [
          Fact("\(peer) has", brief(held.entries)), Fact("matchIndex[\(peer)]", "\(known)"),
        ], reference: "\(index) at the most")
    }
  }

  /// Kills: a decision made before an `await` and carried out after it.
  static var everyOrder: Check {
    conversation(
      "4.5.every-order",
      "Replies, commands and later terms come in any order, between any two steps.",
      section: "§5.3", calling: call
    ) { runs in
      for (servers, others) in [
        (2, ["x", "term 5"]), (2, ["interval"]), (3, ["x"]), (3, ["term 5"]),
      ] {
        try runs.everySchedule { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in
            .heartbeat(success: true, after: .milliseconds(1))
          }
          await scene.lead()
          await scene.propose("a")
          await withDiscardingTaskGroup { group in
            group.addTask { await scene.heartbeatInterval() }
            for other in others { group.addTask { await scene.act(other) } }
          }
          await scene.wait(until: .milliseconds(10))
          try await judge(scene, isDeposed: others.contains("term 5"), runs)
        }
      }
    }
  }

  /// Whoever was deposed follows, and has sent nothing that it did not lead to. A leader knows
  /// of no more than was acknowledged, and sends the rest.
  private static func judge(
    _ scene: Scene<State>, isDeposed: Bool, _ runs: CheckRuns
  ) async throws {
    let report = await scene.server.report
    let log = report.persistent.log
    for (peer, sent) in scene.sentEntries
    where sent.request.term != 1 || !sent.isSlice(of: log) {
      throw runs.broken(
        "S1 led in term 1.", [Fact("S1 sent", "\(peer) \(sent.request.toldInFull)")],
        reference: "a piece of its log, in term 1")
    }
    if isDeposed {
      if report.currentTerm == 5, report.role == .follower { return }
      throw runs.broken(
        "S3 opened term 5.", [Fact("S1 has", report.told)], reference: "term 5, follower")
    }
    var known: [ServerID: LogIndex] = [:]
    for (peer, sent) in scene.sentEntries { known[peer] = max(known[peer] ?? 0, sent.last) }
    try await judgeMatch(scene, runs, known, "Every peer acknowledged what it was sent.")
    let start = scene.simulation.now
    await scene.heartbeatInterval()
    await scene.wait(until: start + .milliseconds(1))
    for peer in scene.peers {
      let sent = scene.sent(peer, since: start).first?.request
      if let sent, sent.prevLogIndex == known[peer],
        sent.prevLogIndex == log.lastIndex || !sent.entries.isEmpty
      {
        continue
      }
      throw runs.broken(
        "Every peer acknowledged what it was sent.",
        [Fact("next S1 sent", "\(peer) " + (sent?.toldInFull ?? "nothing"))],
        reference: "what comes after \(known[peer] ?? 0)")
    }
  }
}

extension Scene where State: ReplicationChapter {
  fileprivate func act(_ deed: String) async {
    switch deed {
    case "interval": await heartbeatInterval()
    case "term 5": await candidateOfTermFive()
    default: await propose(Command(deed))
    }
  }
}
