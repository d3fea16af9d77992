internal import Contracts
internal import Raft
internal import Simulator

/// 3.7: the conversation that tells everybody that a leader is there.
extension ElectionsChecks {
  static var sendingHeartbeats: [Check] {
    let shared = HeartbeatChecks<State>(
      step: "3.7", section: "chapter 3, Sending heartbeats", reply: .heartbeat(success: true),
      isBare: true)
    return [
      shared.leadersOnly, shared.tellsPeersOnly, shared.tellsEveryPeer, shared.tellsAtOnce,
      shared.goesOn, shared.tellsPastTheLost, shared.slowPeer, shared.silentPeer, shared.everyReply,
      firstAtOnce, ownTerm,
    ]
  }

  private static var call: String { "heartbeatIntervalElapsed()" }

  static var firstAtOnce: Check {
    conversation(
      "3.7.first", "The first heartbeats go out as soon as the election is won.", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { message, peer in
          if case .vote = message {
            return .vote(granted: true, after: .milliseconds(peer == 2 ? 10 : 500))
          }
          return .heartbeat(success: true, after: .milliseconds(10))
        }
        try await scene.during(scene.electionTimeout) {
          await scene.wait(until: .milliseconds(11))
          // Here the host finds the heartbeat timer fired.
          if scene.timers.heartbeat.take() == .fired { await scene.heartbeatInterval() }
          await scene.wait(until: .milliseconds(100))
          let told = scene.network.sendings.filter {
            if case .heartbeat = $0.message { true } else { false }
          }
          if Set(told.map(\.peer)) != Set(scene.peers) {
            throw runs.broken(
              "S2 gave S1 the vote that it won with.",
              [Fact("it told", list(Set(told.map(\.peer))))], reference: list(scene.peers))
          }
        }
      }
    }
  }

  static var ownTerm: Check {
    conversation(
      "3.7.own-term", "A heartbeat is of a term that its sender leads, when it is sent.",
      calling: call
    ) { runs in
      try runs.everySchedule(of: 3, andSeedsOf: 5) { simulation, servers in
        let scene = Scene<State>(simulation, servers: servers) { _, _ in
          .heartbeat(success: true, after: .milliseconds(1))
        }
        await scene.lead()
        await scene.atOnce(scene.heartbeatInterval, scene.candidateOfTermFive)
        await scene.wait(until: .seconds(1))
        let right = ScriptedPeers.Message.heartbeat(AppendEntries(term: 1, leaderID: 1))
        if let wrong = scene.network.sendings.first(where: { $0.message != right }) {
          throw runs.broken(
            "S1 led in term 1, and S3 opened term 5 while the heartbeats were on their way.",
            [Fact("S1 sent", "\(wrong.peer) \(wrong.message.told)")],
            reference: "\(right.told), or nothing")
        }
        let report = await scene.server.report
        if report.currentTerm != 5 || report.role != .follower {
          throw runs.broken(
            "S3 opened term 5 while S1's heartbeats were on their way.",
            [Fact("S1 has", report.told)], reference: "term 5, follower")
        }
      }
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .heartbeat(success: true) }
        for term in [Term(1), 6] {
          await scene.lead()
          await scene.heartbeatInterval()
          let right = AppendEntries(term: term, leaderID: 1)
          if let sent = scene.network.sendings.last, sent.message != .heartbeat(right) {
            throw runs.broken(
              "S1 leads for the second time, in term \(term).",
              [Fact("S1 sent", "\(sent.peer) \(sent.message.told)")], reference: right.told)
          }
          await scene.candidateOfTermFive()
        }
      }
    }
  }
}
