internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// Lets whoever is ready run first. Called from an actor, it gives the actor free meanwhile.
struct SimulatedPause: Pause {
  let simulation: Simulation
  let lane: String
  var duration: Duration = .zero
  private let calls = Tally()

  init(_ simulation: Simulation, lane: String, duration: Duration = .zero) {
    self.simulation = simulation
    self.lane = lane
    self.duration = duration
  }

  /// How often it was called.
  var count: Int { calls.count }

  func callAsFunction() async {
    calls.add()
    simulation.record(lane, "pauses")
    if duration > .zero { try? await simulation.clock.sleep(for: duration) }
    simulation.record(lane, "goes on")
  }
}

/// Somebody who takes a while to answer, and whose answer is settled beforehand.
struct SimulatedPermission: Permission {
  let simulation: Simulation
  let lane: String
  let answer: Bool
  let duration: Duration
  private let calls = Tally()

  init(_ simulation: Simulation, lane: String, answer: Bool = true, duration: Duration = .zero) {
    self.simulation = simulation
    self.lane = lane
    self.answer = answer
    self.duration = duration
  }

  /// How often it was asked.
  var count: Int { calls.count }

  func ask() async -> Bool {
    calls.add()
    simulation.record(lane, "asks")
    if duration > .zero { try? await simulation.clock.sleep(for: duration) }
    simulation.record(lane, answer ? "may" : "may not")
    return answer
  }
}

/// A count of something, shared.
final class Tally: Sendable {
  private let total = Mutex(0)

  var count: Int { total.withLock { $0 } }

  func add() { total.withLock { $0 += 1 } }
}

/// A number behind a mutex, for the steps that do not look at it.
final class PlainNumber: Guarded {
  private let number = Mutex(0)

  func withLock<Result: Sendable>(_ body: (inout Int) -> Result) -> Result {
    number.withLock { number in body(&number) }
  }
}

/// A network on which nobody can be reached, for the steps that send nothing.
struct NoNetwork: Network {
  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    throw Unreachable(peer)
  }
}
