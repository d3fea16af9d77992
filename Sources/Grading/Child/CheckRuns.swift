internal import Raft
internal import Simulator
internal import Synchronization
internal import Traces

/// The runs behind one rule: under every schedule, under seeds, or once.
///
/// A run in which everything waits is a finding here, with the table of how it came about: where
/// code waits for locks or for answers, that is the mistake most worth looking at.
struct CheckRuns: Sendable {
  /// What a run means that never ends because everybody waits.
  enum Hang: Sendable {
    case breaksTheRule
    /// It breaks the rule, and this is what happened.
    case means(String)
    /// Another check of the step is there to say so.
    case isJudgedElsewhere
  }

  let rule: Rule
  let call: String

  func broken(
    _ happened: String, _ facts: [Fact] = [], reference: String? = nil
  ) -> Finding {
    rule.broken(happened, facts, reference: reference)
  }

  /// Runs `body` under every schedule.
  ///
  /// The reference needs 1,680 of them at the most. Code that suspends more often may need more
  /// than anybody wants to wait for; then seeds take over, which reach further than the beginning
  /// of a search does.
  func everySchedule(
    hang: Hang = .breaksTheRule, _ body: @escaping @Sendable (Simulation) async throws -> Void
  ) throws {
    // A watchdog is a thread. One run of it is enough to catch a loop; thousands would be slow.
    try once(hang: hang, body)
    var limits = Limits.grading
    limits.watchdog = nil
    let coverage = try Exploration.run(most: 5_000, limits: limits, body) {
      try judge($0, $1, hang: hang)
      return true
    }
    if !coverage.isComplete { try seeds(300, hang: hang, body) }
  }

  /// Runs `body` under seeds 1 to `count`.
  func seeds(
    _ count: UInt64, hang: Hang = .breaksTheRule, replay: ((UInt64) -> String)? = nil,
    _ body: @escaping @Sendable (Simulation) async throws -> Void
  ) throws {
    for seed in 1...count {
      let simulation = Simulation(schedule: .seeded(seed), seed: seed, limits: .grading)
      do {
        try judge(simulation, Result { try simulation.run(body) }, hang: hang)
      } catch var finding as Finding {
        if finding.replay == nil { finding.replay = replay?(seed) }
        throw finding
      }
    }
  }

  /// Runs `body` once, in the plain order of arrival.
  func once(
    hang: Hang = .breaksTheRule, _ body: @escaping @Sendable (Simulation) async throws -> Void
  ) throws {
    let simulation = Simulation(schedule: .inOrder, limits: .grading)
    try judge(simulation, Result { try simulation.run(body) }, hang: hang)
  }

  private func judge(
    _ simulation: Simulation, _ result: Result<Void, any Error>, hang: Hang
  ) throws {
    do {
      try result.get()
    } catch var finding as Finding {
      if finding.trace.isEmpty { finding.trace = simulation.trace }
      finding.recording = recording(of: simulation, breaking: finding)
      throw finding
    } catch SimulationError.stuck(let time) {
      let happened: String
      switch hang {
      case .isJudgedElsewhere: return
      case .means(let sentence): happened = sentence
      case .breaksTheRule:
        happened =
          "\(call) never came back: everything waits, and nothing is left that could wake it."
      }
      var finding = broken(
        happened, [Fact("it waits", "since \(Messages.describe(time)) of virtual time")])
      finding.trace = simulation.trace
      finding.recording = recording(of: simulation, breaking: finding)
      throw finding
    }
    if let leak = simulation.leaks.first { throw LeakFound(leak: leak) }
  }

  /// The run, for a picture; nil where it has no servers.
  private func recording(of simulation: Simulation, breaking finding: Finding) -> Trace? {
    guard let own = simulation.events.first?.server, let chapter = Int(rule.id.prefix { $0 != "." })
    else {
      return nil
    }
    // A message to a stranger needs a lane as well.
    let last = simulation.events.compactMap(\.server).max() ?? own
    var trace = Trace(
      header: Trace.Header(
        chapter: chapter, servers: last.number, seed: nil,
        scenario: "\(call): \(own) is yours, its peers follow a script"),
      events: simulation.events)
    trace.fail(finding.rule.id, finding.happened, at: simulation.now, by: own)
    return trace
  }
}

/// Runs tasks 1 to `count` at once, and waits for all of them.
///
/// `task` makes the body of each: best, one call of a method of the actor and nothing after it.
/// Every further job multiplies the schedules by some that differ in nothing.
func atOnce(_ count: Int, _ task: (Int) -> @Sendable () async -> Void) async {
  await withDiscardingTaskGroup { group in
    for number in 1...count { group.addTask(operation: task(number)) }
  }
}

/// What each of several tasks came to, by its number.
final class Answers<Value: Sendable>: Sendable {
  private let values = Mutex<[Int: Value]>([:])

  subscript(number: Int) -> Value? {
    get { values.withLock { $0[number] } }
    set { values.withLock { $0[number] = newValue } }
  }

  /// The values, in the order of the tasks' numbers.
  var inOrder: [Value] {
    values.withLock { values in values.sorted { $0.key < $1.key }.map(\.value) }
  }
}
