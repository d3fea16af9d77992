import Simulator
import Testing

/// What `bench` measures is the work that it says it is.
@Suite struct PaceTests {
  @Test func `a call of an actor is at least one job`() throws {
    #expect(try Pace.jobs(calls: 1000) > 1000)
  }

  @Test func `every schedule of three right increments is run`() throws {
    let coverage = try Pace.schedules(tasks: 3)
    #expect(coverage.isComplete)
    #expect(coverage.schedules > 6)
  }
}
