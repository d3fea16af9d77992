// From 6.3 on, `Task.yield` and `Task.sleep` talk to the executor object and not through the
// runtime's hooks. So the simulation's executor schedules, too, and the process's default executor
// is replaced by one that asks whose thread is calling. Both protocols are SPI in 6.3; without
// them (macOS, older toolchains) those two calls escape, and are reported as leaks.
#if os(Linux) && compiler(>=6.3)
  internal import Platform
  @_spi(ExperimentalScheduling) @_spi(ExperimentalCustomExecutors) internal import _Concurrency

  enum RuntimeExecutors {
    static func install() { _createExecutors(factory: Factory.self) }
  }

  private struct Factory: ExecutorFactory {
    static var mainExecutor: any MainExecutor { PlatformExecutorFactory.mainExecutor }
    static let defaultExecutor: any TaskExecutor = DefaultExecutor()
  }

  private final class DefaultExecutor: TaskExecutor, SchedulingExecutor {
    private let original = PlatformExecutorFactory.defaultExecutor

    func enqueue(_ job: consuming ExecutorJob) {
      if let simulation = Simulation.running.value {
        simulation.enqueue(UnownedJob(job))
      } else {
        original.enqueue(job)
      }
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
      if let simulation = Simulation.running.value {
        simulation.holdRealSleep(UnownedJob(job), for: realDuration(delay))
      } else {
        asScheduling(original)
          .enqueue(job, after: delay, tolerance: tolerance, clock: clock)
      }
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
      if let simulation = Simulation.running.value {
        simulation.holdRealSleep(
          UnownedJob(job), for: realDuration(clock.now.duration(to: instant)))
      } else {
        asScheduling(original)
          .enqueue(job, at: instant, tolerance: tolerance, clock: clock)
      }
    }

    private func asScheduling(_ executor: any TaskExecutor) -> any SchedulingExecutor {
      guard let scheduling = executor as? any SchedulingExecutor else {
        fatalError("this runtime's default executor cannot sleep")
      }
      return scheduling
    }
  }

  extension SimulatedTaskExecutor: SchedulingExecutor {
    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) {
      Simulation.running.value?.holdRealSleep(UnownedJob(job), for: realDuration(delay))
    }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) {
      Simulation.running.value?.holdRealSleep(
        UnownedJob(job), for: realDuration(clock.now.duration(to: instant)))
    }
  }

  /// Real clocks count in `Duration`; a clock of another kind is not one that tasks sleep on.
  private func realDuration<D: DurationProtocol>(_ duration: D) -> Duration {
    duration as? Duration ?? .zero
  }
#else
  enum RuntimeExecutors {
    static func install() {}
  }
#endif
