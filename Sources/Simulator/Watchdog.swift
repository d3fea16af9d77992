internal import Foundation
internal import Platform

/// Watches that jobs end, and traps on the simulation's thread when one does not.
///
/// A loop that never suspends cannot be seen from inside a single-threaded simulation. The trap
/// happens where the loop is, so the backtrace names the learner's line. Only for a process that
/// exists to run one check.
final class Watchdog: @unchecked Sendable {
  private let thread = WatchedThread.current
  private unowned let simulation: Simulation
  private let patience: Double
  private let condition = NSCondition()
  private var isStopped = false

  /// A job that does nothing but wait burns no processor time; it is given this many times longer.
  private static let patienceWithBlocking = 4.0

  /// The share of the time below which a thread does nothing but wait.
  private static let idle = 0.02

  init(watching simulation: Simulation, patience: Double) {
    self.simulation = simulation
    self.patience = patience
    Thread { [self] in watch() }.start()
  }

  func stop() {
    condition.lock()
    isStopped = true
    condition.signal()
    condition.unlock()
  }

  private func watch() {
    var lastStep = -1
    var since = Date()
    var sinceProcessor = thread.processorSeconds ?? 0
    condition.lock()
    defer { condition.unlock() }
    while !isStopped {
      _ = condition.wait(until: Date().addingTimeInterval(patience / 4))
      if isStopped { return }
      // The step is read without a lock: an old value only costs one more round.
      if simulation.steps != lastStep {
        lastStep = simulation.steps
        since = Date()
        sinceProcessor = thread.processorSeconds ?? 0
        continue
      }
      let waited = Date().timeIntervalSince(since)
      let computed = (thread.processorSeconds ?? waited) - sinceProcessor
      if computed >= patience || waited >= patience * Self.patienceWithBlocking {
        // On a busy machine a loop may not have got its share yet; who blocks computes nothing.
        let kind = computed >= waited * Self.idle ? Stuck.loop : Stuck.blocked
        FileHandle.standardError.write(Data((kind.rawValue + "\n").utf8))
        thread.trap()
        return
      }
    }
  }

  /// What the watchdog writes before it traps; whoever reads the crash finds it there.
  enum Stuck: String {
    case loop = "watchdog: this job computes on and on and never suspends"
    case blocked = "watchdog: this job blocks its thread"
  }
}
