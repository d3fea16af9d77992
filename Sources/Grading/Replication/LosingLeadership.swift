internal import Contracts
internal import Raft
internal import Simulator

/// 4.9, when leadership ends before the commit is seen, or the client does.
///
/// A server may tell its clients "unknown" when it steps down, or only when another entry is
/// applied at the index of their command. It may also still tell "applied" if the command comes
/// through after all. To let them wait for ever is the one thing that it may not do.
extension ReplicationChecks {
  private static var section: String { "§8" }
  private static var call: String { "submit(command)" }
  private static var x: Command { KeyValue.Operation.put(key: "a", value: "x").command }
  private static var y: Command { KeyValue.Operation.put(key: "a", value: "y").command }

  static var leadershipOver: [Check] { [overrun, comesThrough, leadsAgain] }

  /// Whoever waited has been told: "unknown", or what is true.
  private static func judgeLost(
    _ clients: SceneClients<State>, _ commands: [Command], _ scene: Scene<State>, _ runs: CheckRuns,
    _ happened: String
  ) async throws {
    let answers = await scene.answers(Reference.Store.self)
    for command in commands {
      if clients[command] == .unknown { continue }
      if let right = answers[command], clients[command] == .applied(right) { continue }
      throw runs.broken(
        happened,
        [
          Fact("S1 has", brief(await scene.log.entries)),
          Fact("the client of", brief(command.text)),
          Fact("was told", clients.isTold(command)),
        ], reference: "unknown" + (answers[command].map { ", or applied: \($0.told)" } ?? ""))
    }
  }

  /// Kills: a client that waits for ever, or is told "applied" because its index is; a client told
  /// for each way in which leadership ends but one.
  private static var overrun: Check {
    conversation(
      "4.9.unknown",
      "Where leadership is lost before the commit is seen, the client is told that nobody knows.",
      section: section, calling: call
    ) { runs in
      for end in ["a candidate's request", "a leader's message", "a reply"] {
        for isSent in [true, false] {
          try runs.once { simulation in
            let scene = Scene<State>(simulation, servers: 3) { _, _ in
              .heartbeat(success: false, term: end == "a reply" ? 5 : nil, after: .milliseconds(1))
            }
            await scene.lead()
            let clients = SceneClients(scene)
            for command in [x, y] { clients.submit(command) }
            await scene.settle()
            if isSent || end == "a reply" { await scene.heartbeatInterval() }
            if end == "a candidate's request" { await scene.candidateOfTermFive() }
            await scene.settle()
            await scene.overrun(from: 1)
            await scene.settle()
            try await judgeLost(
              clients, [x, y], scene, runs,
              "S1 led, until \(end) ended that. Then another entry was applied at each index.")
          }
        }
      }
    }
  }

