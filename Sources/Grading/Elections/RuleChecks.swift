internal import Contracts
internal import Raft

/// 3.1 to 3.5: the rules, in lockstep with the reference.
extension ElectionsChecks {
  /// The checks of the rules of one step.
  static func rules(of step: Int, calling call: String) -> [Check] {
    LockstepChecks<ElectionsLockstep<State, Reference>>.rules(of: step, calling: call)
  }
}

/// Chapter 3 in lockstep with the reference.
enum ElectionsLockstep<
  State: ElectionsChapter, Solution: ReferenceServer & ElectionsChapter
>: LockstepChapter {
  typealias Subject = State
  typealias Reference = Solution
  typealias History = Grading.History
  typealias Topic = ElectionRule
  typealias Mistake = Grading.Mistake
  typealias Transition = RuleTransition<Grading.History>

  static var steps: ClosedRange<Int> { 1...5 }

  static func make(_ call: RuleCall, on server: isolated State) -> RuleCall.Answer {
    call.make(on: server)
  }

  static func make(_ call: RuleCall, on server: isolated Solution) -> RuleCall.Answer {
    call.make(on: server)
  }

  static func cases(of step: Int) async -> [Case] {
    var cases: [Case] = []
    for servers in 1...5 {
      let timers = RuleTimers()
      let start = ElectionStart(servers: servers, saved: PersistentState())
      let reference = Lockstep<Self>.make(Solution.self, start, timers)
      cases += await reference.visit { Situations.search(step, servers, on: $0, timers) }
    }
    return cases.enumerated().sorted {
      ($0.element.path.events.count, $0.offset) < ($1.element.path.events.count, $1.offset)
    }.map(\.element)
  }

  static func beginnings(upTo step: Int) -> [(Path, seed: UInt64)] {
    (1...5).flatMap { servers in
      Situations.starts(servers: servers).enumerated().map { index, start in
        (start, seed: UInt64(servers * 100 + index))
      }
    }
  }

  static func mistake(
    in transition: Transition, reference: Transition, before: History, after: History,
    judging topic: ElectionRule
  ) -> Mistake? {
    Mistake.find(in: transition, reference: reference, before: before, after: after)
  }

  static func finding(_ divergence: Lockstep<Self>.Divergence) -> Finding { divergence.told }
}
