internal import Contracts
internal import Raft
internal import Simulator

/// What a chapter brings to lockstep: the calls of its rules, what can still happen to a server,
/// and what may come of a call.
protocol LockstepChapter: Sendable {
  associatedtype Subject: RaftServer
  associatedtype Reference: ReferenceServer where Reference.Report == Subject.Report
  associatedtype History: LockstepHistory where History.Report == Subject.Report
  associatedtype Topic: LockstepTopic
  associatedtype Mistake: LockstepMistake where Mistake.Topic == Topic

  typealias Transition = RuleTransition<History>
  typealias Path = LockstepPath<History>
  typealias Case = LockstepCase<History, Topic>

  /// The places in the chapter of the steps whose rules are judged in lockstep.
  static var steps: ClosedRange<Int> { get }

  static func make(_ call: History.Call, on server: isolated Subject) -> History.Answer
  static func make(_ call: History.Call, on server: isolated Reference) -> History.Answer

  /// Every case for a rule of step `step`, shortest ways first.
  static func cases(of step: Int) async -> [Case]
  /// Where long ways begin, for rules of the steps up to `step`, and the seeds to draw them from.
  static func beginnings(upTo step: Int) -> [(Path, seed: UInt64)]

  /// The mistake in `transition`, or nil where it is one of the ways that are right.
  ///
  /// - Parameter topic: the rule in whose check that is asked: what is only called for by later
  ///   rules is no mistake yet.
  static func mistake(
    in transition: Transition, reference: Transition, before: History, after: History,
    judging topic: Topic
  ) -> Mistake?

  /// A divergence, told.
  static func finding(_ divergence: Lockstep<Self>.Divergence) -> Finding
}

/// A rule of a chapter that is judged in lockstep.
protocol LockstepTopic: Hashable, Sendable, CaseIterable, RawRepresentable<String> {
  var rule: Rule { get }
}

extension LockstepTopic where Self: RawRepresentable<String> {
  /// The place in the chapter of the step that it belongs to: the digit after the point.
  var step: Int { rawValue.utf8.dropFirst(2).first.map { Int($0) - 48 } ?? 0 }
}

/// What is wrong with a transition: the rule that it breaks, and what shows it.
protocol LockstepMistake: NamesServers, Sendable {
  associatedtype Topic: LockstepTopic
  var rule: Topic { get }
}

/// What is known of a cluster from what S1 went through, and so what can still happen to it.
protocol LockstepHistory: Sendable {
  /// How a cluster stood when S1 was started.
  associatedtype Start: LockstepStart
  /// What happens to S1, said so that it means something in whatever S1 has become by then.
  associatedtype Event: Hashable & Sendable
  /// A call of one of a server's rules.
  associatedtype Call: Hashable & Sendable & NamesServers
  associatedtype Answer: Hashable & Sendable & NamesServers
  associatedtype Report: ServerReport & NamesServers

  init(_ start: Start)

  /// Whether S1's election timer runs. The host starts it together with the server.
  var isTimerRunning: Bool { get }

  /// The call that `event` comes to in `situation`; nil where no cluster could lead to it.
  mutating func call(for event: Event, in situation: Report) -> Call?
  /// Notes what came of the call.
  mutating func add(_ transition: RuleTransition<Self>)
  /// Something that can happen, for a rule of one of these steps.
  func draw(
    in situation: Report, steps: ClosedRange<Int>, from generator: inout SeededGenerator
  ) -> Event?
}

/// How a server is started.
protocol LockstepStart: Hashable, Sendable {
  var servers: Int { get }
  /// What the host had saved.
  var saved: PersistentState { get }
  /// Which of the servers is judged. All else is said as if it were S1.
  var seat: Seat { get set }
}

extension LockstepStart {
  /// S1's peers in a cluster of that size.
  var peers: [ServerID] { Seat.first.peers(of: servers) }

  /// The cluster as a story tells it.
  var told: String {
    let name = seat.name(of: 1)
    if servers == 1 { return "\(name) alone" }
    return "\(servers) servers" + (seat == .first ? "" : ", yours is \(name)")
  }
}

/// A way into a situation: how the server was started, and what happened since then.
struct LockstepPath<History: LockstepHistory>: Hashable, Sendable {
  var start: History.Start
  var events: [History.Event] = []

  static func + (path: Self, event: History.Event) -> Self {
    Self(start: path.start, events: path.events + [event])
  }

  /// The same way, of the server that has this seat.
  func at(_ seat: Seat) -> Self {
    var path = self
    path.start.seat = seat
    return path
  }
}

/// A way into a situation, with the call that is judged there at its end.
struct LockstepCase<History: LockstepHistory, Topic: LockstepTopic>: Sendable {
  var path: LockstepPath<History>
  /// The steps of the rules on the way, and of the one at its end.
  let steps: [Int]
  /// The rule that is mainly at stake.
  let topic: Topic
  /// The latest step whose rule must be written for the way to lead here.
  let needs: Int

  /// The same case, of the server that has this seat.
  func at(_ seat: Seat) -> Self {
    var there = self
    there.path = path.at(seat)
    return there
  }
}

/// One call of a rule, and everything that came of it.
struct RuleTransition<History: LockstepHistory>: Sendable {
  let before: History.Report
  let call: History.Call
  let answer: History.Answer
  let after: History.Report
  let election: RecordedTimer.Effect?
  let heartbeat: RecordedTimer.Effect?

  var isWin: Bool { before.role != .leader && after.role == .leader }
}
