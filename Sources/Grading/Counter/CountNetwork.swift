internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// Servers that tell each other their counts over a network that loses, delays, repeats and
/// reorders. What happens to a message is drawn from the simulation's seed.
final class CountNetwork<State: CounterChapter>: Sendable {
  /// How badly the network behaves.
  struct Faults: Sendable {
    /// Of a hundred messages, how many are lost, and how many arrive a second time.
    var lost = 20
    var repeated = 20
    /// Of a hundred, how many are slow: slower than the deadline, now and then, so that a message
    /// which nobody waits for any more can still arrive, after later ones.
    var slow = 25

    static var calm: Faults { Faults(lost: 0, repeated: 0, slow: 0) }
  }

  /// How long a sender waits for a reply.
  static var deadline: Duration { .milliseconds(250) }

  let simulation: Simulation
  let watch: CountWatch
  private let faults = Mutex(Faults())
  private let servers = Mutex<[ServerID: State]>([:])

  init(_ simulation: Simulation) {
    self.simulation = simulation
    watch = CountWatch(simulation)
  }

  /// Connects servers 1 to `count` and returns them.
  func connect(_ count: Int) -> [State] {
    let ids = (1...count).map { ServerID($0) }
    let made = ids.map { id in
      State(
        id: id, peers: ids.filter { $0 != id }, network: CountLine(from: id, network: self),
        tickets: PlainNumber())
    }
    servers.withLock { $0 = Dictionary(uniqueKeysWithValues: zip(ids, made)) }
    for id in ids { tell(id, "starts at 0") }
    return made
  }

  func setFaults(_ new: Faults) { faults.withLock { $0 = new } }

  /// Notes what a server knows at the moment.
  func look(at id: ServerID) async {
    guard let server = servers.withLock({ $0[id] }) else { return }
    let watch = watch
    await server.visit { watch.note(id, knows: $0.counters) }
  }

  fileprivate func send(_ request: Count, from sender: ServerID, to peer: ServerID) async throws
    -> Count.Reply
  {
    await look(at: sender)
    watch.noteSending(request, from: sender, to: peer)
    tell(sender, "sends \(request.value) to \(peer)")
    guard let server = servers.withLock({ $0[peer] }), peer != sender else {
      throw Unreachable(peer)
    }
    let faults = faults.withLock { $0 }
    let way = delay(faults)
    let back = delay(faults)
    let isLost = chance(faults.lost)
    let isReplyLost = chance(faults.lost)
    if chance(faults.repeated) {
      deliver(request, to: server, peer, after: delay(faults), again: true)
    }
    if isLost {
      try await simulation.clock.sleep(for: Self.deadline)
      tell(sender, "no reply from \(peer)")
      throw Unreachable(peer)
    }
    let delivery = deliver(request, to: server, peer, after: way, again: false)
    guard !isReplyLost, way + back <= Self.deadline else {
      try await simulation.clock.sleep(for: Self.deadline)
      tell(sender, "no reply from \(peer)")
      throw Unreachable(peer)
    }
    let reply = await delivery.value
    try await simulation.clock.sleep(for: back)
    tell(sender, "\(peer) replies \(reply.value)")
    return reply
  }

  /// Brings the request to its receiver, whether or not anybody still waits for the reply.
  @discardableResult
  private func deliver(
    _ request: Count, to server: State, _ id: ServerID, after delay: Duration, again: Bool
  ) -> Task<Count.Reply, Never> {
    Task { [self] in
      try? await simulation.clock.sleep(for: delay)
      let watch = watch
      let reply = await server.visit { server in
        let reply = server.receive(request)
        watch.note(id, knows: server.counters)
        return reply
      }
      tell(id, "gets \(request.value) from \(request.sender)" + (again ? " again" : ""))
      return reply
    }
  }

  private func delay(_ faults: Faults) -> Duration {
    let milliseconds = chance(faults.slow) ? 100...600 : 1...50
    return .milliseconds(Int.random(in: milliseconds, using: &simulation.random))
  }

  private func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &simulation.random) < percent
  }

  private func tell(_ id: ServerID, _ text: String) { simulation.record("\(id)", text) }
}

/// One server's way into the network.
private struct CountLine<State: CounterChapter>: Network {
  let from: ServerID
  let network: CountNetwork<State>

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    guard let count = request as? Count,
      let reply = try await network.send(count, from: from, to: peer) as? R.Reply
    else { throw Unreachable(peer) }
    return reply
  }
}

/// What every server has known so far, and the first thing that cannot be.
final class CountWatch: Sendable {
  private struct Record {
    var known: [ServerID: [ServerID: Int]] = [:]
    var sent: [ServerID: Int] = [:]
    var problem: Problem?
  }

  /// A promise that is broken, and how many events had been told by then.
  struct Problem: Sendable {
    let happened: String
    let events: Int
  }

  private let simulation: Simulation

  private let record = Mutex(Record())

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// The first broken promise.
  var problem: Problem? { record.withLock { $0.problem } }

  func note(_ id: ServerID, knows counters: [ServerID: Int]) {
    record.withLock { record in
      for (other, before) in record.known[id] ?? [:] {
        let now = counters[other] ?? 0
        if now < before {
          report("\(id) knew \(before) of \(other), and now it knows \(now).", in: &record)
        }
      }
      record.known[id] = counters
      for (other, known) in counters where other != id {
        let own = record.known[other]?[other] ?? 0
        if known > own {
          report("\(id) knows \(known) of \(other), which is only at \(own).", in: &record)
        }
      }
    }
  }

  func noteSending(_ request: Count, from sender: ServerID, to peer: ServerID) {
    record.withLock { record in
      if request.sender != sender {
        report("\(sender) sent a count in the name of \(request.sender).", in: &record)
      }
      if request.value < record.sent[sender] ?? 0 {
        report(
          "\(sender) sent \(request.value) after \(record.sent[sender] ?? 0).", in: &record)
      }
      record.sent[sender] = request.value
    }
  }

  private func report(_ happened: String, in record: inout Record) {
    guard record.problem == nil else { return }
    record.problem = Problem(happened: happened, events: simulation.trace.count)
  }
}
