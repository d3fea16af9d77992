internal import Contracts
internal import Raft

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
    var situations = ReplicationSituations(of: step)
    for servers in 1...5 {
      let timers = RuleTimers()
      let start = ReplicationStart(servers: servers)
      let reference = Comparison<Self>.make(Solution.self, start, timers)
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
    return Dictionary(grouping: cases) { [$0.topic.rawValue: $0.needs] }.values.flatMap(thinned)
  }

  /// At most so many cases of a kind, spread over all of them.
  private static func thinned(_ cases: [Case]) -> [Case] {
    let most = 400
    guard cases.count > most else { return cases }
    return (0..<most).map { cases[$0 * cases.count / most] }
  }

  static func beginnings(upTo step: Int) -> [Path] { [] }

  static func mistake(
    in transition: Transition, reference: Transition, before: History, after: History,
    judging topic: ReplicationRule
  ) -> ReplicationMistake? {
    ReplicationMistake.find(
      in: transition, reference: reference, before: before, after: after, judging: topic)
  }

  static func finding(_ divergence: Comparison<Self>.Divergence) -> Finding {
    Finding(
      divergence.mistake.rule.rule, "\(divergence.mistake.facet)",
      facts: [Fact("events", "\(divergence.path)"), Fact("got", "\(divergence.last)")],
      reference: "\(divergence.reference)")
  }
}
