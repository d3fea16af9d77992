internal import Simulator

/// Some of the faults that chance brings with a seed, by their numbers in its plan: "7:2,5".
///
/// What a plan has at its very end puts everything right, and is always kept.
public struct KeptFaults: Hashable, Sendable, CustomStringConvertible {
  let seed: UInt64
  let numbers: Set<Int>

  init(seed: UInt64, _ numbers: Set<Int>) {
    self.seed = seed
    self.numbers = numbers
  }

  /// Nil where it is no seed with numbers after a colon, or "none".
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let seed = UInt64(parts[0]) else { return nil }
    let words = parts[1].split(separator: ",", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int($0) }.filter { $0 > 0 }
    guard parts[1] == "none" || numbers.count == words.count else { return nil }
    self.init(seed: seed, Set(numbers))
  }

  /// Those of a plan that happen by a time, among those that are kept already.
  init(_ kept: KeptFaults?, of plan: FaultPlan, seed: UInt64, until time: Duration) {
    let happened = plan.entries.indices
      .filter { plan.entries[$0].time <= time && plan.entries[$0].time < plan.end }
      .map { $0 + 1 }
    self.init(
      seed: kept?.seed ?? seed, Set(happened).intersection(kept?.numbers ?? Set(happened)))
  }

  public var description: String {
    let words = numbers.sorted().map(String.init).joined(separator: ",")
    return "\(seed):\(words.isEmpty ? "none" : words)"
  }

  /// The plan with these faults, and with its end.
  func of(_ plan: FaultPlan) -> FaultPlan {
    FaultPlan(
      plan.entries.enumerated()
        .filter { $0.element.time >= plan.end || numbers.contains($0.offset + 1) }
        .map(\.element))
  }

  /// All but `count` of them, in order from the one after the first `start` on.
  func without(_ count: Int, from start: Int) -> KeptFaults {
    let sorted = numbers.sorted()
    return KeptFaults(seed: seed, Set(sorted[..<start] + sorted.dropFirst(start + count)))
  }
}
