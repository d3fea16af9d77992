internal import Contracts
internal import Raft
internal import Simulator

/// What somebody does by hand to a simulated cluster, and when, in milliseconds of virtual time:
/// "179.5 kill 3; 400 restart 3; 500 cut 1,2; 550 slow 3 100; 600 heal; 700 put colour blue".
///
/// Up to the first of them, the run is the one that its seed gives.
public struct HandMadeFaults: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  let plan: FaultPlan

  /// How it is written, in a sentence.
  public static let usage =
    "What is done by hand reads like \"179.5 kill 3; 400 restart 3; 500 cut 1,2; 550 slow 3 100; "
    + "600 elect 3; 700 heal\": milliseconds up to 20000, and what happens then."

  private static let most = 100
  /// Each takes the run on: it has to end somewhere.
  private static let latest = Duration.seconds(20)
  /// How slow a server can be made, in milliseconds; as slow as a real one.
  private static let slowest = 10_000
  /// How long the run goes on after the last of them, to show what comes of it.
  static let aftermath = Duration.seconds(2)

  /// Nil where something cannot be understood, or is about a server that there is not.
  ///
  /// - Parameter count: how many servers there are.
  public init?(_ text: String, servers count: Int) {
    var entries: [FaultPlan.Entry] = []
    for line in text.split(separator: ";") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count > 1, let time = Self.time(words[0]), time <= Self.latest,
        let fault = Self.fault(words[1], Array(words.dropFirst(2)), servers: count)
      else { return nil }
      entries += fault.map { FaultPlan.Entry(time, $0) }
    }
    // The command that plays it again has it between such signs.
    let isPlain = text.unicodeScalars.allSatisfy { $0 != "'" && $0.value >= 0x20 }
    guard !entries.isEmpty, entries.count <= Self.most, isPlain else { return nil }
    plan = FaultPlan(entries)
    description = text
  }

  /// Whole milliseconds, and behind a point up to six digits of their parts.
  private static func time(_ word: String) -> Duration? {
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    let digits = parts.count == 2 ? String(parts[1]) : ""
    guard (1...2).contains(parts.count), parts.last?.isEmpty == false, digits.count <= 6,
      let whole = Int64(parts[0]),
      (0...1_000_000).contains(whole),
      let part = UInt32(digits + String(repeating: "0", count: 6 - digits.count))
    else { return nil }
    return .milliseconds(whole) + .nanoseconds(Int64(part))
  }

  private static func fault(_ verb: String, _ words: [String], servers count: Int) -> [Fault]? {
    switch verb {
    case "kill": return ids(words, count)?.map(Fault.crash)
    case "restart": return ids(words, count)?.map(Fault.restart)
    case "pause": return ids(words, count)?.map(Fault.pause)
    case "resume": return ids(words, count)?.map(Fault.resume)
    case "cut":
      guard let side = ids(words, count) else { return nil }
      let others = (1...count).map { ServerID($0) }.filter { !side.contains($0) }
      return [.partition([side, others])]
    case "elect": return ids(words, count)?.map(Fault.elect)
    case "slow":
      guard words.count == 2, let delay = Int(words[1]), (0...slowest).contains(delay) else {
        return nil
      }
      return ids([words[0]], count)?.map { .slow($0, by: .milliseconds(delay)) }
    case "heal": return words.isEmpty ? [.heal] : nil
    case "put":
      guard words.count > 1 else { return nil }
      let value = words.dropFirst().joined(separator: " ")
      return [.command(KeyValue.Operation.put(key: words[0], value: value).command)]
    default: return nil
    }
  }

  private static func ids(_ words: [String], _ count: Int) -> [ServerID]? {
    let names = words.count == 1 ? words[0].split(separator: ",") : []
    let numbers = names.compactMap { Int($0) }.filter { (1...count).contains($0) }
    guard !numbers.isEmpty, numbers.count == names.count else { return nil }
    return numbers.map { ServerID($0) }
  }
}
