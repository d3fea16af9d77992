internal import Contracts
internal import Raft

/// A server's place in the cluster, whatever runs there: its disk, and its life if it has one.
final class Seat: @unchecked Sendable {
  let id: ServerID
  let peers: [ServerID]
  let member: ClusterMember
  /// Nil once the cluster has ended, which breaks the circle between the two.
  private(set) var cluster: Cluster!

  /// What survives a crash.
  private(set) var disk: PersistentState
  private(set) var incarnation: Incarnation?
  private(set) var isPaused = false
  private(set) var isConsumerBlocked = false
  private var lives = 0
  /// What arrived while the server stood still, in order.
  private var held: [() -> Void] = []
  private var activity = Rate()
  /// How many messages the server may still send before it crashes; nil for any number.
  var messagesLeft: Int?

  init(_ id: ServerID, _ member: ClusterMember, _ disk: PersistentState, in cluster: Cluster) {
    self.id = id
    self.disk = disk
    self.member = member
    self.cluster = cluster
    peers = cluster.servers.filter { $0 != id }
  }

  var isUp: Bool { incarnation != nil }
  var isRunning: Bool { isUp && !isPaused }

  /// Begins a life from what is on the disk.
  func start() {
    guard incarnation == nil, cluster != nil else { return }
    lives += 1
    let life = Incarnation(self)
    incarnation = life
    let host = member.start(life, disk)
    life.host = host
    let situation = host.firstSituation
    life.situation = situation
    cluster.record(.started(id, life: lives, situation))
    cluster.judge { $0.started(id, situation) }
    cluster.noteSituations()
    life.electionTimer.restart()
    host.look()
    host.readCommits()
  }

  /// Ends the present life. Nothing of it is delivered anything any more.
  func stop() {
    guard let life = incarnation else { return }
    incarnation = nil
    isPaused = false
    held = []
    messagesLeft = nil
    life.end()
  }

  /// Ends the present life, the last one.
  func close() {
    stop()
    cluster = nil
  }

  func crash() {
    guard isUp else { return }
    stop()
    cluster.record(.crashed(id))
  }

  func pause() {
    guard isRunning else { return }
    isPaused = true
    cluster.record(.paused(id))
  }

  func resume() {
    guard isUp, isPaused else { return }
    isPaused = false
    cluster.record(.resumed(id))
    let arrived = held
    held = []
    for deliver in arrived { deliver() }
    incarnation?.consumer.goOn()
  }

  /// Has the election timer run out, where the server waits for it.
  func elect() {
    if isRunning { incarnation?.electionTimer.elapse() }
  }

  /// Has the commits of the server's lives read no more, or read again.
  func setConsumer(blocked: Bool) {
    guard isConsumerBlocked != blocked else { return }
    isConsumerBlocked = blocked
    cluster.record(blocked ? .consumerBlocked(id) : .consumerUnblocked(id))
    if !blocked { incarnation?.consumer.goOn() }
  }

  /// Keeps a delivery for when the server goes on.
  func hold(_ delivery: @escaping () -> Void) { held.append(delivery) }

  /// Notes that a message came to a life that is over.
  func lose(_ envelope: Envelope) { cluster?.record(.lost(envelope, .down)) }

  /// Saves what must survive a crash, before something leaves.
  func save(_ situation: Situation) {
    guard cluster.options.savesPromises else { return }
    let isNew =
      disk.currentTerm != situation.currentTerm || disk.votedFor != situation.votedFor
      || disk.log != situation.log
    guard isNew else { return }
    disk = situation.persistent
    cluster.record(.saved(id, disk))
    cluster.judge { $0.saved(id, disk) }
  }

  /// Notes a command: it may be worth a timeout and a message to each peer.
  func noteCommand() {
    activity.allow(1 + peers.count, at: cluster.simulation.nanoseconds)
  }

  /// Counts a message or a timeout; false once there are too many, and the server is stopped.
  func mayGoOn() -> Bool {
    let count = activity.count(at: cluster.simulation.nanoseconds)
    guard count > cluster.options.flood else { return true }
    cluster.note(.flood(count: cluster.options.flood), by: id)
    stop()
    cluster.noteSituations()
    return false
  }

  /// Counts a message that has left; the server crashes after its last.
  func noteSending() {
    guard let left = messagesLeft else { return }
    messagesLeft = left - 1
    guard left <= 1 else { return }
    crash()
    cluster.noteSituations()
  }
}

/// How often something has happened within the present second.
struct Rate {
  private var second: Int64 = 0
  private var number = 0
  private var allowed = 0

  mutating func count(at nanoseconds: Int64) -> Int {
    goOn(to: nanoseconds)
    number += 1
    return number
  }

  /// So many more in this second, or in the next, do not count.
  mutating func allow(_ more: Int, at nanoseconds: Int64) {
    goOn(to: nanoseconds)
    number -= more
    allowed += more
  }

  private mutating func goOn(to nanoseconds: Int64) {
    let present = nanoseconds / 1_000_000_000
    guard present != second else { return }
    number = present == second + 1 ? -allowed : 0
    second = present
    allowed = 0
  }
}
