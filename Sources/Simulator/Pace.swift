/// Work of a known size for the explorer, so that its pace can be measured.
public enum Pace {
  private actor Counter {
    private(set) var value = 0
    func increment() { value += 1 }
  }

  /// Runs one task that calls two actors in turn, and says how many jobs that took.
  public static func jobs(calls: Int) throws -> Int {
    let simulation = Simulation(schedule: .seeded(1), limits: Limits(steps: .max))
    try simulation.run { _ in
      let left = Counter()
      let right = Counter()
      for _ in 0..<calls / 2 {
        await left.increment()
        await right.increment()
      }
    }
    return simulation.steps
  }

  /// Runs every schedule of `tasks` tasks that increment one counter, each rightly.
  public static func schedules(tasks: Int) throws -> Coverage {
    try Exploration.run(
      { _ in
        let counter = Counter()
        await withDiscardingTaskGroup { group in
          for _ in 0..<tasks { group.addTask { await counter.increment() } }
        }
        return await counter.value
      },
      judge: { _, value in try value.get() == tasks })
  }
}
