internal import Contracts
internal import Simulator
internal import Synchronization

/// Sees who gets a lock, in which order, and whether two ever have it at once.
final class LockWatch: Sendable {
  /// Why, and when, a task went on without the lock.
  struct Refusal: Sendable {
    let error: String
    let time: Duration
  }

  private struct Record {
    var holder: Int?
    var order: [Int] = []
    var clash: (first: Int, second: Int)?
    var refusals: [Int: Refusal] = [:]
  }

  let simulation: Simulation
  private let record = Mutex(Record())

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// The tasks that have had the lock, in the order in which they got it.
  var order: [Int] { record.withLock { $0.order } }

  /// Two tasks that had the lock at the same time.
  var clash: (first: Int, second: Int)? { record.withLock { $0.clash } }

  /// The tasks that went on without the lock.
  var refusals: [Int: Refusal] { record.withLock { $0.refusals } }

  func asks(_ number: Int) { simulation.record("task \(number)", "asks for the lock") }

  func gets(_ number: Int) {
    simulation.record("task \(number)", "has the lock")
    record.withLock {
      if let holder = $0.holder, $0.clash == nil { $0.clash = (holder, number) }
      $0.holder = number
      $0.order.append(number)
    }
  }

  func releases(_ number: Int) {
    simulation.record("task \(number)", "releases it")
    record.withLock { if $0.holder == number { $0.holder = nil } }
  }

  func isCancelled(_ number: Int) { simulation.record("task \(number)", "is cancelled") }

  func isRefused(_ number: Int, _ error: any Error) {
    simulation.record("task \(number)", "throws \(error)")
    let refusal = Refusal(error: "\(error)", time: simulation.now)
    record.withLock { $0.refusals[number] = refusal }
  }
}

extension CounterChapter {
  /// Takes the lock, holds it for a while, and gives it back: told from inside the actor, so that
  /// the events stand in their real order.
  func holdLock(task number: Int, for duration: Duration = .zero, watch: LockWatch) async {
    watch.asks(number)
    do { try await acquire() } catch { return watch.isRefused(number, error) }
    watch.gets(number)
    await elsewhere(for: duration, watch.simulation)
    watch.releases(number)
    release()
  }

  /// Takes the lock and keeps it.
  func takeLock(task number: Int, watch: LockWatch) async {
    watch.asks(number)
    do { try await acquire() } catch { return watch.isRefused(number, error) }
    watch.gets(number)
  }

  /// Holds the lock twice, the second time as soon as possible after the first.
  func holdLockAgain(task number: Int, for duration: Duration, watch: LockWatch) async {
    await holdLock(task: number, for: duration, watch: watch)
    await holdLock(task: number, watch: watch)
  }

  /// Time spent off the actor, which serves others meanwhile.
  private nonisolated func elsewhere(for duration: Duration, _ simulation: Simulation) async {
    if duration > .zero { try? await simulation.clock.sleep(for: duration) }
  }
}

/// What tasks do from a given second on.
struct Entrance: Sendable {
  let second: Int
  let task: @Sendable () async -> Void

  init(_ second: Int, _ task: @escaping @Sendable () async -> Void) {
    self.second = second
    self.task = task
  }
}

extension Simulation {
  /// Starts each task at its second, the earliest first, and waits for all of them.
  func play(_ entrances: [Entrance]) async {
    await withDiscardingTaskGroup { group in
      for entrance in entrances {
        await sleep(untilSecond: entrance.second)
        group.addTask(operation: entrance.task)
      }
    }
  }

  func sleep(untilSecond second: Int) async {
    let wait = Duration.seconds(second) - now
    if wait > .zero { try? await clock.sleep(for: wait) }
  }

  /// Runs `task` and cancels it at that second.
  func cancel(
    atSecond second: Int, saying tell: @escaping @Sendable () -> Void,
    _ task: @escaping @Sendable () async -> Void
  ) async {
    await withDiscardingTaskGroup { group in
      group.addTask(operation: task)
      await sleep(untilSecond: second)
      tell()
      group.cancelAll()
    }
  }
}
