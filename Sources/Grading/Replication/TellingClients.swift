internal import Contracts
internal import Raft
internal import Simulator

/// 4.9: a client is told what became of its command: after the commit, once, and in any case.
extension ReplicationChecks {
  static var tellingClients: [Check] {
    [
      refusedElsewhere, notBeforeCommit, toldTheAnswer, singleServer, notUnderstood, ownAnswer,
      followersApply,
    ] + leadershipOver + clientsTogether + [clientGone, everyOrderOfClients]
  }

  private static var section: String { "§8" }
  private static var call: String { "submit(command)" }

  /// Kills: a follower that takes commands, or waits; a hint that is missing.
  private static var refusedElsewhere: Check {
    conversation(
      "4.9.refused", "Who does not lead refuses at once, and says whom it takes for the leader.",
      section: section, calling: call
    ) { runs in
      for role in ["a follower", "a follower of S2", "a candidate", "a leader until a moment ago"] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
          switch role {
          case "a follower of S2": await scene.hear(AppendEntries(term: 4, leaderID: 2))
          case "a candidate": _ = await scene.server.becomeCandidate()
          case "a leader until a moment ago":
            await scene.lead()
            await scene.candidateOfTermFive()
          default: break
          }
          let before = await scene.log
          guard case .refused(let hint) = await scene.server.propose("y") else { return }
          let right = Contracts.Outcome.refused(leader: role == "a follower of S2" ? 2 : nil)
          let clients = SceneClients(scene)
          clients.submit("x")
          await scene.settle()
          let log = await scene.log
          // Whoever asks `propose`, and gets a wrong hint, has that told in 4.2.
          if clients["x"] == right || clients["x"] == .refused(leader: hint), log == before {
            return
          }
          throw runs.broken(
            "S1 is \(role), and a client submitted x.",
            [
              Fact("S1 has", brief(log.entries)), Fact("the client was told", clients.isTold("x")),
            ], reference: right.told)
        }
      }
    }
  }

  /// Kills: a client noted after its command was proposed: alone, that is too late.
  private static var singleServer: Check {
    conversation(
      "4.9.alone", "A server alone commits at once, and tells its clients so.", section: section,
      calling: call
    ) { runs in
      try runs.everySchedule { simulation in
        let scene = Scene<State>(simulation, servers: 1) { _, _ in .unreachable() }
        await scene.lead()
        let clients = SceneClients(scene)
        let operations: [KeyValue.Operation] = [
          .compareAndSet(key: "a", expected: nil, value: "1"),
          .compareAndSet(key: "a", expected: nil, value: "2"),
        ]
        for operation in operations { clients.submit(operation) }
        await scene.settle()
        try await judge(clients, operations.map(\.command), scene, runs, "S1 is alone, and leads.")
      }
    }
  }

  /// Every client has been told what the store answered at its command's index.
  static func judge(
    _ clients: SceneClients<State>, _ commands: [Command], _ scene: Scene<State>, _ runs: CheckRuns,
    _ happened: String
  ) async throws {
    let answers = await scene.answers(Reference.Store.self)
    for command in commands {
      if let right = answers[command], clients[command] == .applied(right) { continue }
      throw runs.broken(
        happened,
        [
          Fact("S1 has", brief(await scene.log.entries)),
          Fact("the client of", brief(command.text)),
          Fact("was told", clients.isTold(command)),
        ], reference: answers[command].map { "applied: \($0.told)" } ?? "applied")
    }
  }

  /// Kills: an answer that is made up, of another command, or of a store that is not the cluster's.
  private static var toldTheAnswer: Check {
    conversation(
      "4.9.answer", "Once its command is applied, a client is told what the store answered.",
      section: section, calling: call
    ) { runs in
      for servers in 2...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in
            .heartbeat(success: true, after: .milliseconds(5))
          }
          await scene.lead()
          try await scene.hosted {
            let clients = SceneClients(scene)
            for operation: KeyValue.Operation in [
              .get(key: "a"), .put(key: "a", value: "1"), .get(key: "a "),
              .compareAndSet(key: "a", expected: "1", value: "2"), .delete(key: "a"),
              .compareAndSet(key: "a", expected: nil, value: "3"),
            ] {
              clients.submit(operation)
              await scene.wait(until: simulation.now + .milliseconds(120))
              try await judge(
                clients, [operation.command], scene, runs, "One operation after another.")
            }
          }
        }
      }
    }
  }

  /// Kills: an answer when the command is in the log, when one peer has it, or when it was sent.
  private static var notBeforeCommit: Check {
    conversation(
      "4.9.not-before-commit", "Nobody is told before a majority holds the command.",
      section: "§8, §5.3", calling: call
    ) { runs in
      for servers in 2...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, peer in
            // One peer short of a majority answers at once, and the next one after 400 ms.
            let needed = servers / 2 + 1
            if peer.number == needed, simulation.now >= .milliseconds(400) {
              return .heartbeat(success: true)
            }
            return peer.number < needed
              ? .heartbeat(success: true) : .unreachable(after: .milliseconds(10))
          }
          await scene.lead()
          try await scene.hosted {
            let clients = SceneClients(scene)
            let command = KeyValue.Operation.put(key: "a", value: "1").command
            clients.submit(command)
            await scene.wait(until: .milliseconds(390))
            if clients[command] != nil {
              throw runs.broken(
                "\(servers / 2) of \(servers) servers had the command, S1 included.",
                [Fact("the client was told", clients.isTold(command))], reference: "nothing yet")
            }
            await scene.wait(until: .milliseconds(600))
            try await judge(clients, [command], scene, runs, "A majority has the command.")
          }
        }
      }
    }
  }

  /// Kills: a command that is no operation, taken for one.
  private static var notUnderstood: Check {
    conversation(
      "4.9.any-command", "Any command is applied and answered, also one that is no operation.",
      section: section, calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
        await scene.lead()
        let clients = SceneClients(scene)
        let commands: [Command] = [
          "", "x", "put", "put a", "get a b", "put %zz 1", "PUT a 1",
          Command(String(repeating: "put ", count: 1 << 18)),
          KeyValue.Operation.get(key: "").command,
        ]
        try await scene.hosted {
          for command in commands { clients.submit(command) }
          await scene.wait(until: .seconds(2))
          try await judge(
            clients, commands, scene, runs, "Clients submitted what the store does not know.")
        }
      }
    }
  }

  /// Kills: answers that go to another client; a command that is applied twice, or not through
  /// the store; a client that is lost among several.
  private static var ownAnswer: Check {
    conversation(
      "4.9.its-own", "Many clients at once: each is told of its own command, and each once.",
      section: section, calling: call
    ) { runs in
      try runs.seeds(6) { simulation in
        let peers = Seat.first.peers(of: 5)
        let followers = Followers<Reference>(peers)
        let scene = Scene<State>(simulation, servers: 5) { message, peer in
          let answer = await followers.answer(
            message, peer, after: .milliseconds(1 + simulation.chance(80)))
          return simulation.chance(10) < 2 ? .unreachable(after: .milliseconds(30)) : answer
        }
        await scene.lead()
        try await scene.hosted {
          let clients = SceneClients(scene)
          var commands: [Command] = []
          for number in 1...30 {
            // Each expects what another may have put; no two are the same.
            let expected = number % 3 == 0 ? nil : "\(simulation.chance(number))"
            let command = KeyValue.Operation.compareAndSet(
              key: "a\(number % 2)", expected: expected, value: "\(number)"
            ).command
            commands.append(command)
            clients.submit(command)
            await scene.wait(until: simulation.now + .milliseconds(simulation.chance(15)))
          }
          await scene.wait(until: simulation.now + .seconds(3))
          try await judge(clients, commands, scene, runs, "30 clients, five servers.")
        }
      }
    }
  }

  /// Kills: a store that only the leader keeps, or that begins when a server leads.
  private static var followersApply: Check {
    conversation(
      "4.9.followers-apply", "Every server applies: a new leader knows what was put before it led.",
      section: "§2, §8", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
        let put = KeyValue.Operation.put(key: "a", value: "1")
        let get = KeyValue.Operation.get(key: "a")
        await scene.hear(
          AppendEntries(
            term: 2, leaderID: 2, entries: [LogEntry(term: 2, command: put.command)],
            leaderCommit: 1))
        var store = await scene.server.store
        let kept = store.apply(get)
        await scene.lead()
        try await scene.hosted {
          let clients = SceneClients(scene)
          clients.submit(get)
          await scene.wait(until: .seconds(1))
          let happened =
            "S2 led, and a was put to 1, and committed. Then S1 led, and a client got a."
          // What is shown last is what the reference says otherwise.
          let told = Fact("the client was told", clients.isTold(get.command))
          let store = Fact("S1's store had", kept.told)
          if kept != .value("1") {
            throw runs.broken(happened, [told, store], reference: "value \"1\", before S1 led")
          }
          if clients[get] == .applied(.value("1")) { return }
          throw runs.broken(happened, [store, told], reference: "applied: value \"1\"")
        }
      }
    }
  }
}
