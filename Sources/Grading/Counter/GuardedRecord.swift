internal import Contracts
internal import Simulator
internal import Synchronization

/// A number behind a mutex that no thread waits for: it tells what would have happened.
///
/// Real threads cannot be steered, so these are played on one. Between two uses of the mutex a
/// thread can be overtaken; there, another thread's whole call is put in.
final class GuardedRecord: Guarded {
  private struct Record {
    var number = 0
    var thread = 1
    var isHeld = false
    var usesItself = false
    var uses = 0
    var gap: Int?
    var intruder: (@Sendable () -> Void)?
    var trace: [TraceEvent] = []
  }

  private let record = Mutex(Record())

  /// Whether a body asked for the mutex that its own thread was holding.
  var usesItself: Bool { record.withLock { $0.usesItself } }

  /// How often the mutex was used.
  var uses: Int { record.withLock { $0.uses } }

  var trace: [TraceEvent] { record.withLock { $0.trace } }

  func withLock<Result: Sendable>(_ body: (inout Int) -> Result) -> Result {
    let (wasHeld, before) = record.withLock {
      let wasHeld = $0.isHeld
      $0.isHeld = true
      if wasHeld { $0.usesItself = true } else { $0.uses += 1 }
      return (wasHeld, $0.number)
    }
    tell(wasHeld ? "asks for the lock that it holds" : "takes the lock")
    var number = before
    let result = body(&number)
    if wasHeld { return result }
    tell(number == before ? "reads \(before)" : "\(before) becomes \(number)")
    record.withLock {
      $0.number = number
      $0.isHeld = false
    }
    tell("gives it back")
    intrude()
    return result
  }

  /// Lets thread 2 run `call` as soon as the mutex has been used `gap` times.
  func overtake(after gap: Int, with call: @escaping @Sendable () -> Void) {
    record.withLock {
      $0.gap = gap
      $0.intruder = call
    }
  }

  /// Runs `call` as the thread with this number.
  func run(asThread thread: Int, _ call: () -> Int) -> Int {
    let before = record.withLock { record in
      defer { record.thread = thread }
      return record.thread
    }
    tell("calls nextTicket()")
    let ticket = call()
    tell("has ticket \(ticket)")
    record.withLock { $0.thread = before }
    return ticket
  }

  private func intrude() {
    let intruder: (@Sendable () -> Void)? = record.withLock {
      guard let gap = $0.gap, $0.uses == gap else { return nil }
      $0.gap = nil
      return $0.intruder
    }
    intruder?()
  }

  private func tell(_ text: String) {
    record.withLock {
      $0.trace.append(TraceEvent(time: .zero, lane: "thread \($0.thread)", text: text))
    }
  }
}
