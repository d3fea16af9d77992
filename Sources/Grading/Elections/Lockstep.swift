internal import Contracts
internal import Raft
internal import Simulator

/// The learner's server and the reference, side by side, one transition at a time.
///
/// The reference starts each transition in the situation that the learner's server reports. So a
/// permitted difference in one call is none in the next, and whole histories are never compared.
struct Lockstep<State: ElectionsChapter, Reference: ReferenceServer & ElectionsChapter>: Sendable {
  /// A transition that no right server makes.
  struct Divergence: Sendable {
    let path: RulePath
    let transitions: [Transition]
    let mistake: Mistake
    /// What the reference makes of the last call.
    let reference: Transition
    /// Whether the server's election timer runs afterwards.
    let isTimerRunning: Bool

    var last: Transition { transitions[transitions.count - 1] }
  }

  /// Makes the calls of `path`, and returns the first divergence, if there is one.
  ///
  /// The calls end early where one of them cannot happen to the learner's server: it may have gone
  /// another way than the reference, by rights. The first `known` calls are known to be right.
  func run(_ path: RulePath, known: Int = 0) async -> Divergence? {
    let (transitions, histories) = await play(path) { _, _, index in
      index < path.calls.count ? path.calls[index] : nil
    }
    return await judge(transitions, histories, path, known: known)
  }

  /// Makes `count` calls drawn from `seed`, out of those that can happen.
  func walk(from path: RulePath, _ count: Int, seed: UInt64, steps: ClosedRange<Int>) async
    -> Divergence?
  {
    let (transitions, histories) = await play(path) { situation, history, index in
      guard index < count else { return nil }
      var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(index))
      return history.draw(in: situation, steps: steps, from: &generator)
    }
    return await judge(transitions, histories, path)
  }

  /// Makes one call after the other on a fresh server, all in one visit.
  private func play(
    _ path: RulePath,
    _ next: @Sendable (ElectionReport, History, Int) -> RuleCall?
  ) async -> ([Transition], [History]) {
    let timers = RuleTimers()
    let server = Self.make(State.self, path, timers)
    return await server.visit { server in
      var transitions: [Transition] = []
      var histories = [History(path)]
      while let call = next(server.report, histories[transitions.count], transitions.count) {
        var history = histories[transitions.count]
        guard history.allows(call, in: server.report) else { break }
        let transition = Transition(call, on: server, timers)
        history.add(transition)
        transitions.append(transition)
        histories.append(history)
      }
      return (transitions, histories)
    }
  }

  private func judge(
    _ transitions: [Transition], _ histories: [History], _ path: RulePath, known: Int = 0
  ) async -> Divergence? {
    let timers = RuleTimers()
    let reference = Self.make(Reference.self, path, timers)
    return await reference.visit { reference in
      for (index, transition) in transitions.enumerated().dropFirst(known) {
        reference.assume(transition.before)
        let right = Transition(transition.call, on: reference, timers)
        let mistake = Mistake.find(
          in: transition, reference: right, before: histories[index], after: histories[index + 1])
        if let mistake {
          let done = Array(transitions[...index])
          return Divergence(
            path: RulePath(servers: path.servers, saved: path.saved, calls: done.map(\.call)),
            transitions: done, mistake: mistake, reference: right,
            isTimerRunning: histories[index + 1].isTimerRunning)
        }
      }
      return nil
    }
  }

  static func make<Server: RaftServer>(_: Server.Type, _ path: RulePath, _ timers: RuleTimers)
    -> Server
  {
    Server(
      id: 1, peers: path.peers, network: NoNetwork(), electionTimer: timers.election,
      heartbeatTimer: timers.heartbeat, restoring: path.saved)
  }

  /// The same divergence with every call left out that it does without.
  func shrink(_ found: Divergence) async -> Divergence {
    var shortest = found
    var index = found.path.calls.count - 2
    while index >= 0 {
      var calls = shortest.path.calls
      calls.remove(at: index)
      let path = RulePath(
        servers: shortest.path.servers, saved: shortest.path.saved, calls: calls)
      if let again = await run(path), again.mistake.rule == found.mistake.rule {
        shortest = again
      }
      index = min(index, shortest.path.calls.count - 1) - 1
    }
    return shortest
  }
}
