internal import Contracts
internal import Raft
internal import Simulator

/// What is said of heartbeats in every chapter: a peer that has been silent for long is told still.
extension HeartbeatChecks {
  /// Kills: a peer that is given up, or told less and less often.
  var silentPeer: Check {
    conversation(
      "\(step).silent-peer",
      "A peer that has been silent for long is told as often as the others: it may be back.",
      calling: "heartbeatIntervalElapsed()"
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, peer in
          peer == 2 ? .unreachable(after: .milliseconds(20)) : reply
        }
        await scene.lead()
        await intervals(100, in: scene)
        func times(_ peer: ServerID) -> Int {
          scene.network.sendings.count { $0.peer == peer && $0.time >= .milliseconds(4_500) }
        }
        // Who tells nobody any more is found elsewhere.
        if times(2) + 2 >= times(3) { return }
        throw runs.broken(
          "S2 was out of reach for 100 intervals, and S3 was not.",
          [Fact("in the last ten", "S2 was told \(times(2)) times, S3 \(times(3)) times")],
          reference: "S2 as often as S3")
      }
    }
  }

  /// Intervals of 50 ms elapse one after the other, whatever still goes on of those before. Then a
  /// later term ends all that goes on for as long as S1 leads.
  private func intervals(_ count: Int, in scene: Scene<State>) async {
    await withDiscardingTaskGroup { rounds in
      for round in 1...count {
        rounds.addTask { await scene.heartbeatInterval() }
        await scene.wait(until: .milliseconds(50 * round))
      }
      await scene.server.observe(1_000)
    }
  }
}
