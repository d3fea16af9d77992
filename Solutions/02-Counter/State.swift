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
    // BEGIN 2.1 Predict
    min(tasks, 1)...tasks
    // END 2.1
  }

  /// An order of two tasks' steps in which one of their two increments is lost.
  public func losingSchedule() -> [CounterEvent] {
    // BEGIN 2.1 Predict
    [.read(1), .read(2), .write(1), .write(2)]
    // END 2.1
  }

  /// Adds one, waits out one `pause` as well, and returns the value that it made itself. Nobody
  /// waits for another one's pause.
  public func increment(pausing pause: any Pause) async -> Int {
    // BEGIN 2.2 No suspension inside
    await pause()
    value += 1
    return value
    // END 2.2
  }

  /// Adds one if `permission` is given and the counter is below `limit`; says whether it did.
  /// Nobody waits for another one's answer.
  public func increment(upTo limit: Int, asking permission: any Permission) async -> Bool {
    // BEGIN 2.3 Reentrancy
    guard await permission.ask(), value < limit else { return false }
    value += 1
    return true
    // END 2.3
  }

  // MARK: - Locks

  /// Takes the lock; waits for it, in the order of arrival, while somebody else has it.
  ///
  /// Throws `CancellationError`, without the lock, if the task is cancelled while it waits.
  public func acquire() async throws {
    // BEGIN 2.4 A lock that suspends
    try Task.checkCancellation()
    guard isHeld else {
      isHeld = true
      return
    }
    let ticket = nextInQueue
    nextInQueue += 1
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { queue.append((ticket, $0)) }
    } onCancel: {
      Task { await self.leaveQueue(ticket) }
    }
    // END 2.4
  }

  /// Gives the lock to whoever has waited longest, or to nobody.
  public func release() {
    // BEGIN 2.4 A lock that suspends
    if queue.isEmpty {
      isHeld = false
    } else {
      queue.removeFirst().continuation.resume()
    }
    // END 2.4
  }

  /// Stops waiting for the lock, if it has not been handed over already.
  func leaveQueue(_ ticket: Int) {
    // BEGIN 2.4 A lock that suspends
    guard let place = queue.firstIndex(where: { $0.ticket == ticket }) else { return }
    queue.remove(at: place).continuation.resume(throwing: CancellationError())
    // END 2.4
  }

  /// The next of the numbers 1, 2, 3, …: to each caller another one, on whatever thread it is.
  ///
  /// The number handed out last stands in `tickets`, which other servers may share.
  public nonisolated func nextTicket() -> Int {
    // BEGIN 2.5 Tickets for threads
    tickets.withLock { last in
      last += 1
      return last
    }
    // END 2.5
  }

  /// Moves `amount` from one account to the other, if the first has as much; says whether it had.
  /// From an account to itself nothing moves.
  public nonisolated func transfer(
    _ amount: Int, from source: any Account, to target: any Account
  ) async throws -> Bool {
    // BEGIN 2.6 A transfer
    guard source.id != target.id else {
      try await source.acquire()
      defer { source.release() }
      return await source.read() >= amount
    }
    let (first, second) = source.id < target.id ? (source, target) : (target, source)
    try await first.acquire()
    defer { first.release() }
    try await second.acquire()
    defer { second.release() }
    let balance = await source.read()
    guard balance >= amount else { return false }
    await source.write(balance - amount)
    await target.write(await target.read() + amount)
    return true
    // END 2.6
  }

  // MARK: - A counter per peer

  /// One more than the highest count known of anybody: the new count of this server.
  public func tick() -> Int {
    // BEGIN 2.7 A counter per peer
    let next = (counters.values.max() ?? 0) + 1
    counters[id] = next
    return next
    // END 2.7
  }

  /// Remembers a peer's count, unless a higher one is known, and replies with this server's own,
  /// which does not change.
  public func receive(_ request: Count) -> Count.Reply {
    // BEGIN 2.7 A counter per peer
    counters[request.sender] = max(counters[request.sender] ?? 0, request.value)
    return Count.Reply(value: counters[id] ?? 0)
    // END 2.7
  }

  /// Remembers the count that `peer` replied with, unless a higher one is known.
  public func receive(_ reply: Count.Reply, from peer: ServerID) {
    // BEGIN 2.7 A counter per peer
    counters[peer] = max(counters[peer] ?? 0, reply.value)
    // END 2.7
  }

  /// Ticks, tells every peer at once, and takes in each reply as it comes, until all have come or
  /// are lost.
  public func exchange() async {
    // BEGIN 2.7 A counter per peer
    let request = Count(sender: id, value: tick())
    await withDiscardingTaskGroup { group in
      for peer in peers {
        group.addTask {
          guard let reply = try? await self.network.send(request, to: peer) else { return }
          await self.receive(reply, from: peer)
        }
      }
    }
    // END 2.7
  }

  // MARK: - Amdahl again

  /// Evaluates a sample and adds the result to `total`, holding its lock as briefly as possible.
  /// What `evaluate` throws is thrown on.
  public nonisolated func add(_ sample: any Sample, to total: any Account) async throws {
    // BEGIN 2.8 Amdahl again
    let result = try await sample.evaluate()
    try await total.acquire()
    defer { total.release() }
    await total.write(await total.read() + result)
    // END 2.8
  }
}
