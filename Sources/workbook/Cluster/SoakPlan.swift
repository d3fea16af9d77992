internal import Simulator

/// What is done to the servers while clients are at work: drawn from a seed, the same every time.
///
/// Only what is done is drawn. Processes and networks go their own ways, so that two runs of one
/// seed are alike and not equal.
struct SoakPlan: Hashable, Sendable {
  enum Target: Hashable, Sendable {
    case leader
    /// The so-many-th of the servers that nothing has been done to in this round.
    case other(Int)
  }

  enum Trouble: Hashable, Sendable {
    /// SIGKILL.
    case kill(Target)
    /// SIGSTOP.
    case pause(Target)
    /// Off the network, and running.
    case cut(Target)
    /// What it sends arrives so many milliseconds later.
    case slow(Target, milliseconds: Int)
    /// All are killed at the same moment, as in a power failure.
    case killAll
  }

  /// A while in peace, trouble for a while, and then all is made good again. So there is progress
  /// between two rounds, whatever they did.
  struct Round: Hashable, Sendable {
    let calm: Duration
    let troubles: [Trouble]
    let length: Duration
  }

  let rounds: [Round]

  /// Rounds until `time` is over.
  init(seed: UInt64, servers: Int, time: Duration) {
    var chance = SeededGenerator(seed: seed)
    func milliseconds(_ range: ClosedRange<Int>) -> Duration {
      .milliseconds(Int.random(in: range, using: &chance))
    }
    var rounds: [Round] = []
    var end = Duration.zero
    while end < time {
      let calm = milliseconds(300...1_000)
      let isPowerCut = Int.random(in: 0..<12, using: &chance) == 0
      let count = min(Int.random(in: 1...2, using: &chance), servers)
      let troubles =
        isPowerCut
        ? [.killAll] : (0..<count).map { _ in Self.trouble(servers: servers, using: &chance) }
      let length = milliseconds(300...1_500)
      rounds.append(Round(calm: calm, troubles: troubles, length: length))
      end += calm + length
    }
    self.rounds = rounds
  }

  private static func trouble(servers: Int, using chance: inout SeededGenerator) -> Trouble {
    let isLeader = Int.random(in: 0..<3, using: &chance) == 0
    let target = isLeader ? .leader : Target.other(Int.random(in: 0..<servers, using: &chance))
    switch Int.random(in: 0..<12, using: &chance) {
    case 0..<5: return .kill(target)
    case 5..<8: return .cut(target)
    case 8..<10:
      return .slow(target, milliseconds: Int.random(in: 20...800, using: &chance))
    default: return .pause(target)
    }
  }
}
