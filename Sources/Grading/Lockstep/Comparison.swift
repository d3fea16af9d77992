internal import Contracts
internal import Raft
internal import Simulator

/// The learner's server and the reference, side by side, one transition at a time.
///
/// The reference starts each transition in the situation that the learner's server reports. So a
/// permitted difference in one call is none in the next, and whole histories are never compared.
struct Comparison<Chapter: LockstepChapter>: Sendable {
  typealias History = Chapter.History
  typealias Transition = Chapter.Transition
  typealias Path = Chapter.Path

  /// A transition that no right server makes.
  struct Divergence: Sendable {
    let path: Path
    let transitions: [Transition]
    let mistake: Chapter.Mistake
    /// What the reference makes of the last call.
    let reference: Transition
    /// Whether the server's election timer runs afterwards.
    let isTimerRunning: Bool

    var last: Transition { transitions[transitions.count - 1] }
    var finding: Finding { Chapter.finding(self) }
  }

  /// In whose check all this is done: what only later rules call for is no mistake yet.
  let topic: Chapter.Topic

  /// Goes `path`, and returns the first divergence, if there is one.
  ///
  /// The way ends early where something of it cannot happen to the learner's server: it may have
  /// gone another way than the reference, by rights. The first `known` calls are known to be right.
  func run(_ path: Path, known: Int = 0) async -> Divergence? {
    let played = await play(path.start) { _, _, index in
      index < path.events.count ? path.events[index] : nil
    }
    return await judge(played, path.start, known: known)
  }

  /// Goes on from `path` with what is drawn from `seed`, out of what can happen, `count` times.
  func walk(from path: Path, _ count: Int, seed: UInt64, steps: ClosedRange<Int>) async
    -> Divergence?
  {
    let played = await play(path.start) { history, situation, index in
      if index < path.events.count { return path.events[index] }
      guard index < path.events.count + count else { return nil }
      var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(index))
      return history.draw(in: situation, steps: steps, from: &generator)
    }
    return await judge(played, path.start)
  }

  /// What happened, what came of it, and what was known before each and after the last.
  private struct Played: Sendable {
    var events: [History.Event] = []
    var transitions: [Transition] = []
    var histories: [History]
  }

  /// Makes one call after the other on a fresh server, all in one visit.
  private func play(
    _ start: History.Start,
    _ next: @Sendable (History, History.Report, Int) -> History.Event?
  ) async -> Played {
    let timers = RuleTimers()
    let server = Self.make(Chapter.Subject.self, start, timers)
    return await server.visit { server in
      var played = Played(histories: [History(start)])
      var report = server.report
      while let event = next(
        played.histories[played.events.count], report, played.events.count)
      {
        var history = played.histories[played.events.count]
        guard let call = history.call(for: event, in: report) else { break }
        timers.forget()
        let answer = Chapter.make(call, on: server)
        let transition = timers.transition(History.self, report, call, answer, server.report)
        report = transition.after
        history.add(transition)
        played.events.append(event)
        played.transitions.append(transition)
        played.histories.append(history)
      }
      return played
    }
  }

  private func judge(_ played: Played, _ start: History.Start, known: Int = 0) async -> Divergence?
  {
    guard played.transitions.count > known else { return nil }
    let timers = RuleTimers()
    let reference = Self.make(Chapter.Reference.self, start, timers)
    return await reference.visit { reference in
      for (index, transition) in played.transitions.enumerated().dropFirst(known) {
        let right = Self.answer(to: transition, reference, timers)
        let after = played.histories[index + 1]
        let mistake = Chapter.mistake(
          in: transition, reference: right, before: played.histories[index], after: after,
          judging: topic)
        if let mistake {
          return Divergence(
            path: Path(start: start, events: Array(played.events[...index])),
            transitions: Array(played.transitions[...index]), mistake: mistake, reference: right,
            isTimerRunning: after.isTimerRunning)
        }
      }
      return nil
    }
  }

  private static func answer(
    to transition: Transition, _ reference: isolated Chapter.Reference, _ timers: RuleTimers
  ) -> Transition {
    reference.assume(transition.before)
    return go(transition.call, from: transition.before, reference, timers)
  }

  /// What the reference makes of a call.
  static func go(
    _ call: History.Call, from report: History.Report, _ reference: isolated Chapter.Reference,
    _ timers: RuleTimers
  ) -> Transition {
    timers.forget()
    let answer = Chapter.make(call, on: reference)
    return timers.transition(History.self, report, call, answer, reference.report)
  }

  static func make<Server: RaftServer>(
    _: Server.Type, _ start: History.Start, _ timers: RuleTimers
  ) -> Server {
    Server(
      id: 1, peers: start.peers, network: NoNetwork(), electionTimer: timers.election,
      heartbeatTimer: timers.heartbeat, restoring: start.saved)
  }

  /// The same divergence with everything left out that it does without.
  func shrink(_ found: Divergence) async -> Divergence {
    var shortest = found
    var index = found.path.events.count - 2
    while index >= 0 {
      var path = shortest.path
      path.events.remove(at: index)
      if let again = await run(path), again.mistake.rule == found.mistake.rule {
        shortest = again
      }
      index = min(index, shortest.path.events.count - 1) - 1
    }
    return shortest
  }
}

extension RuleTimers {
  /// What came of a call, with what the timers were told in it.
  func transition<History: LockstepHistory>(
    _: History.Type, _ before: History.Report, _ call: History.Call, _ answer: History.Answer,
    _ after: History.Report
  ) -> RuleTransition<History> {
    RuleTransition(
      before: before, call: call, answer: answer, after: after, election: election.take(),
      heartbeat: heartbeat.take())
  }
}
