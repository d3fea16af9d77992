internal import Contracts
internal import Simulator
internal import Synchronization

/// Accounts with locks that suspend, and a record of everything that is done to them.
final class Ledger: Sendable {
  private struct Waiter {
    let task: Int
    let continuation: UnsafeContinuation<Void, any Error>
  }

  private struct Page {
    var balance: Int
    var holder: Int?
    var queue: [Waiter] = []
  }

  private struct Book {
    var pages: [Int: Page]
    var misuse: String?
    var deadlock: [Fact] = []
    /// After a deadlock nothing is told: what follows only brings the run to its end.
    var isOver = false
  }

  let simulation: Simulation
  private let access: Duration
  private let book: Mutex<Book>

  /// - Parameter access: how long each reading and each writing takes.
  init(_ simulation: Simulation, balances: [Int: Int], access: Duration = .zero) {
    self.simulation = simulation
    self.access = access
    book = Mutex(Book(pages: balances.mapValues { Page(balance: $0) }))
  }

  var balances: [Int: Int] { book.withLock { $0.pages.mapValues(\.balance) } }

  /// The first use of an account without its lock.
  var misuse: String? { book.withLock { $0.misuse } }

  /// Who holds what and waits for what, once some wait for each other in a ring.
  var deadlock: [Fact] { book.withLock { $0.deadlock } }

  /// Who holds which account: account, then task.
  var held: [Int: Int] { book.withLock { $0.pages.compactMapValues(\.holder) } }

  /// The account `number`, as the task with that number sees it.
  func account(_ number: Int, for task: Int) -> any Account {
    LedgerAccount(id: number, task: task, ledger: self)
  }

  func tell(_ task: Int, _ text: String) {
    if !book.withLock({ $0.isOver }) { simulation.record("task \(task)", text) }
  }
}

/// One account in the hands of one task.
private struct LedgerAccount: Account {
  let id: Int
  let task: Int
  let ledger: Ledger

  func acquire() async throws { try await ledger.acquire(id, task) }
  func release() { ledger.release(id, task) }
  func read() async -> Int { await ledger.read(id, task) }
  func write(_ balance: Int) async { await ledger.write(balance, to: id, task) }
}

/// These wait for each other, and no one else can help. Thrown so that the run comes to an end.
struct Deadlock: Error, CustomStringConvertible {
  var description: String { "Deadlock" }
}

// MARK: - What an account does

extension Ledger {
  fileprivate func acquire(_ number: Int, _ task: Int) async throws {
    // Even a lock that is free is not had in no time: others may come first.
    try await simulation.clock.sleep(for: .zero)
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation {
        (continuation: UnsafeContinuation<Void, any Error>) in
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        take(number, Waiter(task: task, continuation: continuation))
      }
    } onCancel: {
      leave(number, task)
    }
    tell(task, "has account \(number)")
  }

  private func take(_ number: Int, _ waiter: Waiter) {
    /// What comes of asking: the lock, a place in the queue, or a ring that nobody can leave.
    enum Outcome {
      case has, waits
      case closesRing([Waiter])
    }
    let outcome = book.withLock { book -> Outcome in
      guard book.deadlock.isEmpty else { return .closesRing([waiter]) }
      guard book.pages[number]?.holder != nil else {
        book.pages[number]?.holder = waiter.task
        return .has
      }
      book.pages[number]?.queue.append(waiter)
      book.deadlock = Self.ring(from: waiter.task, waitingFor: number, in: book)
      if book.deadlock.isEmpty { return .waits }
      defer { for page in book.pages.keys { book.pages[page]?.queue = [] } }
      return .closesRing(book.pages.sorted { $0.key < $1.key }.flatMap(\.value.queue))
    }
    if case .has = outcome { return waiter.continuation.resume() }
    tell(waiter.task, "waits for account \(number)")
    if case .closesRing(let waiters) = outcome {
      book.withLock { $0.isOver = true }
      for waiter in waiters { waiter.continuation.resume(throwing: Deadlock()) }
    }
  }

  /// The tasks that would wait for each other in a ring, one line for each; empty if they do not.
  private static func ring(from task: Int, waitingFor number: Int, in book: Book) -> [Fact] {
    var facts: [Fact] = []
    var waiting = task
    var wanted = number
    while let holder = book.pages[wanted]?.holder {
      let mine = book.pages.filter { $0.value.holder == waiting }.keys.sorted()
      let holds = mine.map { "account \($0)" }.joined(separator: " and ")
      facts.append(Fact("task \(waiting)", "holds \(holds), waits for account \(wanted)"))
      if holder == task { return facts }
      let next = book.pages.first { page in page.value.queue.contains { $0.task == holder } }
      guard let next, facts.count <= book.pages.count else { return [] }
      waiting = holder
      wanted = next.key
    }
    return []
  }

  private func leave(_ number: Int, _ task: Int) {
    let waiter: Waiter? = book.withLock { book in
      guard let place = book.pages[number]?.queue.firstIndex(where: { $0.task == task })
      else { return nil }
      return book.pages[number]?.queue.remove(at: place)
    }
    waiter?.continuation.resume(throwing: CancellationError())
  }

  fileprivate func release(_ number: Int, _ task: Int) {
    let next: Waiter? = book.withLock { book in
      guard var page = book.pages[number], page.holder == task else {
        Self.note("Task \(task) released account \(number), which it did not hold.", in: &book)
        return nil
      }
      let next = page.queue.isEmpty ? nil : page.queue.removeFirst()
      page.holder = next?.task
      book.pages[number] = page
      return next
    }
    tell(task, "releases account \(number)")
    next?.continuation.resume()
  }

  fileprivate func read(_ number: Int, _ task: Int) async -> Int {
    if access > .zero { try? await simulation.clock.sleep(for: access) }
    let balance = book.withLock { book in
      let page = book.pages[number]
      if page?.holder != task {
        Self.note("Task \(task) read account \(number) without holding its lock.", in: &book)
      }
      return page?.balance ?? 0
    }
    tell(task, "reads account \(number): \(balance)")
    return balance
  }

  fileprivate func write(_ balance: Int, to number: Int, _ task: Int) async {
    if access > .zero { try? await simulation.clock.sleep(for: access) }
    book.withLock { book in
      if book.pages[number]?.holder != task {
        Self.note("Task \(task) wrote account \(number) without holding its lock.", in: &book)
      }
      book.pages[number]?.balance = balance
    }
    tell(task, "writes account \(number): \(balance)")
  }

  private static func note(_ misuse: String, in book: inout Book) {
    if book.misuse == nil { book.misuse = misuse }
  }
}
