public import Contracts
public import Raft

/// Which implementation a server of a cluster runs: clusters may be mixed.
public struct ClusterMember: Sendable {
  let start: @Sendable (Incarnation, PersistentState) -> any AnyHost

  /// A server of type `Server`: a learner's `State`, or the reference's.
  public static func server<Server: RaftServer>(_ server: Server.Type) -> ClusterMember {
    if let replica = server as? any ReplicationChapter.Type { return .replica(replica) }
    return ClusterMember { Host<Server>($0, restoring: $1, commands: nil) }
  }

  /// A server that takes commands too, whatever its type was known as.
  private static func replica<Server: ReplicationChapter>(_: Server.Type) -> ClusterMember {
    ClusterMember { Host<Server>($0, restoring: $1, commands: Commands()) }
  }
}

/// One to five servers, each with its host, on a network that misbehaves as asked, in virtual time.
///
/// Everything that chance decides is drawn from `seed` here and from the simulation's schedule, so
/// that the two numbers replay a run. Confined to the simulation's thread, like the simulation.
///
/// A host visits its server, and in that one visit calls the rule, saves, and puts the reply on
/// the wire. A request leaves a conversation through `send`, which visits the server once more to
/// save before the message is on the wire: so whatever else is ready may run between the decision
/// to send and the sending, as on a machine whose disk takes its time. Between two statements of
/// a rule nothing comes in, and no interleaving is added where `send` does not wait anyway.
public final class Cluster: @unchecked Sendable {
  public let options: ClusterOptions
  /// S1, S2, … in order.
  public let servers: [ServerID]
  public let quorum: Quorum

  let simulation: Simulation
  var seats: [Seat] = []
  var wire: Wire
  var timeouts: SeededGenerator
  var invariants: Invariants
  var trace: ClusterTrace
  private var waiters: [Waiter] = []
  private var waits = 0
  var commandsHandedOver = 0
  let afterlife = Afterlife()

  /// What servers did to their hosts that they must not do.
  public internal(set) var misuses: [Misuse] = []
  /// What the cluster's liveness is judged by.
  public internal(set) var liveness = Liveness()

  /// Starts the servers, all of them as followers, from `disks`: S1's first, and so on. A server
  /// beyond the last starts from an empty one.
  public init(
    _ members: [ClusterMember], in simulation: Simulation, seed: UInt64,
    options: ClusterOptions = ClusterOptions(), disks: [PersistentState] = []
  ) {
    self.simulation = simulation
    self.options = options
    servers = members.indices.map { ServerID($0 + 1) }
    quorum = Quorum(of: members.count)
    wire = Wire(servers: members.count, seed: seed, conditions: options.conditions)
    timeouts = SeededGenerator(seed: seed ^ 0x7E4A_11ED)
    invariants = Invariants(servers: members.count)
    trace = ClusterTrace(keeping: options.trace)
    let disks = disks.prefix(members.count)
    let empty = Array(repeating: PersistentState(), count: members.count - disks.count)
    seats = zip(zip(servers, members), disks + empty).map { Seat($0.0, $0.1, $1, in: self) }
    for seat in seats { seat.start() }
  }

  public var now: Duration { simulation.now }
  /// The events kept, in order.
  public var events: [ClusterEvent] { trace.events }
  /// The invariants found broken, in order.
  public var broken: [InvariantBroken] { invariants.broken }
  public var hasFindings: Bool { !invariants.broken.isEmpty || !misuses.isEmpty }

  /// A server as last seen; nil while it is down.
  public func situation(of id: ServerID) -> Situation? { seat(id)?.incarnation?.situation }

  /// What the server's host has saved.
  public func disk(of id: ServerID) -> PersistentState? { seat(id)?.disk }

  /// The last commit that was read of its present life; nil while the server is down.
  public func applied(by id: ServerID) -> LogIndex? { seat(id)?.incarnation?.consumer.last }

