internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// One thread that waits for sockets, for the time, and for what other threads hand over.
///
/// It does one thing at a time, so what belongs to the loop needs no lock. It is a task executor as
/// well: tasks that prefer it run on its thread, between two looks at the sockets.
///
/// A turn runs what is ready, then what was left for the turn's end, then writes what has gathered
/// in connections: much that happens at once costs one write and one fsync.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
  private enum Work: Sendable {
    case job(UnownedJob)
    case body(@Sendable () -> Void)
  }

  private struct Arrivals: Sendable {
    var work: [Work] = []
    /// Whether the loop has been told that there are some.
    var isTold = false
    /// Whether the loop has run to its end.
    var isOver = false
  }

  private static let current = ThreadLocal<EventLoop>()

  private let arrivals = Mutex(Arrivals())
  private var ready: [Work] = []
  private var hooks: [() -> Void] = []
  private var unwritten: [Connection] = []
  private var timers = TimerHeap()
  private var poller = Poller()
  private let wake: WakePipe
  private var isRunning = false
  /// Where bytes are put that have just been read, before anybody looks at them.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

  /// - Throws: where the system has no more descriptors.
  public init() throws(SystemError) {
    // Writing to a connection that the other side has closed is told by `write`.
    signal(SIGPIPE) { _ in }
    wake = try WakePipe()
    poller.add(wake)
  }

  deinit { scratch.deallocate() }

  /// Whether the calling thread is this loop's.
  public var isCurrent: Bool { Self.current.value === self }

  /// Runs on the calling thread until `stop` is called.
  public func run() {
    Self.current.value = self
    isRunning = true
    while isRunning { turn(mayWait: true) }
    // What was on its way is let go in order, and what comes later is dropped.
    turn(mayWait: false)
    // Whoever waits here for the time or for a socket knows this loop, and would keep it for ever.
    poller.removeAll()
    (timers, hooks, unwritten, ready) = (TimerHeap(), [], [], [])
    Self.current.value = nil
    let late = arrivals.withLock { arrivals in
      defer { arrivals.work = [] }
      arrivals.isOver = true
      return arrivals.work
    }
    // Let go outside of the lock: what it held may call the loop.
    _ = late
  }

  /// Runs on a thread of its own.
  public func start(_ name: String) {
    let thread = Thread { self.run() }
    thread.name = name
    // A learner's recursion, and the release of what it built, need room.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Lets `run` return, after what is ready by now.
  public func stop() { execute { [self] in isRunning = false } }

  /// Runs `body` on the loop's thread, after what is ready by now. From any thread.
  public func execute(_ body: @escaping @Sendable () -> Void) { add(.body(body)) }

  /// Runs `body` on the loop's thread: now, where this is it.
  public func perform(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { add(.body(body)) }
  }

  public func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

  private func add(_ work: Work) {
    if isCurrent { return ready.append(work) }
    let mustTell = arrivals.withLock { arrivals in
      // What is kept here would keep the loop, and a file that it had open.
      guard !arrivals.isOver else { return false }
      arrivals.work.append(work)
      defer { arrivals.isTold = true }
      return !arrivals.isTold
    }
    if mustTell { wake.write() }
  }

  /// Runs `body` after so many nanoseconds. On the loop's thread only.
  public func after(_ nanoseconds: Int64, _ body: @escaping () -> Void) {
    timers.add(due: MonotonicClock.nanoseconds + nanoseconds, body)
  }

  /// Runs `body` once at the end of this turn. On the loop's thread only.
  public func atEndOfTurn(_ body: @escaping () -> Void) { hooks.append(body) }
}

// MARK: - What connections need

extension EventLoop {
  func watch(_ watched: any Watched) { poller.add(watched) }
  func forget(_ watched: any Watched) { poller.remove(watched) }
  func update(_ watched: any Watched) { poller.update(watched) }
  func writeLater(_ connection: Connection) { unwritten.append(connection) }
}

// MARK: - A turn

extension EventLoop {
  /// So many times what is ready may bring about more before the sockets have their turn.
  private static let rounds = 64

  private func turn(mayWait: Bool) {
    takeArrivals()
    runReady()
    runHooks()
    write()
    let isIdle = ready.isEmpty && hooks.isEmpty && unwritten.isEmpty
    let found = poller.wait(nanoseconds: mayWait && isRunning && isIdle ? timeToWait : 0)
    for (watched, events) in found { Poller.tell(watched, events) }
    for body in timers.due(at: MonotonicClock.nanoseconds) { body() }
  }

  private var timeToWait: Int64? {
    timers.next.map { max(0, $0 - MonotonicClock.nanoseconds) }
  }

  private func takeArrivals() {
    let work = arrivals.withLock { arrivals in
      defer { arrivals.work = [] }
      arrivals.isTold = false
      return arrivals.work
    }
    ready.append(contentsOf: work)
  }

  private func runReady() {
    var batch: [Work] = []
    for _ in 0..<Self.rounds where !ready.isEmpty {
      swap(&batch, &ready)
      for work in batch {
        switch work {
        case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
        case .body(let body): body()
        }
      }
      batch.removeAll(keepingCapacity: true)
    }
  }

  private func runHooks() {
    guard !hooks.isEmpty else { return }
    let due = hooks
    hooks = []
    for body in due { body() }
  }

  private func write() {
    guard !unwritten.isEmpty else { return }
    let due = unwritten
    unwritten = []
    for connection in due { connection.write() }
  }
}
