/// Messages of a run that are lost on their way, by their numbers: "3,7-9".
public struct LostMessages: Hashable, Sendable, CustomStringConvertible {
  var numbers: Set<Int> = []

  /// How far numbers go: many times as far as messages of a run that a person reads.
  private static let most = 100_000

  init(_ numbers: Set<Int> = []) { self.numbers = numbers }

  /// Nil where it is no list of numbers, with a hyphen between the ends of a range.
  public init?(_ text: String) {
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        1 <= first, first <= last, last <= Self.most
      else { return nil }
      numbers.formUnion(first...last)
    }
  }

  public var description: String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
