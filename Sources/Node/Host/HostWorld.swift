internal import Platform
internal import Synchronization

/// What a host is handed of the real world.
struct HostWorld: Sendable {
  let settings: NodeSettings
  let limits: Limits
  let loop: EventLoop
  let outbox: Outbox
  let chance: Chance
  let traffic: Traffic
  let pace = Pace()
  /// Tells what happens, where somebody wants to know.
  let tracer: Tracer?
}

/// Chance, as it was handed in, for several threads.
final class Chance: Sendable {
  private let generator: Mutex<any RandomNumberGenerator & Sendable>

  init(_ generator: any RandomNumberGenerator & Sendable) { self.generator = Mutex(generator) }

  func pick(from range: ClosedRange<Int64>) -> Int64 {
    generator.withLock { Int64.random(in: range, using: &$0) }
  }
}

/// A server's two timers.
struct Timers: Sendable {
  let election, heartbeat: HostTimer

  init(_ world: HostWorld, onExpiry: @escaping @Sendable (TimerKind, Int) -> Void) {
    let timeout = world.settings.electionTimeout
    let range = Int64(timeout.lowerBound) * 1_000_000...Int64(timeout.upperBound) * 1_000_000
    let interval = Int64(world.settings.heartbeatInterval) * 1_000_000
    election = HostTimer(.election, world) {
      world.chance.pick(from: range)
    } onExpiry: {
      onExpiry(.election, $0)
    }
    heartbeat = HostTimer(.heartbeat, world) {
      interval
    } onExpiry: {
      onExpiry(.heartbeat, $0)
    }
  }

  func isPresent(_ kind: TimerKind, _ generation: Int) -> Bool {
    switch kind {
    case .election: election.isPresent(generation)
    case .heartbeat: heartbeat.isPresent(generation)
    }
  }

  func end() {
    election.stop()
    heartbeat.stop()
  }
}

/// Something that is known only when what refers to it has been made.
final class Later<Value: Sendable>: Sendable {
  private let stored = Mutex<Value?>(nil)

  var value: Value? {
    get { stored.withLock { $0 } }
    set { stored.withLock { $0 = newValue } }
  }
}
