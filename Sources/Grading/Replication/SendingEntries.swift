internal import Contracts
internal import Raft
internal import Simulator

/// 4.3: the conversation that brings every peer what it is missing.
///
/// No reply arrives here: what follows from one is the next step but one. So all peers are out of
/// reach, and what a leader sends again and again is what nobody has acknowledged.
extension ReplicationChecks {
  static var sendingEntries: [Check] {
    let shared = HeartbeatChecks<State>(
      step: "4.3", section: "chapter 3, Sending heartbeats",
      reply: .unreachable(after: .milliseconds(250)), isBare: false)
    return [
      shared.leadersOnly, shared.tellsPeersOnly, shared.tellsEveryPeer, shared.tellsAtOnce,
      shared.goesOn, shared.tellsPastTheLost, shared.slowPeer, asOfNow, anyCommand, ownTerm,
      itsOwnPart,
    ]
  }

  private static var call: String { "heartbeatIntervalElapsed()" }

  /// Kills: a message made when the last one was sent, or when the command came.
  private static var asOfNow: Check {
    conversation(
      "4.3.as-of-now", "A message is made when it is sent: it has the commands that came before.",
      section: "§5.3", calling: call
    ) { runs in
      for (servers, saved) in [
        (2, Log()), (3, [LogEntry(term: 1, command: "a"), LogEntry(term: 3, command: "b")]),
        (5, []),
      ] {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: servers, saved: PersistentState(currentTerm: 3, log: saved)
          ) { _, _ in .unreachable(after: .milliseconds(250)) }
          await scene.lead()
          for round in 0...2 {
            if round > 0 { await scene.propose(Command("x\(round)")) }
            let start = Duration.seconds(round) + .milliseconds(500)
            await scene.wait(until: start)
            await scene.heartbeatInterval()
            await scene.wait(until: start + .milliseconds(1))
            try await judge(scene, since: start, runs)
          }
        }
      }
    }
  }

  /// Every message since `start` is a piece of S1's log as it is, and of what it has not said yet.
  private static func judge(
    _ scene: Scene<State>, since start: Duration, _ runs: CheckRuns
  ) async throws {
    let log = await scene.log
    for peer in scene.peers {
      guard let sent = scene.sent(peer, since: start).first else {
        throw runs.broken(
          "S1 leads, an interval elapsed, and \(peer) was sent nothing.", [],
          reference: "what it is missing")
      }
      let isAll = sent.request.prevLogIndex == log.lastIndex || !sent.request.entries.isEmpty
      if sent.isSlice(of: log), isAll { continue }
      throw runs.broken(
        "An interval elapsed, and no peer had answered anything.",
        [
          Fact("S1 had", brief(log.entries)),
          Fact("\(peer) was sent", sent.request.toldInFull),
        ], reference: "a piece of the log, up to the newest entries")
    }
  }

  /// Kills: commands cut short, joined, or taken for "nothing" where they are empty.
  private static var anyCommand: Check {
    conversation(
      "4.3.any-command", "A command is carried as it came: empty, or a megabyte long.",
      section: "§5.3", calling: call
    ) { runs in
      for text in ["", " ", "\u{0}", String(repeating: "x", count: 1 << 20)] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in .unreachable() }
          await scene.lead()
          await scene.propose(Command(text))
          await scene.heartbeatInterval()
          await scene.wait(until: .milliseconds(1))
          try await judge(scene, since: .zero, runs)
        }
      }
    }
  }

  /// Kills: a message made in the task that sends it, without asking whether S1 still leads.
  private static var ownTerm: Check {
    conversation(
      "4.3.own-term", "What a leader sends is of the term that it leads, and of its log in it.",
      section: "§5.1", calling: call
    ) { runs in
      for servers in 2...3 {
        try runs.everySchedule { simulation in
          let saved = PersistentState(currentTerm: 2, log: [LogEntry(term: 2, command: "a")])
          let scene = Scene<State>(simulation, servers: servers, saved: saved) { _, _ in
            .unreachable(after: .milliseconds(1))
          }
          await scene.lead()
          await scene.propose("x")
          let log = await scene.log
          await scene.atOnce(scene.heartbeatInterval, scene.candidateOfTermFive)
          await scene.wait(until: .milliseconds(10))
          for (peer, sent) in scene.sentEntries
          where sent.request.term != 3 || sent.request.leaderID != 1 || !sent.isSlice(of: log) {
            throw runs.broken(
              "S1 led in term 3, and S3 opened term 5 while S1's messages went out.",
              [Fact("S1 sent", "\(peer) \(sent.request.toldInFull)")],
              reference: "a message of term 3, or nothing")
          }
        }
      }
    }
  }

  /// Needs the rule of 4.5 to get peers that miss different things.
  ///
  /// Kills: one message for everybody, and the part of another peer (a variable that all share).
  private static var itsOwnPart: Check {
    Check(
      "4.3.its-own-part", "Each peer gets what it is missing itself.", section: "§5.3",
      calling: call,
      preparing: {
        try CheckRuns(rule: Rule("", "", section: ""), call: "").once { simulation in
          _ = await differentPeers(simulation)
        }
      },
      { rule in
        let runs = CheckRuns(rule: rule, call: call)
        try runs.everySchedule { simulation in
          let scene = await differentPeers(simulation)
          // Whoever steps down for a refusal has that told in 4.5.
          guard await scene.server.report.role == .leader else { return }
          let start = simulation.now
          let right = await scene.server.visit { server in
            scene.peers.map { server.entries(for: $0) }
          }
          await scene.heartbeatInterval()
          await scene.wait(until: start + .milliseconds(1))
          for (peer, message) in zip(scene.peers, right) {
            let sent = scene.sent(peer, since: start).map(\.request)
            if sent == [message] { continue }
            throw runs.broken(
              "S1's peers miss different entries, and an interval elapsed.",
              [
                Fact("entries(for: \(peer))", message.toldInFull),
                Fact(
                  "\(peer) was sent", sent.isEmpty ? "nothing" : brief(sent, as: \.toldInFull)),
              ], reference: "what entries(for: \(peer)) says")
          }
        }
      })
  }

  /// S1 leads: S2 has all but the last command, S3 has refused, S4 and S5 have not answered.
  private static func differentPeers(_ simulation: Simulation) async -> Scene<State> {
    let saved = PersistentState(
      currentTerm: 3, log: Log((1...3).map { LogEntry(term: Term($0), command: "a") }))
    let scene = Scene<State>(simulation, servers: 5, saved: saved) { _, _ in .unreachable() }
    await scene.lead()
    await scene.server.visit { server in
      _ = server.propose("x")
      for (peer, isRight) in [(ServerID(2), true), (3, false)] {
        let request = server.entries(for: peer)
        let reply = AppendEntries.Reply(term: request.term, success: isRight)
        server.receive(reply, from: peer, to: request)
      }
      _ = server.propose("y")
    }
    // What a leader sends as soon as it has it is not what the interval is judged by.
    await scene.wait(until: .milliseconds(1))
    return scene
  }
}
