internal import Contracts
internal import Raft
internal import Synchronization

/// Chapter 4 in lockstep with the reference.
enum ReplicationLockstep<
  State: ReplicationChapter, Solution: ReferenceServer & ReplicationChapter
>: LockstepChapter {
  typealias Subject = State
  typealias Reference = Solution
  typealias History = ReplicationHistory
  typealias Topic = ReplicationRule
  typealias Mistake = ReplicationMistake
  typealias Transition = RuleTransition<ReplicationHistory>

  static var steps: ClosedRange<Int> { 1...7 }

  static func make(_ call: ReplicationCall, on server: isolated State) -> ReplicationCall.Answer {
    call.make(on: server)
  }

  static func make(
    _ call: ReplicationCall, on server: isolated Solution
  ) -> ReplicationCall.Answer {
    call.make(on: server)
  }

  static func cases(of step: Int) async -> [Case] {
    let asked = FoundCases.Asked(step: step, reference: ObjectIdentifier(Solution.self))
    if let found = FoundCases.all.withLock({ $0[asked] }) { return found }
    var situations = ReplicationSituations(of: step)
    for servers in 1...5 {
      let timers = RuleTimers()
      let start = ReplicationStart(servers: servers)
      let reference = Lockstep<Self>.make(Solution.self, start, timers)
      let before = situations
      situations = await reference.visit { reference in
        var situations = before
        situations.search(servers: servers, on: reference, timers)
        return situations
      }
    }
    let cases = situations.cases.enumerated().sorted {
      ($0.element.path.events.count, $0.offset) < ($1.element.path.events.count, $1.offset)
    }.map(\.element)
    let found = Dictionary(grouping: cases) { FoundCases.Kind(topic: $0.topic, needs: $0.needs) }
      .values.flatMap(thinned)
    FoundCases.all.withLock { $0[asked] = found }
    return found
  }

  /// At most so many cases of a kind, spread over all of them.
  private static func thinned(_ cases: [Case]) -> [Case] {
    let most = 300
    guard cases.count > most else { return cases }
    return (0..<most).map { cases[$0 * cases.count / most] }
  }

  static func beginnings(upTo step: Int) -> [(Path, seed: UInt64)] {
    (1...5).flatMap { servers in
      let starts = ReplicationStart.all(servers: servers)
      return (0..<3).map { part in
        let start = starts[starts.count * part / 3]
        return (Path(start: start), seed: UInt64(servers * 10 + part))
      }
    }
  }

  static func mistake(
    in transition: Transition, reference: Transition, before: History, after: History,
    judging topic: ReplicationRule
  ) -> ReplicationMistake? {
    ReplicationMistake.find(
      in: transition, reference: reference, before: before, after: after, judging: topic)
  }

  static func finding(_ divergence: Lockstep<Self>.Divergence) -> Finding {
    ReplicationMistakeStory(
      path: divergence.path, transitions: divergence.transitions, mistake: divergence.mistake,
      reference: divergence.reference, isTimerRunning: divergence.isTimerRunning
    ).finding
  }
}

/// The cases of each step. They depend on the reference alone, so they are searched for once,
/// however many servers are compared with it.
private enum FoundCases {
  struct Asked: Hashable, Sendable {
    let step: Int
    let reference: ObjectIdentifier
  }

  struct Kind: Hashable {
    let topic: ReplicationRule
    let needs: Int
  }

  static let all = Mutex<[Asked: [ReplicationSituations.Case]]>([:])
}
