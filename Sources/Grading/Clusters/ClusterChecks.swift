internal import Contracts
internal import Raft
internal import Simulator

extension Check {
  /// Scenarios of one promise, on clusters whose every server is a `Server`.
  static func cluster<Scenario: ClusterScenario, Server: RaftServer>(
    of _: Server.Type, _ promise: Scenario.Promise, _ scenarios: [Scenario],
    servers: ClosedRange<Int>, seeds: UInt64
  ) -> Check {
    let names = scenarios.map(\.rawValue).joined(separator: ", ")
    let rule = promise.rule
    return Check(
      rule.id, rule.sentence, section: rule.section, calling: "The cluster (faults: \(names))"
    ) { _ in
      for scenario in scenarios {
        for count in servers {
          for seed in 1...seeds {
            let members = Array(repeating: ClusterMember.server(Server.self), count: count)
            try ScenarioRun(scenario, members: members, seed: seed).judge()
          }
        }
      }
    }
  }

  /// A `Server` among servers of the reference, in every seat of clusters of these sizes.
  static func mixed<Scenario: ClusterScenario, Server: RaftServer, Reference: RaftServer>(
    _: Server.Type, among _: Reference.Type, _ scenarios: [(Scenario, servers: ClosedRange<Int>)]
  ) -> Check {
    let rule = Scenario.Promise.safe.rule
    return Check(
      rule.id, rule.sentence, section: rule.section, calling: "One server among the reference's"
    ) { _ in
      for (scenario, servers) in scenarios {
        for count in servers {
          for seat in 0..<count {
            var members = Array(repeating: ClusterMember.server(Reference.self), count: count)
            members[seat] = .server(Server.self)
            try ScenarioRun(scenario, members: members, seed: UInt64(seat + 1))
              .judge(among: ServerID(seat + 1))
          }
        }
      }
    }
  }
}

extension [Check] {
  /// Scenario after scenario and size after size, each with a seed of its own, for whoever wants to
  /// be surer than the step's own checks make them.
  static func runs<Scenario: ClusterScenario, Server: RaftServer>(
    _ runs: Int, of _: Server.Type, _ scenarios: [(Scenario, servers: ClosedRange<Int>)]
  ) -> [Check] {
    guard runs > 0 else { return [] }
    let rule = Scenario.Promise.safe.rule
    let casts = scenarios.flatMap { scenario, servers in servers.map { (scenario, $0) } }
    return [
      Check(rule.id, rule.sentence, section: rule.section, calling: "The cluster (\(runs) runs)") {
        _ in
        for run in 1...runs {
          let (scenario, count) = casts[run % casts.count]
          let members = [ClusterMember](repeating: .server(Server.self), count: count)
          try ScenarioRun(scenario, members: members, seed: UInt64(run)).judge()
        }
      }
    ]
  }
}
