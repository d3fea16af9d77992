internal import Platform

/// The Swift runtime's own doors, so that jobs which ignore a task's executor arrive here too.
///
/// `Task {}`, `Task.detached` and the main actor enqueue through function pointers that the
/// runtime exports. Each door asks whose thread is calling: one that runs a simulation keeps the
/// job, and every other goes on to the original. A door that a runtime does not have is skipped;
/// what then escapes is reported as a leak when it comes back.
enum RuntimeHooks {
  private typealias Enqueue = @convention(thin) (UnownedJob) -> Void
  private typealias EnqueueHook = @convention(thin) (UnownedJob, Enqueue) -> Void
  private typealias GetMain = @convention(thin) () -> UnownedSerialExecutor
  private typealias GetMainHook = @convention(thin) (GetMain) -> UnownedSerialExecutor
  private typealias Delay = @convention(thin) (UInt64, UnownedJob) -> Void
  private typealias DelayHook = @convention(thin) (UInt64, UnownedJob, Delay) -> Void
  private typealias Deadline =
    @convention(thin) (Int64, Int64, Int64, Int64, Int32, UnownedJob) -> Void
  private typealias DeadlineHook =
    @convention(thin) (Int64, Int64, Int64, Int64, Int32, UnownedJob, Deadline) -> Void

  /// Opens the doors, once in a process.
  static func install() { _ = installed }

  private static let installed: Void = {
    RuntimeExecutors.install()
    hookEnqueueing()
    hookSleeping()
  }()

  private static func hookEnqueueing() {
    door("swift_task_enqueueGlobal_hook", EnqueueHook.self)?.pointee = { job, original in
      if let simulation = Simulation.running.value {
        simulation.enqueue(job)
      } else {
        original(job)
      }
    }
    door("swift_task_enqueueMainExecutor_hook", EnqueueHook.self)?.pointee = { job, original in
      if let simulation = Simulation.running.value {
        simulation.enqueue(job, on: simulation.mainExecutor)
      } else {
        original(job)
      }
    }
    door("swift_task_getMainExecutor_hook", GetMainHook.self)?.pointee = { original in
      if let simulation = Simulation.running.value {
        simulation.mainExecutor.asUnownedSerialExecutor()
      } else {
        original()
      }
    }
  }

  private static func hookSleeping() {
    door("swift_task_enqueueGlobalWithDelay_hook", DelayHook.self)?.pointee = {
      nanoseconds, job, original in
      if let simulation = Simulation.running.value {
        simulation.holdRealSleep(job, for: .nanoseconds(Int64(clamping: nanoseconds)))
      } else {
        original(nanoseconds, job)
      }
    }
    door("swift_task_enqueueGlobalWithDeadline_hook", DeadlineHook.self)?.pointee = {
      seconds, nanoseconds, tolerance, toleranceNanoseconds, clock, job, original in
      if let simulation = Simulation.running.value {
        // 1 is the runtime's number for the continuous clock.
        let now =
          clock == 1
          ? unsafeBitCast(ContinuousClock.now, to: Duration.self)
          : unsafeBitCast(SuspendingClock.now, to: Duration.self)
        let due = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
        simulation.holdRealSleep(job, for: due - now)
      } else {
        original(seconds, nanoseconds, tolerance, toleranceNanoseconds, clock, job)
      }
    }
  }

  private static func door<Hook>(_ name: String, _: Hook.Type) -> UnsafeMutablePointer<Hook?>? {
    RuntimeSymbol.address(of: name)?.assumingMemoryBound(to: Hook?.self)
  }
}

extension Simulation {
  /// Turns a sleep on a real clock into a virtual one, and notes the leak.
  ///
  /// Rounded up to whole milliseconds, because the real clock has moved on since the sleep was
  /// asked for, by an amount that differs from run to run.
  func holdRealSleep(_ job: UnownedJob, for duration: Duration) {
    leaked(.realSleep)
    let milliseconds = (max(0, duration.nanoseconds) + 999_999) / 1_000_000
    _ = sleepers.add(due: nanoseconds + milliseconds * 1_000_000) { [self] _ in enqueue(job) }
  }
}
