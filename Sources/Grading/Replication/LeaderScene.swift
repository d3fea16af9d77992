internal import Contracts
internal import Raft
internal import Simulator
internal import Traces

/// What S1 sent `peer` of its log, and when.
struct SentEntries: Sendable {
  let request: AppendEntries
  let time: Duration
  /// When it had been answered; nil while it is under way, or lost.
  let answered: Duration?

  /// The last place that the message speaks of.
  var last: LogIndex { LogIndex(request.prevLogIndex.number + request.entries.count) }

  /// Whether it is a piece of this log.
  func isSlice(of log: Log) -> Bool {
    var index = request.prevLogIndex
    guard log.term(at: index) == request.prevLogTerm else { return false }
    for entry in request.entries {
      index = index.next
      if log[index] != entry { return false }
    }
    return true
  }
}

extension Scene where State: ReplicationChapter {
  /// What S1 sent `peer`, in order, from `start` on.
  func sent(_ peer: ServerID, since start: Duration = .zero) -> [SentEntries] {
    sentEntries.filter { $0.peer == peer && $0.sent.time >= start }.map(\.sent)
  }

  /// Every AppendEntries that S1 sent, with whom it sent it to.
  var sentEntries: [(peer: ServerID, sent: SentEntries)] {
    network.sendings.compactMap {
      guard case .heartbeat(let request) = $0.message else { return nil }
      let sent = SentEntries(request: request, time: $0.time, answered: $0.answered)
      return ($0.peer, sent)
    }
  }

  var log: Log {
    get async { await server.report.persistent.log }
  }

  /// Hands S1 a client's command, by its rule, and tells what it said.
  @discardableResult
  func propose(_ command: Command) async -> Proposal {
    simulation.record("client", "proposes \(brief(command.text))")
    return await looking(at: "propose") {
      $0.propose(command)
    } describe: { event, _ in
      event.command = Trace.short(command)
    }
  }

  /// The index that S1 gave the command; nil where it refused it.
  func index(_ command: Command) async -> LogIndex? {
    guard case .accepted(let index, _) = await propose(command) else { return nil }
    return index
  }

  /// Plays S1's host while `body` goes on: an interval every 50 ms, and one at once where the
  /// heartbeat timer is fired. The host looks at the timer as often as it is told.
  func hosted(
    looking pause: Duration = .milliseconds(1), _ body: @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await beat(looking: pause) }
      try await body()
      group.cancelAll()
    }
  }

  private func beat(looking pause: Duration) async {
    await withDiscardingTaskGroup { group in
      var due = simulation.now + .milliseconds(50)
      while !Task.isCancelled {
        let told = timers.heartbeat.take()
        if told == .restarted { due = simulation.now + .milliseconds(50) }
        if told == .fired || (timers.heartbeat.isRunning && simulation.now >= due) {
          timers.heartbeat.elapse()
          group.addTask { await heartbeatInterval() }
        }
        try? await simulation.clock.sleep(for: pause)
      }
      group.cancelAll()
    }
  }
}

extension Simulation {
  /// One of `0..<count`, drawn from this run's seed.
  func chance(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
}
