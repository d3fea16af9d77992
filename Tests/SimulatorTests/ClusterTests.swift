import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// `count` servers that keep the contract of chapter 3.
func sketches(_ count: Int) -> [ClusterMember] {
  Array(repeating: .server(ElectionsSketch.self), count: count)
}

/// Clusters of servers that keep the contract: they elect, and nothing is found.
@Suite struct ClusterTests {
  @Test(arguments: 1...5)
  func `a cluster of any size elects a leader, and keeps it`(_ count: Int) throws {
    var options = ClusterOptions()
    options.trace = .all
    let outcome = try ClusterRun(
      sketches(count), seed: 7, duration: .seconds(10), options: options
    ).outcome()
    #expect(outcome.broken == [])
    #expect(outcome.misuses == [])
    #expect(outcome.liveness.agreement != nil)
  }
}
