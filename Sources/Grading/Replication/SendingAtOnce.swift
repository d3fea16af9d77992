internal import Contracts
internal import Raft
internal import Simulator

/// 4.11: commands that do not wait for the next heartbeat, and no more messages than that takes.
extension ReplicationChecks {
  static var fewerRoundTrips: [Check] {
    [hints, termsAtATime, anyHint, atOnce, meanwhile, noStorm]
  }

  private static var section: String { "chapter 4, Fewer round trips" }

  /// Kills: a command that waits for the interval, always or where older entries are under way.
  private static var atOnce: Check {
    conversation(
      "4.11.at-once", "A command is sent at once when no other is under way.", section: section,
      calling: "propose(command)"
    ) { runs in
      for servers in 2...5 {
        for older in [0, 2] {
          try runs.once { simulation in
            let saved = PersistentState(
              currentTerm: 1,
              log: Log(Array(repeating: LogEntry(term: 1, command: "a"), count: older)))
            let scene = Scene<State>(simulation, servers: servers, saved: saved) { _, _ in
              .heartbeat(success: true, after: .milliseconds(5))
            }
            await scene.lead()
            try await scene.hosted {
              // Between two intervals, when all replies are in.
              await scene.wait(until: .milliseconds(120))
              for command: Command in ["x", "y"] {
                let start = simulation.now
                let index = await scene.index(command) ?? 0
                await scene.wait(until: start + .milliseconds(4))
                try await judge(scene, index, since: start, "nothing else was under way", runs)
                await scene.wait(until: start + .milliseconds(15))
              }
            }
          }
        }
      }
    }
  }

  /// Every peer has been sent what stands at `index`.
  private static func judge(
    _ scene: Scene<State>, _ index: LogIndex, since start: Duration, _ when: String,
    _ runs: CheckRuns
  ) async throws {
    for peer in scene.peers {
      let sent = scene.sent(peer, since: start)
      if sent.contains(where: { $0.last >= index }) { continue }
      throw runs.broken(
        "A command came when \(when), and \(peer) was not sent it before the next heartbeat.",
        [
          Fact("S1 has", brief(await scene.log.entries)),
          Fact(
            "\(peer) was sent", sent.isEmpty ? "nothing" : brief(sent, as: \.request.toldInFull)),
        ], reference: "the entry at \(index)")
    }
  }

  /// Kills: commands that came during a round trip and are left for the interval.
  private static var meanwhile: Check {
    conversation(
      "4.11.meanwhile",
      "What came while a command was under way goes out when that one is answered.",
      section: section, calling: "receive(reply, from: peer, to: request)"
    ) { runs in
      for servers in 2...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, peer in
            .heartbeat(success: true, after: .milliseconds(10))
          }
          await scene.lead()
          try await scene.hosted {
            await scene.wait(until: .milliseconds(120))
            let start = simulation.now
            await scene.propose("x")
            await scene.wait(until: start + .milliseconds(5))
            // Whoever sends one entry at a time sends only the first of them with the answer.
            let index = await scene.index("y") ?? 0
            await scene.propose("z")
            await scene.wait(until: start + .milliseconds(18))
            try await judge(scene, index, since: start, "another one was under way", runs)
          }
        }
      }
    }
  }

  /// Kills: a reply that is answered with a message, a message to all for each reply, or more.
  private static var noStorm: Check {
    conversation(
      "4.11.no-storm", "Sending at once takes few messages: never more than two for each command.",
      section: section, calling: "heartbeatIntervalElapsed()"
    ) { runs in
      for servers in 3...5 {
        try runs.seeds(2) { simulation in
          let followers = Followers<Reference>(Seat.first.peers(of: servers))
          let scene = Scene<State>(simulation, servers: servers) {
            await followers.answer(
              $0, $1, after: .microseconds(5_000 + simulation.chance(10_000)))
          }
          await scene.lead()
          try await scene.hosted(looking: .microseconds(100)) {
            await scene.wait(until: .milliseconds(100))
            let commands = 150
            for number in 1...commands {
              await scene.propose(Command("x\(number)"))
              await scene.wait(until: simulation.now + .milliseconds(1))
            }
            await scene.wait(until: .milliseconds(400))
            try await judgeCount(
              scene, .milliseconds(100), most: 2 * commands + 8,
              "\(commands) commands came, one each millisecond.", runs)
            // One entry at a time takes a while.
            for _ in 1...50 where await !followers.unlike(scene.log).isEmpty {
              await scene.wait(until: simulation.now + .milliseconds(100))
            }
            let start = simulation.now + .milliseconds(100)
            await scene.wait(until: start + .milliseconds(500))
            try await judgeCount(
              scene, start, most: 14,
              "No command came for half a second, and everything was committed.", runs)
          }
        }
      }
    }
  }

  private static func judgeCount(
    _ scene: Scene<State>, _ start: Duration, most: Int, _ happened: String, _ runs: CheckRuns
  ) async throws {
    for peer in scene.peers {
      let count = scene.sent(peer, since: start).count
      if count <= most { continue }
      throw runs.broken(
        happened, [Fact("\(peer) was sent", "\(count) messages")],
        reference: "\(most) at the most, heartbeats included")
    }
  }
}
