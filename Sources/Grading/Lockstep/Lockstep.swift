internal import Contracts
internal import Raft
internal import Simulator

/// The learner's server and the reference, side by side, one transition at a time.
///
/// The reference starts each transition in the situation that the learner's server reports. So a
/// permitted difference in one call is none in the next, and whole histories are never compared.
struct Lockstep<Chapter: LockstepChapter>: Sendable {
  typealias History = Chapter.History
  typealias Transition = Chapter.Transition
  typealias Path = Chapter.Path

  /// A transition that no right server makes.
  struct Divergence: Error, Sendable {
    let path: Path
    let transitions: [Transition]
    let mistake: Chapter.Mistake
    /// What the reference makes of the last call.
    let reference: Transition
    /// Whether the server's election timer runs afterwards.
    let isTimerRunning: Bool

    var last: Transition { transitions[transitions.count - 1] }
    var finding: Finding { Chapter.finding(named) }

    /// The same by the names that the servers have in the cluster.
    private var named: Self {
      let seat = path.start.seat
      return Self(
        path: path, transitions: transitions.map(seat.named), mistake: seat.named(mistake),
        reference: seat.named(reference), isTimerRunning: isTimerRunning)
    }
  }

  /// In whose check all this is done: what only later rules call for is no mistake yet.
  let topic: Chapter.Topic

  /// What a server made of one event after the other.
  struct Played: Sendable {
    let start: History.Start
    /// Where the last call left the server.
    fileprivate(set) var report: History.Report
    fileprivate(set) var events: [History.Event] = []
    fileprivate(set) var transitions: [Transition] = []
    /// What was known before the first call, and after each.
    fileprivate(set) var histories: [History]

    fileprivate var known: History { histories[histories.count - 1] }

    fileprivate mutating func add(
      _ event: History.Event, _ transition: Transition, _ history: History
    ) {
      var history = history
      history.add(transition)
      histories.append(history)
      events.append(event)
      transitions.append(transition)
      report = transition.after
    }
  }

  /// The end of a way on which every transition was right.
  struct Arrival: Sendable {
    fileprivate let path: Path
    fileprivate let calls: [History.Call]
    fileprivate let report: History.Report
    fileprivate let history: History
  }

  /// Goes `path`, and returns the first divergence, if there is one.
  func run(_ path: Path) async -> Divergence? {
    await judge(go(path))
  }

  /// What comes of `event` where a way ends that is known to be right, since much is tried there.
  func run(_ event: History.Event, after way: Arrival) async -> Divergence? {
    var history = way.history
    guard let call = history.call(for: event, in: way.report) else { return nil }
    let known = history
    let timers = RuleTimers()
    let seat = way.path.start.seat
    let server = Self.make(Chapter.Subject.self, way.path.start, timers, at: seat)
    let transition: Transition? = await server.visit { server in
      for call in way.calls { _ = Self.make(call, on: server, at: seat) }
      guard seat.placed(server.report) == way.report else { return nil }
      timers.forget()
      let answer = Self.make(call, on: server, at: seat)
      return timers.transition(
        History.self, way.report, call, answer, seat.placed(server.report))
    }
    if let transition {
      var last = Played(start: way.path.start, report: way.report, histories: [way.history])
      last.add(event, transition, known)
      if await judge(last) == nil { return nil }
    }
    // What goes wrong is told from the beginning of the way.
    return await run(way.path + event)
  }

  /// Where `path` leads: nil where the learner's server, by rights, does not get to its end.
  ///
  /// - Throws: a `Divergence`. Untyped: the optimizer of Swift 6.3.1 fails on a typed throw here.
  func arrive(at path: Path) async throws -> Arrival? {
    let played = await go(path)
    if let divergence = await judge(played) { throw divergence }
    guard played.transitions.count == path.events.count else { return nil }
    return Arrival(
      path: path, calls: played.transitions.map(\.call), report: played.report,
      history: played.known)
  }

  /// Goes on from `path` with what is drawn from `seed`, out of what can happen, `count` times.
  func walk(from path: Path, _ count: Int, seed: UInt64, steps: ClosedRange<Int>) async -> Played {
    await play(path.start) { history, situation, index in
      if index < path.events.count { return path.events[index] }
      guard index < path.events.count + count else { return nil }
      var generator = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(index))
      return history.draw(in: situation, steps: steps, from: &generator)
    }
  }

  /// Goes `path`, and judges nothing.
  ///
  /// The way ends early where something of it cannot happen to the learner's server: it may have
  /// gone another way than the reference, by rights.
  func go(_ path: Path) async -> Played {
    await play(path.start) { _, _, index in
      index < path.events.count ? path.events[index] : nil
    }
  }

  /// Makes one call after the other on a fresh server, all in one visit.
  private func play(
    _ start: History.Start,
    _ next: @Sendable (History, History.Report, Int) -> History.Event?
  ) async -> Played {
    let timers = RuleTimers()
    let seat = start.seat
    let server = Self.make(Chapter.Subject.self, start, timers, at: seat)
    return await server.visit { server in
      var played = Played(
        start: start, report: seat.placed(server.report), histories: [History(start)])
      while let event = next(played.known, played.report, played.events.count) {
        var history = played.known
        guard let call = history.call(for: event, in: played.report) else { break }
        timers.forget()
        let answer = Self.make(call, on: server, at: seat)
        let transition = timers.transition(
          History.self, played.report, call, answer, seat.placed(server.report))
        played.add(event, transition, history)
      }
      return played
    }
  }

  /// The first transition that no right server makes, if there is one.
  func judge(_ played: Played) async -> Divergence? {
    let timers = RuleTimers()
    let reference = Self.make(Chapter.Reference.self, played.start, timers)
    return await reference.visit { reference in
      for (index, transition) in played.transitions.enumerated() {
        let right = Self.answer(to: transition, reference, timers)
        let after = played.histories[index + 1]
        let mistake = Chapter.mistake(
          in: transition, reference: right, before: played.histories[index], after: after,
          judging: topic)
        if let mistake {
          return Divergence(
            path: Path(start: played.start, events: Array(played.events[...index])),
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
    timers.forget()
    let answer = Chapter.make(transition.call, on: reference)
    return timers.transition(
      History.self, transition.before, transition.call, answer, reference.report)
  }

  /// Makes a call on the learner's server, and says by a history's names what came of it.
  private static func make(
    _ call: History.Call, on server: isolated Chapter.Subject, at seat: Seat
  ) -> History.Answer {
    seat.placed(Chapter.make(seat.named(call), on: server))
  }

  static func make<Server: RaftServer>(
    _: Server.Type, _ start: History.Start, _ timers: RuleTimers, at seat: Seat = .first
  ) -> Server {
    Server(
      id: seat.name(of: 1), peers: seat.peers(of: start.servers), network: NoNetwork(),
      electionTimer: timers.election, heartbeatTimer: timers.heartbeat,
      restoring: seat.named(start.saved))
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
