internal import Contracts
internal import Platform
internal import Synchronization
internal import Traces

enum TimerKind: String, Sendable { case election, heartbeat }

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
  private let kind: TimerKind
  private let loop: EventLoop
  private let tracer: Tracer?
  /// Draws how long the timer runs, in nanoseconds.
  private let period: @Sendable () -> Int64
  private let onExpiry: @Sendable (Int) -> Void

  init(
    _ kind: TimerKind, _ world: HostWorld, period: @escaping @Sendable () -> Int64,
    onExpiry: @escaping @Sendable (_ generation: Int) -> Void
  ) {
    self.kind = kind
    loop = world.loop
    tracer = world.tracer
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
    tracer?.timer(.timerSet, kind, dueIn: period)
    if mustLook { look(at: due) }
  }

  func stop() {
    state.withLock { state in
      state.generation += 1
      state.due = nil
    }
    tracer?.timer(.timerStopped, kind)
  }

  func fire() {
    let generation = state.withLock { state in
      state.generation += 1
      state.due = nil
      return state.generation
    }
    tracer?.timer(.timerFired, kind)
    onExpiry(generation)
  }

  /// Takes its expiry before its time, if it runs; says whether it did.
  func takeExpiry() -> Bool {
    let ran = state.withLock { state in
      guard state.due != nil else { return false }
      state.generation += 1
      state.due = nil
      return true
    }
    if ran { tracer?.timer(.timerFired, kind) }
    return ran
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