  /// How far entries are committed, whether or not a server knows it yet: on a majority of disks.
  /// Known while invariants are checked.
  public var committed: LogIndex { invariants.commits.index }

  /// The server itself in its present life; nil while it is down.
  public func server(_ id: ServerID) -> (any RaftServer)? { seat(id)?.incarnation?.host?.anyServer }

  func seat(_ id: ServerID) -> Seat? {
    id.number >= 1 && id.number <= seats.count ? seats[id.number - 1] : nil
  }

  func record(_ kind: @autoclosure () -> ClusterEvent.Kind) {
    guard trace.isOn else { return }
    trace.append(ClusterEvent(time: simulation.now, kind: kind()))
  }

  /// Calls `body` in virtual time; not at all when the simulation ends before.
  func after(_ delay: Int64, _ body: @escaping () -> Void) {
    _ = simulation.sleepers.add(due: simulation.nanoseconds + delay) { isCancelled in
      if !isCancelled { body() }
    }
  }

  @discardableResult
  func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task(executorPreference: simulation.taskExecutor, operation: body)
  }
}

// MARK: - Running

extension Cluster {
  struct Waiter {
    let number: Int
    let condition: @Sendable (Cluster) -> Bool
    let continuation: UnsafeContinuation<Bool, Never>
  }

  /// Lets virtual time pass; less where the options say to stop at the first finding.
  public func run(for duration: Duration) async {
    await wait(atMost: duration) { _ in false }
  }

  /// Lets time pass until `condition` holds, and says whether it came to hold within the limit.
  ///
  /// Looked at whenever a server's term, role or commitIndex, the agreement, or a fault has changed
  /// something, and when a commit has been read.
  @discardableResult
  public func wait(
    atMost limit: Duration, until condition: @escaping @Sendable (Cluster) -> Bool
  ) async -> Bool {
    if condition(self) { return true }
    if mustStop { return false }
    return await withUnsafeContinuation { continuation in
      waits += 1
      let number = waits
      waiters.append(
        Waiter(number: number, condition: condition, continuation: continuation))
      _ = simulation.sleepers.add(due: simulation.nanoseconds + limit.nanoseconds) { _ in
        self.endWaiting { $0.number == number ? false : nil }
      }
    }
  }

  var mustStop: Bool { options.stopsAtFirstFinding && hasFindings }

  /// Lets everybody go on whose wait is over.
  func wakeWaiters() {
    guard !waiters.isEmpty else { return }
    let mustStop = mustStop
    endWaiting { $0.condition(self) ? true : (mustStop ? false : nil) }
  }

  private func endWaiting(_ verdict: (Waiter) -> Bool?) {
    var left: [Waiter] = []
    for waiter in waiters {
      if let verdict = verdict(waiter) {
        waiter.continuation.resume(returning: verdict)
      } else {
        left.append(waiter)
      }
    }
    waiters = left
  }

  /// Puts every server down for good, and lets conversations end that a crash left hanging.
  ///
  /// To be called before the simulation's body returns: afterwards nothing runs here any more.
  public func end() {
    for seat in seats { seat.close() }
    afterlife.end()
  }

  /// Notes a misuse once per server and kind.
  func note(_ kind: Misuse.Kind, by server: ServerID) {
    guard !misuses.contains(where: { $0.server == server && $0.kind == kind }) else { return }
    let misuse = Misuse(server: server, kind: kind, time: now)
    misuses.append(misuse)
    record(.misuse(misuse))
    wakeWaiters()
  }

  /// Has the invariants look at something, and notes what they found.
  func judge(_ look: (inout Invariants) -> Void) {
    guard options.checksInvariants else { return }
    let known = invariants.broken.count
    invariants.time = now
    look(&invariants)
    guard invariants.broken.count > known else { return }
    for broken in invariants.broken[known...] { record(.broken(broken)) }
    wakeWaiters()
  }
}
