internal import Contracts
internal import Raft
internal import Simulator

/// 3.7, when something goes another way: slow peers, later terms, and a leadership that ends while
/// a conversation waits.
extension ElectionsChecks {
  private static var call: String { "heartbeatIntervalElapsed()" }

  static var slowPeer: Check {
    conversation(
      "3.7.slow-peer", "One slow peer delays nobody: the others hear at every interval.",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, peer in
          peer == 2 ? .unreachable(after: .seconds(30)) : .heartbeat(success: true)
        }
        await scene.lead()
        try await scene.during(scene.heartbeatInterval) {
          await scene.wait(until: .milliseconds(50))
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(100))
            let times = scene.network.sendings.filter { $0.peer == 3 }.map(\.time)
            if times != [.zero, .milliseconds(50)] {
              throw runs.broken(
                "S2 did not reply, and a second interval elapsed after 50 ms.",
                [Fact("S3 was told", times.map(Messages.describe).joined(separator: " and "))],
                reference: "at 0 s and 50 ms")
            }
          }
        }
      }
    }
  }

  static var everyAcknowledgement: Check {
    conversation(
      "3.7.every-reply", "Every reply is handed to its rule: it may carry a later term.",
      section: "§5.1", calling: call
    ) { runs in
      for (late, lost) in [(ServerID(2), 250), (3, 250), (3, 5)] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, peer in
            peer == late
              ? .heartbeat(success: false, term: 7, after: .milliseconds(20))
              : .unreachable(after: .milliseconds(lost))
          }
          await scene.lead()
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(30))
            let report = await scene.server.report
            if report.currentTerm != 7 || report.role != .follower {
              throw runs.broken(
                "\(late) replied after 20 ms, from term 7.", [Fact("10 ms later", report.told)],
                reference: "term 7, follower")
            }
          }
        }
      }
    }
  }

  static var firstAtOnce: Check {
    conversation(
      "3.7.first", "The first heartbeats go out as soon as the election is won.", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { message, peer in
          if case .vote = message { return .vote(granted: peer == 2, after: .milliseconds(10)) }
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
      try runs.everySchedule { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in
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
    }
  }
}
