internal import Contracts

/// Whether clients could have been talking to a single store that does one thing at a time, each
/// operation at some moment between its call and its return (Herlihy and Wing, 1990; Raft, §8).
public enum Linearizability {
  public enum Verdict: Hashable, Sendable {
    case linearizable
    case violated(Violation)
    /// There were too many possible orders on this key to look at all of them.
    case undecided(key: String)
  }

  /// Operations on one key that no order explains.
  public struct Violation: Hashable, Sendable {
    public let key: String
    /// As few as were found: whatever was answered to others that were under way meanwhile, there
    /// is no order. The last of them is the one whose answer can't be.
    public let operations: [ClientOperation]
    public let sentence: String
  }

  /// Judges a history. Each key is a store of its own, so each is judged alone.
  ///
  /// - Parameter budget: the steps that the search may take on one key.
  public static func verdict(on history: ClientHistory, budget: Int = 1_000_000) -> Verdict {
    var keys: [String: [ClientOperation]] = [:]
    for operation in history.operations {
      keys[operation.operation.key, default: []] += [operation]
    }
    var undecided: String?
    var earliest: (time: Int64, key: String, stuck: KeyHistory, number: Int)?
    for key in keys.keys.sorted() {
      let operations = KeyHistory(keys[key] ?? [])
      switch operations.finding(budget: budget) {
      case .ordered: break
      case .undecided: undecided = undecided ?? key
      case .stuck(let number):
        let time = operations.all[number].returned
        if earliest.map({ time < $0.time }) ?? true { earliest = (time, key, operations, number) }
      }
    }
    if let earliest {
      let core = earliest.stuck.core(endingWith: earliest.number)
      return .violated(
        Violation(
          key: earliest.key, operations: core,
          sentence: sentence(core, among: earliest.stuck.all)))
    }
    return undecided.map { .undecided(key: $0) } ?? .linearizable
  }
}
