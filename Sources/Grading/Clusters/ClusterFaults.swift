/// What may go wrong in the clusters that `simulate` shows, by chapter and name.
public enum ClusterFaults {
  /// The names of a chapter's scenarios; none where its servers form no cluster of Raft's.
  public static func names(chapter: Int) -> [String] {
    switch chapter {
    case ElectionScenario.chapter: ElectionScenario.allCases.map(\.rawValue)
    case ReplicationScenario.chapter: ReplicationScenario.allCases.map(\.rawValue)
    default: []
    }
  }

  /// How many servers a scenario takes; nil where the chapter has none of that name.
  public static func sizes(of name: String, chapter: Int) -> ClosedRange<Int>? {
    guard names(chapter: chapter).contains(name) else { return nil }
    return chapter == ReplicationScenario.chapter
      ? ReplicationScenario(rawValue: name)?.sizes : 1...5
  }
}
