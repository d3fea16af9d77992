internal import Platform
internal import Raft
internal import Synchronization

/// What wants to leave the server, held until the disk has what the server has promised.
///
/// All that gathers in a turn of the loop waits for one save, and what comes while the disk is busy
/// for the next: many proposals, one fsync.
final class Outbox: Sendable {
  typealias Departure = @Sendable () -> Void

  private struct Gathered {
    var state: PersistentState?
    var departures: [Departure] = []
  }

  private let gathered = Mutex(Gathered())
  private let departed = Atomic(0)
  private let loop: EventLoop
  private let saver: Saver
  private let tracer: Tracer?
  private let onFailure: @Sendable (any Error) -> Void

  /// - Parameter onFailure: told when the disk fails. Nothing leaves any more.
  init(
    _ loop: EventLoop, _ saver: Saver, _ tracer: Tracer?,
    onFailure: @escaping @Sendable (any Error) -> Void
  ) {
    self.loop = loop
    self.saver = saver
    self.tracer = tracer
    self.onFailure = onFailure
  }

  /// How many have left.
  var count: Int { departed.load(ordering: .relaxed) }

  /// Lets `departure` happen on the loop's thread once `state` is on the disk.
  ///
  /// Called in the visit in which the state was read, so that states come in the order in which the
  /// server had them; a later one supersedes what the earlier ones promised.
  func leave(with state: PersistentState, _ departure: @escaping Departure) {
    let isFirst = gathered.withLock { gathered in
      defer {
        gathered.state = state
        gathered.departures.append(departure)
      }
      return gathered.departures.isEmpty
    }
    guard isFirst else { return }
    loop.perform { [self] in loop.atEndOfTurn { self.save() } }
  }

  private func save() {
    let (state, departures) = gathered.withLock { gathered in
      defer { gathered.departures = [] }
      return (gathered.state, gathered.departures)
    }
    guard let state else { return }
    saver.save(state) { [self] error in
      loop.perform { [self] in
        if let error { return onFailure(error) }
        tracer?.saved(state)
        departed.add(departures.count, ordering: .relaxed)
        for departure in departures { departure() }
      }
    }
  }
}
