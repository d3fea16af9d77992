/// Which of several ready jobs runs next.
public enum Schedule: Hashable, Sendable {
  /// Always the one that has waited longest. Hides races: good for showing, not for grading.
  case inOrder
  /// Drawn from the seed.
  case seeded(UInt64)
  /// Decision by decision, as recorded; after the last one, in order.
  case replay([Int])
}

/// A decision that a run took: `pick` of `count` ready jobs, in the order in which they got ready.
public struct Decision: Hashable, Sendable {
  public let pick: Int
  public let count: Int
}

/// Takes a run's decisions as its schedule says.
struct Chooser {
  private let replayed: [Int]
  private var position = 0
  private let isSeeded: Bool
  private var generator: SeededGenerator

  init(_ schedule: Schedule) {
    replayed = if case .replay(let picks) = schedule { picks } else { [] }
    if case .seeded(let seed) = schedule {
      isSeeded = true
      generator = SeededGenerator(seed: seed)
    } else {
      isSeeded = false
      generator = SeededGenerator(seed: 0)
    }
  }

  /// One of `0..<count`. A recorded decision that no longer fits is taken as far as it goes.
  mutating func choose(from count: Int) -> Int {
    if isSeeded { return generator.pick(from: count) }
    guard position < replayed.count else { return 0 }
    defer { position += 1 }
    return min(max(replayed[position], 0), count - 1)
  }
}
