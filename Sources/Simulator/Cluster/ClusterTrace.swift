/// The events of a run, or the last of them.
struct ClusterTrace {
  let isOn: Bool
  private let kept: Int
  private var storage: [ClusterEvent] = []

  init(keeping: TraceKeeping) {
    switch keeping {
    case .off: (isOn, kept) = (false, 0)
    case .last(let count): (isOn, kept) = (count > 0, count)
    case .all: (isOn, kept) = (true, .max)
    }
  }

  var events: [ClusterEvent] { storage }

  /// Drops the older half when there are twice as many as are kept: O(1) an event on the whole.
  mutating func append(_ event: ClusterEvent) {
    storage.append(event)
    if kept < .max / 2, storage.count >= kept * 2 {
      storage.removeFirst(storage.count - kept)
    }
  }
}
