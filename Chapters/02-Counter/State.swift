import Contracts
import Raft

/// Chapter 2: one counter and many tasks.
public actor State: CounterChapter {
  let id: ServerID
  let peers: [ServerID]
  let network: any Network
  let tickets: any Guarded

  /// The counter of steps 2.2 and 2.3.
  public var value = 0

  // 2.4: whether the lock is held, and who waits for it, in the order of arrival.
  var isHeld = false
  var queue: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  var nextInQueue = 0

  /// 2.7: the highest count known of each server, this one included.
  public var counters: [ServerID: Int]

  public init(id: ServerID, peers: [ServerID], network: any Network, tickets: any Guarded) {
    self.id = id
    self.peers = peers
    self.network = network
    self.tickets = tickets
    counters = [id: 0]
  }

  // MARK: - Losing an update

  /// The least and the greatest value that a counter can end with when `tasks` tasks each read
  /// it, wait, and write what they read plus one.
  public func finalValues(tasks: Int) -> ClosedRange<Int> {
    todo("2.1 Predict")
  }

  /// An order of two tasks' steps in which one of their two increments is lost.
  public func losingSchedule() -> [CounterEvent] {
    todo("2.1 Predict")
  }

  /// Adds one, waits out one `pause` as well, and returns the value that it made itself. Nobody
  /// waits for another one's pause.
  public func increment(pausing pause: any Pause) async -> Int {
    todo("2.2 No suspension inside")
  }

  /// Adds one if `permission` is given and the counter is below `limit`; says whether it did.
  /// Nobody waits for another one's answer.
  public func increment(upTo limit: Int, asking permission: any Permission) async -> Bool {
    todo("2.3 Reentrancy")
  }

  // MARK: - Locks

  /// Takes the lock; waits for it, in the order of arrival, while somebody else has it.
  ///
  /// Throws `CancellationError`, without the lock, if the task is cancelled while it waits.
  public func acquire() async throws {
    todo("2.4 A lock that suspends")
  }

  /// Gives the lock to whoever has waited longest, or to nobody.
  public func release() {
    todo("2.4 A lock that suspends")
  }

  /// Stops waiting for the lock, if it has not been handed over already.
  func leaveQueue(_ ticket: Int) {
    todo("2.4 A lock that suspends")
  }

  /// The next of the numbers 1, 2, 3, …: to each caller another one, on whatever thread it is.
  ///
  /// The number handed out last stands in `tickets`, which other servers may share.
  public nonisolated func nextTicket() -> Int {
    todo("2.5 Tickets for threads")
  }

  /// Moves `amount` from one account to the other, if the first has as much; says whether it had.
  /// From an account to itself nothing moves.
  public nonisolated func transfer(
    _ amount: Int, from source: any Account, to target: any Account
  ) async throws -> Bool {
    todo("2.6 A transfer")
  }

  // MARK: - A counter per peer

  /// One more than the highest count known of anybody: the new count of this server.
  public func tick() -> Int {
    todo("2.7 A counter per peer")
  }

  /// Remembers a peer's count, unless a higher one is known, and replies with this server's own,
  /// which does not change.
  public func receive(_ request: Count) -> Count.Reply {
    todo("2.7 A counter per peer")
  }

  /// Remembers the count that `peer` replied with, unless a higher one is known.
  public func receive(_ reply: Count.Reply, from peer: ServerID) {
    todo("2.7 A counter per peer")
  }

  /// Ticks, tells every peer at once, and takes in each reply as it comes, until all have come or
  /// are lost.
  public func exchange() async {
    todo("2.7 A counter per peer")
  }

  // MARK: - Amdahl again

  /// Evaluates a sample and adds the result to `total`, holding its lock as briefly as possible.
  /// What `evaluate` throws is thrown on.
  public nonisolated func add(_ sample: any Sample, to total: any Account) async throws {
    todo("2.8 Amdahl again")
  }
}
