internal import Platform

/// How long what this server sends to its peers is held back, in nanoseconds. On the loop's thread.
final class Pace: @unchecked Sendable {
  var delay: Int64 = 0
}

/// What leaves over one connection, in its order, and later where the server is slow. On the loop's
/// thread.
final class Lane: @unchecked Sendable {
  private let connection: Connection
  private let world: HostWorld
  private var held: [(due: Int64, frame: [UInt8])] = []
  private var bytes = 0

  init(_ connection: Connection, _ world: HostWorld) {
    self.connection = connection
    self.world = world
  }

  /// Whether the other side takes too little of what is sent to it.
  var isFull: Bool { connection.unsent > world.limits.backlog }

  /// Sends a frame, at once or in a while; false where there is no room for it.
  func send(_ frame: [UInt8]) -> Bool {
    guard !isFull else { return false }
    let delay = world.pace.delay
    if delay == 0, held.isEmpty {
      connection.send(frame)
      return true
    }
    guard bytes + frame.count <= world.limits.backlog, held.count < world.limits.questions else {
      return false
    }
    let now = MonotonicClock.nanoseconds
    // A pace that has changed lets nothing overtake what was sent before.
    let due = max(now + delay, held.last?.due ?? 0)
    held.append((due, frame))
    bytes += frame.count
    world.loop.after(due - now) { [weak self] in self?.release(until: MonotonicClock.nanoseconds) }
    return true
  }

  /// Sends all that is held, since the pace has changed.
  func release() { release(until: .max) }

  private func release(until time: Int64) {
    let count = held.prefix { $0.due <= time }.count
    for (_, frame) in held.prefix(count) {
      bytes -= frame.count
      connection.send(frame)
    }
    held.removeFirst(count)
  }
}
