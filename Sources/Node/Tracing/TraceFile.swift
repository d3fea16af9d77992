internal import Foundation
internal import Platform
internal import Raft
internal import Synchronization
internal import Traces

/// A trace that is written while it happens, by a thread of its own: nobody waits for the disk.
///
/// Whoever is killed loses the last moment, and a line that was not finished.
final class TraceFile: Sendable {
  /// How much it takes. Then a last line says so, and the rest is not told.
  struct Bounds {
    var bytes = 64 << 20
    /// How many events may wait for the disk.
    var waiting = 50_000
  }

  private struct Queue {
    var waiting: [Trace.Event] = []
    var isWriting = false
    var isOver = false
  }

  /// What only the worker touches.
  private final class Confined: @unchecked Sendable {
    let file: FileHandle
    let writer = Trace.LineWriter()
    var bytes = 0

    init(_ file: FileHandle) { self.file = file }

    func write(_ lines: Data) throws {
      try file.write(contentsOf: lines)
      bytes += lines.count
    }
  }

  private let id: ServerID
  private let start: Int64
  private let bounds: Bounds
  private let queue = Mutex(Queue())
  private let confined: Confined
  private let worker = Worker("trace")

  /// Begins a new file.
  ///
  /// - Parameter start: time 0, as `MonotonicClock` counts.
  /// - Throws: `DiskProblem`, where it cannot be written.
  init(
    _ file: URL, of id: ServerID, header: Trace.Header, since start: Int64,
    _ bounds: Bounds = Bounds()
  ) throws(DiskProblem) {
    self.id = id
    self.start = start
    self.bounds = bounds
    do {
      try Data().write(to: file)
      confined = Confined(try FileHandle(forWritingTo: file))
      try confined.write(confined.writer.line(header))
    } catch {
      throw DiskProblem(
        "The trace \(file.path) cannot be written: the folder may be missing, or the disk full.")
    }
  }

  /// Adds an event that happens now. From any thread; events stand in the order of their times.
  func add(_ event: (_ time: Int64) -> Trace.Event) {
    let mustWrite = queue.withLock { queue -> Bool in
      guard !queue.isOver else { return false }
      let time = MonotonicClock.nanoseconds - start
      if queue.waiting.count < bounds.waiting {
        queue.waiting.append(event(time))
      } else {
        queue.waiting.append(end(time, "more happens than can be written"))
        queue.isOver = true
      }
      defer { queue.isWriting = true }
      return !queue.isWriting
    }
    if mustWrite { worker.run { self.write() } }
  }

  private func end(_ time: Int64, _ reason: String) -> Trace.Event {
    var event = Trace.Event(at: time, .untold, id)
    event.sentence = "\(id) tells no more of itself: \(reason)"
    return event
  }

  /// Writes as long as events wait.
  private func write() {
    while let events = take() {
      var lines = Data()
      do {
        for event in events {
          guard confined.bytes + lines.count < bounds.bytes else {
            let last = end(event.time, "its trace is \(bounds.bytes) bytes long")
            lines += confined.writer.line(last)
            try confined.write(lines)
            return close()
          }
          lines += confined.writer.line(event)
          if lines.count > 64 << 10 {
            try confined.write(lines)
            lines.removeAll(keepingCapacity: true)
          }
        }
        try confined.write(lines)
      } catch {
        // Servers go on without a trace.
        return close()
      }
    }
  }

  private func take() -> [Trace.Event]? {
    queue.withLock { queue in
      defer { queue.waiting = [] }
      queue.isWriting = !queue.waiting.isEmpty
      return queue.isWriting ? queue.waiting : nil
    }
  }

  private func close() {
    queue.withLock { queue in
      queue.waiting = []
      (queue.isOver, queue.isWriting) = (true, false)
    }
  }
}
