public import Contracts
internal import Simulator

/// Searches every start of a chapter, for `search`.
public struct SearchStory: Sendable {
  /// Steps from a start; nil for as many as there is time for.
  public let depth: Int?
  /// Seconds, shared out between the starts.
  public let seconds: Double
  public let width: Int
  /// Seconds on a clock that never goes back.
  let clock: @Sendable () -> Double

  public init(
    depth: Int?, seconds: Double, width: Int, clock: @escaping @Sendable () -> Double
  ) {
    self.depth = depth
    self.seconds = seconds
    self.width = width
    self.clock = clock
  }

  /// More than this takes more memory than a child may have.
  private static var mostSituations: Int { 400_000 }

  /// Searches clusters of chapter 3; false where something is wrong.
  public func search<State: ElectionsChapter>(
    _: State.Type, tell: (String) -> Void
  ) throws -> Bool {
    try search(
      SearchStart.elections.map {
        SearchRun<ElectionsPromise, State>(chapter: 3, start: $0, rules: .elections)
      }, tell: tell)
  }

  /// Searches clusters of chapter 4; false where something is wrong.
  public func search<State: ReplicationChapter>(
    _: State.Type, tell: (String) -> Void
  ) throws -> Bool {
    try search(
      SearchStart.replication.map {
        SearchRun<ReplicationPromise, State>(chapter: 4, start: $0, rules: .replication)
      }, tell: tell)
  }

  private func search<Promise: ClusterPromise, State: RaftServer>(
    _ runs: [SearchRun<Promise, State>], tell: (String) -> Void
  ) throws -> Bool {
    let begun = clock()
    var total = 0
    for (index, run) in runs.enumerated() {
      let left = seconds - (clock() - begun)
      let end = clock() + left / Double(runs.count - index)
      let result = try run.result(situations: Self.mostSituations, depth: depth ?? .max) {
        [clock] in clock() < end
      }
      total += result.situations
      tell(line(for: run.start, result.situations, result.depth, isComplete: result.isComplete))
      guard let breach = result.breach else { continue }
      let style = Style(width: width, isColoured: false)
      for line in [""] + run.diagram(of: breach, width: width) + [""]
        + style.wrapped(breach.broken.sentence, indent: 0)
        + style.wrapped(
          "This takes \(breach.steps) steps, and there is no way in fewer.", indent: 0)
      {
        tell(line)
      }
      return false
    }
    tell("")
    tell("\(total) situations, and nothing that must not happen.")
    return true
  }

  private func line(
    for start: SearchStart, _ situations: Int, _ depth: Int, isComplete: Bool
  ) -> String {
    let name = start.name.padding(38)
    let count = "\(situations) situations".padding(20)
    return "  \(name) \(count) "
      + (isComplete ? "all there are" : "all within \(depth) steps")
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
