internal import Foundation
internal import Synchronization

/// Real threads on real cores. Shown and not graded: no two runs are the same.
public enum RealThreads {
  private static let threads = 4
  private static let increments = 100_000

  /// What four threads make of a counter without protection, and of one behind a mutex.
  ///
  /// The first loads and stores atomically, so that losing is all it does: without atomics, two
  /// threads at one variable have no meaning at all in Swift.
  public static func lines() -> [String] {
    let loose = Atomic(0)
    let looseEnd = run {
      loose.store(loose.load(ordering: .relaxed) + 1, ordering: .relaxed)
    } reading: {
      loose.load(ordering: .relaxed)
    }
    let guarded = Mutex(0)
    let guardedEnd = run {
      guarded.withLock { $0 += 1 }
    } reading: {
      guarded.withLock { $0 }
    }
    let due = threads * increments
    return [
      "\(threads) real threads add one to a counter, \(grouped(increments)) times each.",
      "",
      line("load, then store", looseEnd, due),
      line("Mutex.withLock", guardedEnd, due),
      "",
      looseEnd == due
        ? "Nothing was lost this time. That proves nothing: run it again."
        : "Nobody chose when the threads took turns, so the next run loses another number.",
      "The simulator chooses: swift run workbook explore 2 --seed 7",
    ]
  }

  private static func line(_ name: String, _ end: Int, _ due: Int) -> String {
    let name = name.padding(toLength: 18, withPad: " ", startingAt: 0)
    let lost = due - end
    return "  \(name) \(grouped(end)) of \(grouped(due)), "
      + (lost == 0 ? "none lost" : "\(grouped(lost)) lost")
  }

  /// Calls `increment` as often as said on each thread, waits for all, and reads the end.
  private static func run(
    _ increment: @escaping @Sendable () -> Void, reading end: () -> Int
  ) -> Int {
    let running = DispatchGroup()
    for _ in 0..<threads {
      running.enter()
      Thread {
        for _ in 0..<increments { increment() }
        running.leave()
      }.start()
    }
    running.wait()
    return end()
  }

  /// A number with its thousands apart: "400,000".
  private static func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }
}
