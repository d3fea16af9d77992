internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// 4.7, with whoever reads `commits`: slow, late, or gone.
extension ReplicationChecks {
  private static var section: String { "§5.3, Figure 2" }

  /// Kills: a buffer that forgets what is not read in time, and a rule that waits for the reader.
  static var slowConsumer: Check {
    conversation(
      "4.7.slow-consumer", "A consumer that is slow, or late, loses nothing, and delays nobody.",
      section: section, calling: "commits"
    ) { runs in
      for (count, pause, start) in [
        (20, Duration.seconds(1), Duration.zero), (2_000, .zero, .seconds(5)),
      ] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
          await scene.lead()
          let reader = CommitReader(scene.server, simulation, pause: pause, start: start)
          for number in 1...count { _ = await scene.server.propose(Command("x\(number)")) }
          var report = await scene.server.report
          // Whoever sends one entry at a time needs an interval for each.
          let most = report.persistent.log.lastIndex.number
          for round in 1...most where report.lastApplied < report.persistent.log.lastIndex {
            await scene.heartbeatInterval()
            await scene.wait(until: .milliseconds(round))
            report = await scene.server.report
          }
          if report.lastApplied != report.persistent.log.lastIndex {
            throw runs.broken(
              "A consumer was slow to read what was committed.",
              [Fact("lastApplied", "\(report.lastApplied)")],
              reference: "\(report.persistent.log.lastIndex), whoever reads")
          }
          await scene.wait(until: .seconds(60))
          let indices = reader.commits.map(\.index.number)
          if indices != Array(1...report.lastApplied.number) {
            throw runs.broken(
              "A consumer \(pause > .zero ? "took 1 s for each commit" : "began 5 s late").",
              [Fact("it got", brief(reader.commits))],
              reference: "all \(report.lastApplied), in order")
          }
          reader.stop()
        }
      }
    }
  }

  /// Kills: applying that ends with the stream, and a yield whose result is believed in.
  static var goneConsumer: Check {
    conversation(
      "4.7.gone-consumer", "A server goes on when nobody reads its commits any more.",
      section: section, calling: "commits"
    ) { runs in
      for isRead in [true, false] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
          await scene.lead()
          let reader = isRead ? CommitReader(scene.server, simulation) : nil
          for number in 1...3 {
            await scene.propose(Command("x\(number)"))
            await scene.heartbeatInterval()
            await scene.wait(until: .milliseconds(10 * number))
            if number == 2 { reader?.stop() }
          }
          // One more for whoever sends one entry at a time, and begins its term with its own.
          await scene.heartbeatInterval()
          await scene.wait(until: .seconds(1))
          let report = await scene.server.report
          if report.lastApplied != report.persistent.log.lastIndex {
            throw runs.broken(
              isRead ? "The consumer of commits was cancelled." : "Nobody read commits.",
              [Fact("lastApplied", "\(report.lastApplied)")],
              reference: "\(report.persistent.log.lastIndex)")
          }
        }
      }
    }
  }

  /// Kills: a lastApplied that outlives the life of its store, and commits that begin elsewhere.
  static var afterRestart: Check {
    conversation(
      "4.7.after-restart",
      "A life begins with an empty store: it applies everything again, from the first entry on.",
      section: "Figure 2", calling: "commits"
    ) { runs in
      let log = Log((1...5).map { LogEntry(term: Term($0), command: Command("a\($0)")) })
      for isLeader in [true, false] {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: 3, saved: PersistentState(currentTerm: 5, log: log)
          ) { _, _ in .heartbeat(success: true) }
          let reader = CommitReader(scene.server, simulation)
          await scene.wait(until: .milliseconds(1))
          let before = reader.commits
          if isLeader {
            await scene.lead()
            await scene.propose("x")
            await scene.heartbeatInterval()
          } else {
            await scene.hear(
              AppendEntries(
                term: 6, leaderID: 2, prevLogIndex: 5, prevLogTerm: 5, leaderCommit: 5))
          }
          await scene.wait(until: .milliseconds(10))
          let got = reader.commits
          if before.isEmpty, got.count >= 5, got.map(\.index.number) == Array(1...got.count) {
            return reader.stop()
          }
          throw runs.broken(
            "S1 started with five entries on its disk, and learned that they are committed.",
            [Fact("before that", brief(before)), Fact("commits gave", brief(got))],
            reference: "nothing before that, then 1 to 5")
        }
      }
    }
  }

  /// Kills: a copy of the log, or a search through it, for each entry applied. The watchdog stops
  /// whoever needs a second for one message.
  static var thousands: Check {
    conversation(
      "4.7.thousands", "Applying an entry costs the same, however long the log is.",
      section: section, calling: "receive(request)"
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .unreachable() }
        let count = 40_000
        let entry = LogEntry(term: 1, command: "x")
        for start in stride(from: 0, through: count, by: 1_000) {
          let entries = Array(repeating: entry, count: min(1_000, count - start))
          // The last message brings no entries: it says that all of them are committed.
          _ = await scene.server.receive(
            AppendEntries(
              term: 1, leaderID: 2, prevLogIndex: LogIndex(start),
              prevLogTerm: start == 0 ? 0 : 1, entries: entries,
              leaderCommit: start == count ? LogIndex(count) : 0))
        }
        let applied = await scene.server.report.lastApplied
        if applied.number == count { return }
        throw runs.broken(
          "A leader brought \(count) entries, and said that all of them are committed.",
          [Fact("lastApplied", "\(applied)")], reference: "\(count)")
      }
    }
  }
}

/// Reads a server's commits in a task of its own, and keeps them.
final class CommitReader: Sendable {
  private let read = Mutex<[Commit]>([])
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// - Parameters:
  ///   - pause: how long it works on each commit.
  ///   - start: when it begins to read.
  init<State: ReplicationChapter>(
    _ server: State, _ simulation: Simulation, pause: Duration = .zero, start: Duration = .zero
  ) {
    let stream = server.commits
    let isTold = pause > .zero
    task.withLock {
      $0 = Task {
        if start > .zero { try? await simulation.clock.sleep(for: start) }
        for await commit in stream {
          read.withLock { $0.append(commit) }
          if isTold {
            simulation.record("consumer", "works on \(commit.told)")
            try? await simulation.clock.sleep(for: pause)
          }
        }
      }
    }
  }

  /// What has come so far.
  var commits: [Commit] { read.withLock { $0 } }

  func stop() { task.withLock { $0?.cancel() } }
}
