internal import Platform

/// Where the tasks of a simulation run: default actors and code without isolation.
///
/// Apart from the serial executor, since the runtime's main-actor checks compare executors by
/// identity. `simulation` is weak: a task that a foreign thread wakes after the run finds nobody.
final class SimulatedTaskExecutor: TaskExecutor, @unchecked Sendable {
  private weak var simulation: Simulation?

  init(_ simulation: Simulation) { self.simulation = simulation }

  func enqueue(_ job: consuming ExecutorJob) {
    // The running simulation is found faster than a weak reference is read, and is nearly always
    // this executor's own.
    if let running = Simulation.running.value, running.taskExecutor === self {
      running.enqueue(UnownedJob(job))
    } else {
      simulation?.enqueue(UnownedJob(job))
    }
  }
}

/// The main actor of a simulation.
final class SimulatedSerialExecutor: SerialExecutor, @unchecked Sendable {
  private weak var simulation: Simulation?

  init(_ simulation: Simulation) { self.simulation = simulation }

  func enqueue(_ job: consuming ExecutorJob) { simulation?.enqueue(UnownedJob(job), on: self) }
}
