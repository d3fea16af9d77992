public import Raft

/// What chapter 2 asks of your `State`.
///
/// Some requirements here are `async` although the right answer needs no `await`: the compiler
/// would otherwise forbid the mistake that the chapter is about. From chapter 3 on, whatever
/// decides is required without `async`, and the compiler helps.
public protocol CounterChapter: Actor {
  init(id: ServerID, peers: [ServerID], network: any Network, tickets: any Guarded)

  // 2.1
  func finalValues(tasks: Int) -> ClosedRange<Int>
  func losingSchedule() -> [CounterEvent]

  // 2.2
  var value: Int { get }
  func increment(pausing pause: any Pause) async -> Int

  // 2.3
  func increment(upTo limit: Int, asking permission: any Permission) async -> Bool

  // 2.4
  func acquire() async throws
  func release()

  // 2.5
  nonisolated func nextTicket() -> Int

  // 2.6
  nonisolated func transfer(
    _ amount: Int, from source: any Account, to target: any Account
  ) async throws -> Bool

  // 2.7
  var counters: [ServerID: Int] { get }
  func tick() -> Int
  func receive(_ request: Count) -> Count.Reply
  func receive(_ reply: Count.Reply, from peer: ServerID)
  func exchange() async

  // 2.8
  nonisolated func add(_ sample: any Sample, to total: any Account) async throws
}

/// One step of a task that increments a counter by reading it, waiting, and writing it.
public enum CounterEvent: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The task with this number (from 1) reads the counter.
  case read(Int)
  /// The task with this number writes what it read, plus one.
  case write(Int)

  public var description: String {
    switch self {
    case .read(let task): "read(\(task))"
    case .write(let task): "write(\(task))"
    }
  }
}

/// Something that takes a while, as the network or a disk does. Other tasks run meanwhile.
public protocol Pause: Sendable {
  func callAsFunction() async
}

/// Somebody who must be asked before a counter may rise, and who takes a while to answer.
public protocol Permission: Sendable {
  func ask() async -> Bool
}

/// A number that several real threads share, behind a mutex. It begins at 0.
///
/// The graders' own records who holds it; `Synchronization.Mutex` is the one to use elsewhere.
public protocol Guarded: Sendable {
  /// Waits until no other thread is inside, and runs `body` on the number.
  ///
  /// Calling it again from inside `body` waits for itself: forever.
  func withLock<Result: Sendable>(_ body: (inout Int) -> Result) -> Result
}

/// A balance that lives elsewhere, with a lock that suspends.
///
/// Reading and writing take a while, and are right only while the lock is held.
public protocol Account: Sendable {
  var id: Int { get }

  /// Waits for the lock, in the order of arrival.
  ///
  /// - Throws: `CancellationError`, without the lock, if the task is cancelled while it waits.
  func acquire() async throws

  /// Gives the lock back. Only whoever holds it may.
  func release()

  func read() async -> Int
  func write(_ balance: Int) async
}

/// A measurement that is slow to evaluate; several can be evaluated side by side.
public protocol Sample: Sendable {
  func evaluate() async throws -> Int
}

/// "My counter stands here": what one peer tells another in step 2.7.
public struct Count: Request, CustomStringConvertible {
  public let sender: ServerID
  public let value: Int

  public init(sender: ServerID, value: Int) {
    self.sender = sender
    self.value = value
  }

  public struct Reply: Hashable, Codable, Sendable, CustomStringConvertible {
    public let value: Int

    public init(value: Int) { self.value = value }

    public var description: String { "Count.Reply(\(value))" }
  }

  public var description: String { "Count(\(value) from \(sender))" }
}
