internal import Contracts
internal import Raft
internal import Simulator

/// 4.9, when clients come together: with the same command, or one right after the other.
extension ReplicationChecks {
  private static var section: String { "§8" }
  private static var call: String { "submit(command)" }

  static var clientsTogether: [Check] { [sameCommand, heartbeatsGoOn] }

  /// Kills: a command taken for a repetition of one that is the same, in the log or in the store.
  private static var sameCommand: Check {
    conversation(
      "4.9.same-command",
      "Clients may submit the same: each is carried out, and each client is told of its own.",
      section: section, calling: call
    ) { runs in
      for servers in [1, 3] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in
            .heartbeat(success: true, after: .milliseconds(5))
          }
          await scene.lead()
          let clients = SceneClients(scene)
          let create = KeyValue.Operation.compareAndSet(key: "a", expected: nil, value: "1")
          try await scene.hosted {
            for _ in 1...3 { clients.submit(create) }
            await scene.wait(until: .seconds(1))
          }
          let outcomes = clients.outcomes(of: create.command)
          let swaps = outcomes.count { $0 == .applied(.swapped(true)) }
          let others = outcomes.count { $0 == .applied(.swapped(false)) }
          if swaps == 1, others == 2 { return }
          throw runs.broken(
            "Three clients submitted the same: \(create.told).",
            [
              Fact("S1 has", brief(await scene.log.entries)),
              Fact(
                "they were told",
                outcomes.isEmpty ? "nothing" : outcomes.map(\.told).joined(separator: "; ")),
            ],
            reference: "one of them that it swapped, and two that somebody else had been there")
        }
      }
    }
  }

  /// Kills: a timer that each client restarts, so that it never elapses.
  private static var heartbeatsGoOn: Check {
    conversation(
      "4.9.heartbeats-go-on", "However often clients come, peers hear from their leader.",
      section: section, calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in
          // What is lost has to be sent again, and no reply makes S1 do so.
          simulation.now < .milliseconds(700)
            ? .unreachable(after: .milliseconds(30))
            : .heartbeat(success: true, after: .milliseconds(5))
        }
        await scene.lead()
        try await scene.hosted {
          let clients = SceneClients(scene)
          for number in 1...20 {
            clients.submit(Command("x\(number)"))
            await scene.wait(until: .milliseconds(30 * number))
          }
          for peer in scene.peers {
            let count = scene.sent(peer, since: .milliseconds(100)).count
            if count >= 5 { continue }
            throw runs.broken(
              "A client came every 30 ms, for 600 ms, and what S1 sent was lost.",
              [Fact("in 500 ms it sent", "\(peer) \(count) messages")],
              reference: "one in each interval of 50 ms")
          }
          await scene.wait(until: .seconds(4))
        }
      }
    }
  }
}
