internal import Contracts
internal import Raft
internal import Simulator

/// 4.5: replies carried to their rule, each with its peer and with the request that it answers.
///
/// Judged by what S1 sends next, and by a `matchIndex` that no peer has earned. A `matchIndex`
/// that lags behind is nobody's mistake.
extension ReplicationChecks {
  static var appendReplies: [Check] {
    let shared = HeartbeatChecks<State>(
      step: "4.5", section: "chapter 3, Sending heartbeats", reply: .heartbeat(success: true),
      isBare: false)
    return [
      itsPeer, asTheyCome, shared.everyReply, nothingTwice, itsRequest, lateAcknowledgement,
      earlierTerm, backsUp, getsEverything, everyOrder, shared.silentPeer,
    ]
  }

  private static var call: String { "heartbeatIntervalElapsed()" }

  /// Kills: replies gathered first and handed over when all are in, or handed over in turn.
  private static var asTheyCome: Check {
    conversation(
      "4.5.as-they-come", "Each reply is handed to its rule when it arrives; no reply waits.",
      section: "§5.3", calling: call
    ) { runs in
      let entry = LogEntry(term: 1, command: "a")
      for quick in [ServerID(2), 3, 4, 5] {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: 5,
            saved: PersistentState(currentTerm: 1, log: [entry, entry])
          ) { _, peer in
            peer == quick
              ? .heartbeat(success: true, after: .milliseconds(7))
              : .unreachable(after: .seconds(2))
          }
          await scene.lead()
          await scene.propose("x")
          try await scene.during(scene.heartbeatInterval) {
            // No multiple of 7: nothing comes in the moment in which S1 sends what is judged.
            await scene.wait(until: .milliseconds(20))
            await scene.propose("y")
            try await scene.during(scene.heartbeatInterval) {
              await scene.wait(until: .milliseconds(25))
              try await judgeKnown(
                quick, "\(quick) acknowledged after 7 ms, nobody else did.", scene,
                since: .milliseconds(20), runs)
            }
          }
        }
      }
    }
  }

  /// `peer` gets what comes after all that it had acknowledged before `start`. What was under way
  /// then may be sent again or counted on.
  private static func judgeKnown(
    _ peer: ServerID, _ happened: String, _ scene: Scene<State>, since start: Duration,
    _ runs: CheckRuns
  ) async throws {
    let before = scene.sent(peer).filter { $0.time < start }
    let known = before.filter { $0.answered.map { $0 < start } ?? false }.map(\.last).max() ?? 0
    let most = before.map(\.last).max() ?? 0
    let sent = scene.sent(peer, since: start).first?.request
    if let sent, (known...most).contains(sent.prevLogIndex), !sent.entries.isEmpty { return }
    let log = await scene.log
    // Whoever sends everything every time has that told as what it is.
    if let sent, sent.prevLogIndex == 0, sent.entries == log.entries { return }
    throw runs.broken(
      happened,
      [
        Fact("\(scene.id) had", brief(log.entries)),
        Fact("next it sent", "\(peer) " + (sent?.toldInFull ?? "nothing")),
      ], reference: "what comes after \(known)")
  }

  /// Kills: a reply handed over as another peer's, as the last peer's, or as everybody's.
  private static var itsPeer: Check {
    conversation(
      "4.5.its-peer", "A reply is handed over with the peer that gave it.", section: "§5.3",
      calling: call
    ) { runs in
      for (id, quick, isRight) in [
        (ServerID(1), ServerID(2), true), (1, 3, true), (1, 5, true), (1, 4, false), (3, 1, true),
        (5, 4, true),
      ] {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: 5, id: id,
            saved: PersistentState(currentTerm: 1, log: [LogEntry(term: 1, command: "a")])
          ) { _, peer in
            peer == quick ? .heartbeat(success: isRight) : .unreachable(after: .milliseconds(10))
          }
          await scene.lead()
          await scene.propose("x")
          await scene.heartbeatInterval()
          await scene.wait(until: .milliseconds(20))
          await scene.propose("y")
          // Whoever sends y at once has it acknowledged at once.
          await scene.wait(until: .milliseconds(21))
          let known = isRight ? scene.sent(quick).map(\.last).max() : nil
          try await judgeMatch(
            scene, runs, known.map { [quick: $0] } ?? [:],
            "\(quick) \(isRight ? "acknowledged x" : "refused"), and nobody else answered.")
        }
      }
    }
  }

  /// No peer is known to hold more than it said; a no-op of S1's own may stand below.
  static func judgeMatch(
    _ scene: Scene<State>, _ runs: CheckRuns, _ truth: [ServerID: LogIndex], _ happened: String
  ) async throws {
    let known = await scene.server.report.matchIndex
    for peer in scene.peers {
      let most = truth[peer] ?? 0
      if (known[peer] ?? 0) <= most { continue }
      throw runs.broken(
        happened, [Fact("matchIndex[\(peer)]", "\(known[peer] ?? 0)")],
        reference: most == 0 ? "0" : "\(most) at the most")
    }
  }

  /// Kills: the match taken from the log's end, or from nextIndex, when the reply comes.
  private static var itsRequest: Check {
    conversation(
      "4.5.its-request", "A reply is handed over with the request that it answers, however late.",
      section: "§5.3", calling: call
    ) { runs in
      for count in [1, 3] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, peer in
            peer == 2
              ? .heartbeat(success: true, after: .milliseconds(100))
              : .unreachable(after: .seconds(1))
          }
          await scene.lead()
          let x = await scene.index("x") ?? 0
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(50))
            for number in 1...count { await scene.propose(Command("y\(number)")) }
            await scene.wait(until: .milliseconds(110))
            let happened = "S2 was sent x, then more came, then S2 acknowledged."
            let carried = scene.sent(2).last?.last ?? x
            try await judgeMatch(scene, runs, [2: carried], happened)
            try await scene.during(scene.heartbeatInterval) {
              await scene.wait(until: .milliseconds(120))
              let sent = scene.sent(2, since: .milliseconds(110)).first?.request
              if let sent, sent.prevLogIndex <= carried, !sent.entries.isEmpty { return }
              throw runs.broken(
                happened, [Fact("next it sent", "S2 " + (sent?.toldInFull ?? "nothing"))],
                reference: "what came after \(carried)")
            }
          }
        }
      }
    }
  }

  /// Kills: an acknowledgement that takes back what a later one has said.
  private static var lateAcknowledgement: Check {
    conversation(
      "4.5.late-acknowledgement",
      "What a peer is known to hold never shrinks while a leader leads: replies come in any order.",
      section: "§5.3", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, peer in
          if peer == 3 { return .unreachable(after: .seconds(1)) }
          // The first message's acknowledgement is the last to come.
          return .heartbeat(success: true, after: .milliseconds(simulation.now == .zero ? 100 : 10))
        }
        await scene.lead()
        await scene.propose("x")
        try await scene.during(scene.heartbeatInterval) {
          await scene.wait(until: .milliseconds(50))
          await scene.propose("y")
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(110))
            await scene.propose("z")
            try await scene.during(scene.heartbeatInterval) {
              await scene.wait(until: .milliseconds(111))
              try await judgeKnown(
                2, "S2 acknowledged y, and then came its acknowledgement of x.", scene,
                since: .milliseconds(110), runs)
            }
          }
        }
      }
    }
  }
}
