internal import Contracts
internal import Platform
internal import Synchronization

enum TimerKind: Sendable { case election, heartbeat }

/// A timer of the server, on the real clock.
///
/// Each restart, stop and expiry begins a new generation; an expiry counts only if its generation
/// is still the present one when the server is visited to deliver it.
final class HostTimer: RestartableTimer {
  private struct State {
    var generation = 0
    var due: Int64?
    /// How long it runs from its start, in nanoseconds.
    var period: Int64 = 0
    /// When this timer next looks whether it is due. One such look serves many restarts.
    var lookAt = Int64.max
  }

  private let state = Mutex(State())
  private let loop: EventLoop
  /// Draws how long the timer runs, in nanoseconds.
  private let period: @Sendable () -> Int64
  private let onExpiry: @Sendable (Int) -> Void

  init(
    _ loop: EventLoop, period: @escaping @Sendable () -> Int64,
    onExpiry: @escaping @Sendable (_ generation: Int) -> Void
  ) {
    self.loop = loop
    self.period = period
    self.onExpiry = onExpiry
  }

  /// When it elapses, and after how long a run, in nanoseconds; nil where it does not run.
  var run: (due: Int64, period: Int64)? {
    state.withLock { state in state.due.map { ($0, state.period) } }
  }

  func isPresent(_ generation: Int) -> Bool { state.withLock { $0.generation == generation } }

  func restart() {
    let period = period()
    let due = MonotonicClock.nanoseconds + period
    let mustLook = state.withLock { state in
      state.generation += 1
      (state.due, state.period) = (due, period)
      guard due < state.lookAt else { return false }
      state.lookAt = due
      return true
    }
    if mustLook { look(at: due) }
  }

  func stop() {
    state.withLock { state in
      state.generation += 1
      state.due = nil
    }
  }

  func fire() {
    let generation = state.withLock { state in
      state.generation += 1
      state.due = nil
      return state.generation
    }
    onExpiry(generation)
  }

  /// Lets it elapse now, if it runs; says whether it did.
  func elapse() -> Bool {
    let generation = state.withLock { state -> Int? in
      guard state.due != nil else { return nil }
      state.generation += 1
      state.due = nil
      return state.generation
    }
    if let generation { onExpiry(generation) }
    return generation != nil
  }

  private func look(at time: Int64) {
    loop.perform { [self] in
      loop.after(time - MonotonicClock.nanoseconds) { self.look(as: time) }
    }
  }

  private func look(as time: Int64) {
    let now = MonotonicClock.nanoseconds
    let (expired, later) = state.withLock { state -> (Int?, Int64?) in
      // A later restart may have asked for an earlier look: then this one is of no more use.
      guard state.lookAt == time else { return (nil, nil) }
      state.lookAt = .max
      guard let due = state.due else { return (nil, nil) }
      if due > now {
        state.lookAt = due
        return (nil, due)
      }
      state.due = nil
      return (state.generation, nil)
    }
    if let later { look(at: later) }
    if let expired { onExpiry(expired) }
  }
}
