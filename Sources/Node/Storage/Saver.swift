internal import Platform
public import Raft
internal import Synchronization

/// Saves for everybody who has something to send: many savers, one fsync.
///
/// While the disk is busy, whoever comes waits, and the next fsync serves all of them. So a disk
/// that takes long makes batches larger, and not the queue longer.
public final class Saver: Sendable {
  /// What becomes of a save: nil once the disk has it, or why it never will.
  public typealias Completion = @Sendable ((any Error)?) -> Void

  /// What the disk has been asked to do, and how it did.
  public struct Figures: Hashable, Sendable {
    public var fsyncs = 0
    /// Savers served, by how many fsyncs served them.
    public var saves = 0
    public var nanoseconds: Int64 = 0
    public var longest: Int64 = 0
  }

  private struct Batch {
    var state: PersistentState
    var completions: [Completion]
  }

  private struct Queue {
    var saved: PersistentState
    /// What the worker is writing.
    var present: Batch?
    /// What it will write after that.
    var next: Batch?
    var failure: (any Error)?
    var figures = Figures()
  }

  private let worker: Worker
  private let file: Confined
  private let queue: Mutex<Queue>

  /// The file, which only the worker touches.
  private final class Confined: @unchecked Sendable {
    let file: LogFile
    init(_ file: LogFile) { self.file = file }
  }

  public init(_ file: sending LogFile) {
    queue = Mutex(Queue(saved: file.state))
    self.file = Confined(file)
    worker = Worker("raft log")
  }

  public var figures: Figures { queue.withLock { $0.figures } }

  /// Saves `state`, and calls `completion` once it is on the disk: at once if it is there already.
  ///
  /// States must come in the order in which the server had them, so call it in the visit in which
  /// the state was read. An older state is never written over a newer one; whoever waits for the
  /// older is served by the newer, which supersedes what the older one promised.
  public func save(_ state: PersistentState, then completion: @escaping Completion) {
    let (isAnswered, failure, starts) = queue.withLock { queue -> (Bool, (any Error)?, Bool) in
      if let failure = queue.failure { return (true, failure, false) }
      if queue.next != nil {
        queue.next?.state = state
        queue.next?.completions.append(completion)
      } else if let present = queue.present {
        if present.state == state {
          queue.present?.completions.append(completion)
        } else {
          queue.next = Batch(state: state, completions: [completion])
        }
      } else if queue.saved == state {
        return (true, nil, false)
      } else {
        queue.present = Batch(state: state, completions: [completion])
        return (false, nil, true)
      }
      return (false, nil, false)
    }
    if isAnswered { completion(failure) }
    if starts { worker.run { [self] in work() } }
  }

  /// Saves `state`, and returns once it is on the disk.
  public func save(_ state: PersistentState) async throws {
    try await withCheckedThrowingContinuation { (waiting: CheckedContinuation<Void, any Error>) in
      save(state) { error in
        if let error { waiting.resume(throwing: error) } else { waiting.resume() }
      }
    }
  }

  /// Writes batches as long as there are any.
  private func work() {
    while let state = queue.withLock({ $0.present?.state }) {
      let start = MonotonicClock.nanoseconds
      let result = Result { try file.file.save(state) }
      let time = MonotonicClock.nanoseconds - start
      switch result {
      case .success: finish(state, after: time)
      case .failure(let error): return fail(error)
      }
    }
  }

  private func finish(_ state: PersistentState, after time: Int64) {
    let completions = queue.withLock { queue in
      let completions = queue.present?.completions ?? []
      queue.saved = state
      queue.present = queue.next
      queue.next = nil
      queue.figures.fsyncs += 1
      queue.figures.saves += completions.count
      queue.figures.nanoseconds += time
      queue.figures.longest = max(queue.figures.longest, time)
      return completions
    }
    for completion in completions { completion(nil) }
  }

  /// Lets nobody believe that anything has been saved, now or later.
  private func fail(_ error: any Error) {
    let completions = queue.withLock { queue in
      let completions = (queue.present?.completions ?? []) + (queue.next?.completions ?? [])
      queue.present = nil
      queue.next = nil
      queue.failure = error
      return completions
    }
    for completion in completions { completion(error) }
  }
}
