/// How fast the explorer runs on this machine, for `bench`.
public enum Pace {
  private actor Cell {
    var value = 0
    func add() { value += 1 }
  }

  /// Runs a task that calls two actors in turn, and says how many jobs that took.
  public static func jobs(calls: Int) throws -> Int {
    let simulation = Simulation(schedule: .seeded(1), limits: Limits(steps: .max))
    try simulation.run { _ in
      let left = Cell()
      let right = Cell()
      for _ in 0..<calls / 2 {
        await left.add()
        await right.add()
      }
    }
    return simulation.steps
  }
}