  /// Kills: a client forgotten at stepping down, and one told something untrue.
  private static var comesThrough: Check {
    conversation(
      "4.9.comes-through",
      "A command of a leader that was may still be committed: its client is told, and the truth.",
      section: section, calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .unreachable() }
        await scene.lead()
        let clients = SceneClients(scene)
        for command in [x, y] { clients.submit(command) }
        await scene.settle()
        let log = await scene.log
        // S3 has what S1 had. It leads now, and commits that with an entry of its own.
        await scene.hear(
          AppendEntries(
            term: 5, leaderID: 3, prevLogIndex: log.lastIndex, prevLogTerm: log.lastTerm,
            entries: [LogEntry(term: 5, command: "z")], leaderCommit: log.lastIndex.next))
        await scene.settle()
        try await judgeLost(
          clients, [x, y], scene, runs, "S1 led, then S3 did, and committed S1's commands.")
      }
    }
  }

  /// Kills: a client whose place is taken by a later one with the same index; an answer by index
  /// alone, when the entry there is of another term.
  private static var leadsAgain: Check {
    conversation(
      "4.9.leads-again",
      "A client waits for its own entry: for its index and for its term, whoever comes after it.",
      section: section, calling: call
    ) { runs in
      try runs.once { simulation in
        // Whoever sends at once has nobody's word in its first term either: what S3 is to
        // overwrite must not be committed.
        let scene = Scene<State>(simulation, servers: 3) { message, _ in
          guard case .heartbeat(let request) = message, request.term > 1 else {
            return .unreachable(after: .milliseconds(1))
          }
          return .heartbeat(success: true, after: .milliseconds(1))
        }
        let clients = SceneClients(scene)
        await scene.lead()
        for command in [x, y] { clients.submit(command) }
        await scene.settle()
        let index = await scene.log.lastIndex
        // S3 leads, and puts an entry of its own in the place of the first. Not committed yet.
        await scene.hear(
          AppendEntries(
            term: 5, leaderID: 3, prevLogIndex: index.previous.previous,
            prevLogTerm: await scene.log.term(at: index.previous.previous) ?? 0,
            entries: [LogEntry(term: 5, command: "z")]))
        await scene.lead()
        let later = [KeyValue.Operation.get(key: "a").command, "later"]
        try await scene.hosted {
          for command in later { clients.submit(command) }
          await scene.wait(until: .seconds(1))
          try await judge(
            clients, later, scene, runs, "S1 lost its leadership to S3, and leads again.")
          try await judgeLost(
            clients, [x, y], scene, runs,
            "S1 led, and had two commands. S3's entry took their place. Then S1 led again.")
        }
      }
    }
  }

  /// Kills: a cancellation that takes others with it, or that takes the command out of the log.
  static var clientGone: Check {
    conversation(
      "4.9.client-gone", "A client that goes away disturbs nobody: its command goes on without it.",
      section: section, calling: call
    ) { runs in
      try runs.seeds(4) { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in
          .heartbeat(success: true, after: .milliseconds(10 + simulation.chance(20)))
        }
        await scene.lead()
        try await scene.hosted {
          let clients = SceneClients(scene)
          let operations: [KeyValue.Operation] = [
            .put(key: "a", value: "1"), .compareAndSet(key: "a", expected: "1", value: "2"),
            .get(key: "a"),
          ]
          let commands = operations.map(\.command)
          for command in commands {
            clients.submit(command)
            await scene.wait(until: simulation.now + .milliseconds(1))
          }
          clients.cancel(commands[0])
          await scene.wait(until: .seconds(1))
          try await judge(
            clients, Array(commands.dropFirst()), scene, runs,
            "The first of three clients went away before its command was committed.")
          var store = await scene.server.store
          let kept = store.apply(.get(key: "a"))
          if kept == .value("2") { return }
          throw runs.broken(
            "The first of three clients went away before its command was committed.",
            [Fact("a is", kept.told)], reference: "value \"2\"")
        }
      }
    }
  }

  /// Kills: whatever is decided before a suspension and done after it: a client noted too late, or
  /// told twice.
  static var everyOrderOfClients: Check {
    conversation(
      "4.9.every-order",
      "Each client is told once, in whatever order clients, replies and later terms come.",
      section: section, calling: call
    ) { runs in
      for (servers, isBeating, commands) in [(3, false, [x, y]), (2, true, [x])] {
        try runs.everySchedule { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in
            .heartbeat(success: true)
          }
          await scene.lead()
          let clients = SceneClients(scene)
          for command in commands { clients.submit(command) }
          await withDiscardingTaskGroup { group in
            group.addTask { await scene.candidateOfTermFive() }
            if isBeating { group.addTask { await scene.heartbeatInterval() } }
          }
          await scene.settle()
          let report = await scene.server.report
          let first = report.commitIndex.next
          if first <= report.persistent.log.lastIndex { await scene.overrun(from: first) }
          await scene.settle()
          try await judgeDeposed(clients, commands, scene, runs)
        }
      }
    }
  }

  /// Whoever was refused is in no log; who waited has been told.
  private static func judgeDeposed(
    _ clients: SceneClients<State>, _ commands: [Command], _ scene: Scene<State>, _ runs: CheckRuns
  ) async throws {
    let log = await scene.log.entries.map(\.command)
    for command in commands {
      if case .refused = clients[command], !log.contains(command) { continue }
      try await judgeLost(
        clients, [command], scene, runs, "S3 opened term 5 while a client submitted to S1.")
    }
  }
}
