internal import Contracts
internal import Raft

/// How many clients a cluster has, and what they do.
public struct ClientLoad: Hashable, Sendable {
  public var clients: Int
  /// Over how many keys: few, so that clients get in each other's way.
  public var keys: Int
  /// Milliseconds between the end of an operation and the next.
  public var pause: ClosedRange<Int>
  /// Milliseconds that a command, or its answer, takes between client and server.
  public var way: ClosedRange<Int>
  /// How long a client waits for the answer of one server.
  public var patience: Duration
  /// How long it looks for a server that takes its command.
  public var persistence: Duration

  public init(
    clients: Int = 3, keys: Int = 3, pause: ClosedRange<Int> = 10...80,
    way: ClosedRange<Int> = 1...4, patience: Duration = .milliseconds(800),
    persistence: Duration = .seconds(2)
  ) {
    self.clients = clients
    self.keys = keys
    self.pause = pause
    self.way = way
    self.patience = patience
    self.persistence = persistence
  }
}

/// The clients of a cluster: each does one operation after another until it is told to stop, and
/// all of them keep one history. What they do is drawn from a seed.
public final class Clients: @unchecked Sendable {
  private let cluster: Cluster
  private let load: ClientLoad
  private let clients: [SimulatedClient]
  private var isOver = false
  private var running: [Task<Void, Never>] = []
  private var finished: [ClientOperation] = []

  /// Lets the clients begin.
  public init(of cluster: Cluster, _ load: ClientLoad = ClientLoad(), seed: UInt64) {
    self.cluster = cluster
    self.load = load
    clients = (1...max(load.clients, 1)).map { SimulatedClient($0, of: cluster, load, seed: seed) }
    for client in clients {
      running.append(cluster.spawn { [self] in await work(client) })
    }
  }

  /// What the clients have asked and been told so far, in the order of their calls.
  public var history: ClientHistory {
    ClientHistory(finished.sorted { ($0.called, $0.client) < ($1.called, $1.client) })
  }

  /// Lets every client finish what it is doing, and begin nothing more.
  public func stop() async {
    isOver = true
    for task in running { await task.value }
    running = []
  }

  /// Has one client read every key, to see what has become of it all. After `stop`.
  public func readEverything() async {
    for key in 1...max(load.keys, 1) {
      finished.append(await clients[0].perform(.get(key: SimulatedClient.name(ofKey: key))))
    }
  }

  private func work(_ client: SimulatedClient) async {
    while !isOver, !client.isOver, !cluster.mustStop {
      await client.rest()
      guard !isOver, !client.isOver, !cluster.mustStop else { return }
      finished.append(await client.perform(client.draw()))
    }
  }
}

/// One client: it finds the leader, hands over one command at a time, and tells what came of it.
///
/// An operation that no server took is tried elsewhere, since it can't have taken effect. One whose
/// outcome is unknown is never tried again: it may be in a log, and would be done twice (§8).
final class SimulatedClient: @unchecked Sendable {
  private let number: Int
  private let cluster: Cluster
  private let load: ClientLoad
  private var random: SeededGenerator
  /// Whom it takes for the leader.
  private var server: ServerID
  private var written = 0
  /// Whether the simulation has ended under it.
  private(set) var isOver = false
  /// What it has last seen at each key, to compare with.
  private var seen: [String: String] = [:]

  init(_ number: Int, of cluster: Cluster, _ load: ClientLoad, seed: UInt64) {
    self.number = number
    self.cluster = cluster
    self.load = load
    random = SeededGenerator(seed: seed ^ UInt64(number) &* 0xC1_1E_27)
    server = cluster.servers[(number - 1) % cluster.servers.count]
  }

  static func name(ofKey number: Int) -> String { "key\(number)" }

  private func draw(from range: ClosedRange<Int>) -> Int {
    range.lowerBound + random.pick(from: range.count)
  }

  /// The next operation: mostly puts and gets; each value is written once.
  func draw() -> KeyValue.Operation {
    let key = Self.name(ofKey: draw(from: 1...max(load.keys, 1)))
    let choice = draw(from: 1...100)
    if choice <= 35 { return .get(key: key) }
    if choice <= 42 { return .delete(key: key) }
    written += 1
    let value = "\(number).\(written)"
    if choice <= 80 { return .put(key: key, value: value) }
    return .compareAndSet(key: key, expected: seen[key], value: value)
  }

  /// Does an operation, and tells what came of it.
  func perform(_ operation: KeyValue.Operation) async -> ClientOperation {
    let called = cluster.now
    let outcome = await outcome(of: operation, until: called + load.persistence)
    note(operation, outcome)
    return ClientOperation(
      client: number, operation, called: called.nanoseconds,
      returned: cluster.now.nanoseconds, outcome: outcome)
  }

  private func outcome(
    of operation: KeyValue.Operation, until end: Duration
  ) async -> ClientOperation.Outcome {
    while cluster.now < end, !isOver, !cluster.mustStop {
      await sleep(draw(from: load.way))
      let asked = server
      let submission = await cluster.submit(
        operation.command, at: asked, patience: load.patience)
      await sleep(draw(from: load.way))
      switch submission {
      case .heard(.applied(let answer)):
        return .ok(answer)
      case .heard(.unknown), .crashed, .late:
        server = next(after: asked)
        return .unknown
      case .heard(.refused(let leader?)) where leader != asked:
        server = leader
        // The leader it was told of may be one that is gone: so not too often.
        await sleep(5)
      case .heard(.refused), .unreachable:
        server = next(after: asked)
        await sleep(draw(from: 10...40))
      }
    }
    return .failed
  }

  private func next(after id: ServerID) -> ServerID {
    ServerID(max(id.number, 0) % cluster.servers.count + 1)
  }

  private func note(_ operation: KeyValue.Operation, _ outcome: ClientOperation.Outcome) {
    switch (operation, outcome) {
    case (.put(let key, let value), .ok),
      (.compareAndSet(let key, _, let value), .ok(.swapped(true))):
      seen[key] = value
    case (.get(let key), .ok(.value(let value))): seen[key] = value
    case (.delete(let key), .ok): seen[key] = nil
    default: break
    }
  }

  func rest() async { await sleep(draw(from: load.pause)) }

  /// Waits in virtual time; not any longer than the simulation runs.
  private func sleep(_ milliseconds: Int) async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let due = cluster.simulation.nanoseconds + Int64(milliseconds) * 1_000_000
      _ = cluster.simulation.sleepers.add(due: due) { [self] isCancelled in
        if isCancelled { isOver = true }
        continuation.resume()
      }
    }
  }
}
