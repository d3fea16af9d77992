internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// A network whose every answer is settled beforehand, and a record of what was sent.
final class ScriptedNetwork: Network {
  /// What comes back from one peer, and after how long; nil where the message is lost.
  struct Line: Sendable {
    let delay: Duration
    let reply: Int?
  }

  struct Sending: Sendable {
    let request: Count
    let peer: ServerID
    let time: Duration
  }

  private let simulation: Simulation
  private let lines: [ServerID: Line]
  private let log = Mutex<[Sending]>([])

  init(_ simulation: Simulation, _ lines: [ServerID: Line]) {
    self.simulation = simulation
    self.lines = lines
  }

  var sendings: [Sending] { log.withLock { $0 } }

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    guard let count = request as? Count else { throw Unreachable(peer) }
    log.withLock { $0.append(Sending(request: count, peer: peer, time: simulation.now)) }
    simulation.record("\(count.sender)", "sends \(count.value) to \(peer)")
    guard let line = lines[peer] else { throw Unreachable(peer) }
    try await simulation.clock.sleep(for: line.delay)
    guard let value = line.reply, let reply = Count.Reply(value: value) as? R.Reply else {
      simulation.record("\(peer)", "is out of reach")
      throw Unreachable(peer)
    }
    simulation.record("\(peer)", "replies \(value)")
    return reply
  }
}
