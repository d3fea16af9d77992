/// One way in which the operations on a key so far may have taken effect.
struct LinearizationWay: Hashable {
  /// The key's value.
  var value = LinearizationSearch.nothing
  /// The event at which the last unconditional write took effect.
  var lastWrite = -1
  /// Which of the pending operations, by their slots, have taken effect.
  var done: UInt128 = 0
  /// Operations without a known end that have taken effect, by kind, in order.
  var used: [Int] = []

  /// The ways without those that another makes needless: at the same value, with more left.
  static func needed(_ ways: Set<Self>) -> [Self] {
    let sorted = ways.sorted { $0.isBefore($1) }
    // Each is compared with each: where there are very many, all may stay.
    guard sorted.count > 1, sorted.count <= 200 else { return sorted }
    var kept: [Self] = []
    for way in sorted where !kept.contains(where: { $0.replaces(way) }) { kept.append(way) }
    return kept
  }

  /// An order of their own, so that a search takes the same course every time.
  private func isBefore(_ other: Self) -> Bool {
    if used.count != other.used.count { return used.count < other.used.count }
    if lastWrite != other.lastWrite { return lastWrite > other.lastWrite }
    if value != other.value { return value < other.value }
    if done != other.done { return done < other.done }
    return used.lexicographicallyPrecedes(other.used)
  }

  private func replaces(_ other: Self) -> Bool {
    guard value == other.value, done == other.done, lastWrite >= other.lastWrite else {
      return false
    }
    return Self.common(used, other.used).count == used.count
  }

  /// What stands in both, each as often as in both: the two are in order.
  private static func common(_ left: [Int], _ right: [Int]) -> [Int] {
    var rest = right[...]
    return left.filter { kind in
      rest = rest.drop { $0 < kind }
      guard rest.first == kind else { return false }
      rest.removeFirst()
      return true
    }
  }

  /// Takes out what has taken effect in every way, and says what that is.
  static func forgetCommon(in ways: inout [Self]) -> [Int] {
    guard var shared = ways.first?.used else { return [] }
    for way in ways.dropFirst() where !shared.isEmpty { shared = common(shared, way.used) }
    for kind in shared {
      for place in ways.indices {
        if let first = ways[place].used.firstIndex(of: kind) { ways[place].used.remove(at: first) }
      }
    }
    return shared
  }
}
