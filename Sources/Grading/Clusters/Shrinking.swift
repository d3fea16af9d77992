internal import Raft
internal import Simulator

/// Something wrong in a cluster, and how to find it again in a smaller run.
struct ClusterFinding: Error {
  let finding: Finding
  /// A finding of the same rule, in as small a run as is found with so much work; nil for none.
  let shrink: @Sendable () throws -> Finding?

  init(finding: Finding, shrink: @escaping @Sendable () throws -> Finding?) {
    self.finding = finding
    self.shrink = shrink
  }
}

/// The search for a smaller run that breaks the same promise, with fewer faults and messages.
///
/// Checks begin with the fewest servers: there is nothing to be had there. Work bounds the search,
/// and not time, so that the same code gets the same verdict.
struct Shrinking<Scenario: ClusterScenario> {
  typealias Run = ScenarioRun<Scenario>

  /// What a person has to read: a fault takes more thought than a message, and a message that is
  /// lost is a fault.
  private struct Size: Comparable {
    let faults: Int
    let messages: Int

    private var toRead: Int { 5 * faults + messages }

    static func < (left: Size, right: Size) -> Bool { left.toRead < right.toRead }
  }

  /// A run that breaks the promise, with the faults that happened before it did.
  private struct Breach {
    var run: Run
    var size: Size
  }

  /// The seeds that are looked at, and those that are tried for each piece of a plan left out: with
  /// one fault less, messages go other ways.
  private static var seeds: ClosedRange<UInt64> { 1...30 }
  private static var shakes: ClosedRange<UInt64> { 1...6 }
  /// How many messages in a row are lost at once: about as many as leave in one round.
  private static var losses: ClosedRange<Int> { 1...3 }
  /// How many of the simulation's jobs may still be run: a second or two in all.
  private var workLeft = 1_000_000

  private let promise: Scenario.Promise
  private let first: Run

  init(of run: Run, breaking promise: Scenario.Promise) {
    self.promise = promise
    first = run
  }

  mutating func smallest() -> Run {
    var best = breach(in: first)
    for seed in Self.seeds where seed != first.seed {
      var run = first
      run.seed = seed
      best = smaller(of: best, breach(in: run))
    }
    guard let best else { return first }
    return withFewerMessages(withoutNeedless(best)).run
  }

  private func smaller(of one: Breach?, _ other: Breach?) -> Breach? {
    guard let one, let other else { return one ?? other }
    return other.size < one.size ? other : one
  }

  /// Leaves out ever smaller pieces of the plan, where the promise breaks without them.
  private mutating func withoutNeedless(_ breach: Breach) -> Breach {
    var best = breach
    var piece = best.size.faults
    while piece > 0 {
      var start = 0
      while let kept = best.run.kept, start < kept.numbers.count {
        var run = best.run
        run.kept = kept.without(piece, from: start)
        if let fewer = shaken(run, than: best.size) {
          best = fewer
        } else {
          start += piece
        }
      }
      piece /= 2
    }
    return best
  }

  /// A smaller breach in this run, or in one that differs from it by chance alone.
  private mutating func shaken(_ run: Run, than size: Size) -> Breach? {
    for seed in [run.seed] + Self.shakes {
      var run = run
      run.seed = seed
      if let found = breach(in: run), found.size < size { return found }
    }
    return nil
  }

  /// Loses messages that were delivered, as long as each of them spares the reader several others:
  /// always those with which the least is left to read.
  private mutating func withFewerMessages(_ breach: Breach) -> Breach {
    var best = breach
    while let delivered = delivered(in: best.run) {
      var next = best
      for count in Self.losses {
        for place in delivered.indices.dropLast(count - 1) {
          var run = best.run
          run.lost.numbers.formUnion(delivered[place..<place + count])
          next = smaller(of: next, self.breach(in: run)) ?? next
        }
      }
      guard next.size < best.size else { break }
      best = next
    }
    return best
  }

  /// The messages that were delivered in a run; nil where what is wrong is not wrong any more once
  /// messages are lost.
  private mutating func delivered(in run: Run) -> [Int]? {
    guard workLeft > 0, let result = try? run.play(tracing: true), result.isUnsafe else {
      return nil
    }
    workLeft -= result.outcome.steps
    return Set(result.outcome.events.compactMap(\.deliveredNumber)).sorted()
  }

  /// What a run comes to, if it breaks the promise. What was to come after that has no part in it.
  private mutating func breach(in run: Run) -> Breach? {
    guard workLeft > 0 else { return nil }
    guard let result = try? run.play(tracing: false) else {
      // It came to no end, or to none that it should: no way on.
      workLeft = 0
      return nil
    }
    workLeft -= result.outcome.steps
    guard result.outcome.leaks.isEmpty, result.problem?.promise == promise,
      run.lost.numbers.isEmpty || result.isUnsafe
    else { return nil }
    var run = run
    let plan = run.scenario.plan(servers: run.members.count, seed: run.kept?.seed ?? run.seed)
    if !plan.entries.isEmpty {
      run.kept = KeptFaults(
        run.kept, of: plan, seed: run.seed, until: result.outcome.time)
    }
    let size = Size(
      faults: (run.kept?.numbers.count ?? 0) + run.lost.numbers.count,
      messages: result.outcome.liveness.messages)
    return Breach(run: run, size: size)
  }
}

extension ClusterEvent {
  /// The number of the message that arrives, if one does.
  fileprivate var deliveredNumber: Int? {
    guard case .delivered(let envelope) = kind else { return nil }
    return envelope.number
  }
}
