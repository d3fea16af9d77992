internal import Contracts
internal import Raft
internal import Simulator

/// A story of several servers: some rounds over a bad network, then one over a good one.
struct CountCluster: Sendable {
  /// What each server knows at the end, by server.
  let counters: [[ServerID: Int]]
  /// The first broken promise, if any.
  let problem: CountWatch.Problem?

  static let rounds = 4

  init<State: CounterChapter>(
    of _: State.Type, servers count: Int, in simulation: Simulation
  ) async {
    let network = CountNetwork<State>(simulation)
    let servers = network.connect(count)
    await atOnce(count) { number in
      {
        for _ in 1...Self.rounds {
          let pause = Int.random(in: 0...300, using: &simulation.random)
          try? await simulation.clock.sleep(for: .milliseconds(pause))
          await servers[number - 1].exchange()
          await network.look(at: ServerID(number))
        }
      }
    }
    // What is still under way arrives before the weather changes.
    try? await simulation.clock.sleep(for: .seconds(1))
    network.setFaults(.calm)
    for server in servers { await server.exchange() }
    var counters: [[ServerID: Int]] = []
    for (place, server) in servers.enumerated() {
      await network.look(at: ServerID(place + 1))
      counters.append(await server.counters)
    }
    self.counters = counters
    problem = network.watch.problem
  }

  /// Whether everybody knows everybody's count, as after a round without faults they must.
  var isAgreed: Bool {
    counters.allSatisfy { known in
      counters.indices.allSatisfy { known[ServerID($0 + 1)] == counters[$0][ServerID($0 + 1)] }
    }
  }

  /// The command that tells the story of this seed.
  static func command(_ seed: UInt64) -> String { "swift run workbook simulate 2 --seed \(seed)" }

  /// A small table: what each server, one a line, knows of each, one a column.
  var table: [String] {
    let ids = counters.indices.map { ServerID($0 + 1) }
    func row(_ head: String, _ cells: [String]) -> String {
      ([head.padding(6)] + cells.map { $0.leftPadding(4) }).joined()
    }
    return [row("knows", ids.map(\.description))]
      + zip(ids, counters).map { id, known in
        row("\(id)", ids.map { known[$0].map(\.description) ?? "-" })
      }
  }
}

extension String {
  fileprivate func padding(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func leftPadding(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
