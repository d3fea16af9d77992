internal import Contracts
internal import Raft
internal import Simulator

/// What is said of heartbeats in every chapter: who sends them, to whom, and that none waits.
///
/// Each check is judged at its own step: chapter 4 writes this conversation anew.
struct HeartbeatChecks<State: RaftServer> {
  /// The step whose rules these are.
  let step: String
  /// Where the text says what the paper does not.
  let section: String
  /// What peers reply where that is all the same.
  let reply: ScriptedPeers.Answer
  /// Whether a heartbeat says anything but that its sender leads.
  let isBare: Bool

  private var call: String { "heartbeatIntervalElapsed()" }

  var leadersOnly: Check {
    conversation(
      "\(step).leader-only", "Only a leader sends heartbeats: whoever gets one follows its sender.",
      calling: call
    ) { runs in
      for role in ["a follower", "a candidate", "a leader until a moment ago"] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in reply }
          if role == "a candidate" { _ = await scene.server.becomeCandidate() }
          if role == "a leader until a moment ago" {
            await scene.lead()
            await scene.candidateOfTermFive()
          }
          await scene.heartbeatInterval()
          await scene.wait(until: .seconds(1))
          if let sent = scene.network.sendings.first {
            throw runs.broken(
              "S1 is \(role), and a heartbeat interval elapsed.",
              [
                Fact("S1 had", await scene.server.report.told),
                Fact("it sent", "\(sent.peer) \(sent.message.told)"),
              ], reference: "nothing")
          }
        }
      }
    }
  }

  var tellsPeersOnly: Check {
    conversation(
      "\(step).peers-only",
      "A server sends to its peers alone: never to itself, never to strangers.",
      section: section, calling: call
    ) { runs in
      try everySeat(of: 1...5) { servers, id in
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers, id: id) { _, _ in reply }
          _ = await scene.server.receive(RequestVote(term: 3, candidateID: 9))
          await scene.lead()
          await scene.heartbeatInterval()
          await scene.wait(until: .seconds(1))
          if let stranger = scene.stranger {
            throw runs.broken(
              stranger == id
                ? "\(id) sent a heartbeat to itself."
                : "\(id) sent to \(stranger), which is no peer.",
              [Fact("sent to", list(scene.receivers))], reference: list(scene.peers))
          }
        }
      }
    }
  }

  var tellsEveryPeer: Check {
    conversation(
      "\(step).every-peer", "Every interval, a leader sends one heartbeat to every peer.",
      calling: call
    ) { runs in
      try everySeat(of: 2...5) { servers, id in
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: servers, id: id, saved: PersistentState(currentTerm: 3)
          ) { _, _ in reply }
          await scene.lead()
          await scene.heartbeatInterval()
          await scene.wait(until: .seconds(1))
          if scene.receivers.sorted() != scene.peers {
            throw runs.broken(
              "\(id) leads a cluster of \(servers), and one interval elapsed.",
              [Fact("it sent to", scene.receiversInOrder)],
              reference: scene.peers.map(\.description).joined(separator: ", "))
          }
          let right = AppendEntries(term: 4, leaderID: id)
          let wrong = scene.network.sendings.first {
            guard case .heartbeat(let sent) = $0.message else { return true }
            return isBare
              ? sent != right : sent.term != right.term || sent.leaderID != right.leaderID
          }
          if let wrong {
            throw runs.broken(
              "\(id) leads in term 4 and sent \(wrong.peer) something else.",
              [Fact("it sent", wrong.message.told)], reference: right.told)
          }
        }
      }
    }
  }

  var tellsAtOnce: Check {
    conversation(
      "\(step).at-once", "All peers hear at once: none waits for another's reply.", calling: call
    ) { runs in
      for servers in 3...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, peer in
            .unreachable(after: .seconds(peer.number))
          }
          await scene.lead()
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(1))
            if scene.receivers.sorted() != scene.peers {
              throw runs.broken(
                "No peer had replied yet, and S1 had not told all of them.",
                [Fact("it had told", list(scene.receivers))], reference: list(scene.peers))
            }
          }
        }
      }
    }
  }

  var goesOn: Check {
    conversation(
      "\(step).goes-on",
      "A leader starts its heartbeat timer again at once, whatever its peers do.",
      calling: call
    ) { runs in
      for servers in [2, 3] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in
            .unreachable(after: .seconds(2))
          }
          await scene.lead()
          scene.timers.heartbeat.elapse()
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(1))
            if scene.timers.heartbeat.take() != .restarted {
              throw runs.broken(
                "An interval elapsed, and a moment later the timer for the next one did not run.",
                [Fact("heartbeat timer", "not restarted")], reference: "restarted")
            }
          }
        }
      }
    }
  }

  var tellsPastTheLost: Check {
    conversation(
      "\(step).unreachable", "A peer that cannot be reached keeps nobody's heartbeat back.",
      calling: call
    ) { runs in
      for lost in 2...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 5) { _, peer in
            peer.number == lost ? .unreachable() : reply
          }
          await scene.lead()
          for round in 1...2 {
            await scene.heartbeatInterval()
            await scene.wait(until: .seconds(round))
          }
          let missing = scene.peers.filter { peer in
            scene.receivers.count { $0 == peer } < 2 && peer.number != lost
          }
          if let first = missing.first {
            throw runs.broken(
              "S\(lost) was out of reach for two intervals, and \(first) missed a heartbeat.",
              [Fact("sent to", scene.receiversInOrder)],
              reference: "each peer, twice")
          }
        }
      }
    }
  }

  var slowPeer: Check {
    conversation(
      "\(step).slow-peer", "One slow peer delays nobody: every peer hears at every interval.",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, peer in
          peer == 2 ? .unreachable(after: .seconds(30)) : reply
        }
        await scene.lead()
        try await scene.during(scene.heartbeatInterval) {
          await scene.wait(until: .milliseconds(50))
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(100))
            // What S2 did not answer may be lost: it needs the next heartbeat as the others do.
            for peer in [ServerID(3), 2] {
              let times = scene.network.sendings.filter { $0.peer == peer }.map(\.time)
              if times == [.zero, .milliseconds(50)] { continue }
              throw runs.broken(
                "S2 did not reply, and a second interval elapsed after 50 ms.",
                [Fact("\(peer) was told", times.map(Messages.describe).joined(separator: " and "))],
                reference: "at 0 s and 50 ms")
            }
          }
        }
      }
    }
  }

  var everyReply: Check {
    conversation(
      "\(step).every-reply", "Every reply is handed to its rule: it may carry a later term.",
      section: "§5.1", calling: call
    ) { runs in
      for (late, lost, opened) in [
        (ServerID(2), 250, Term(1)), (3, 250, 1), (3, 5, 1), (2, 250, 9),
      ] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, peer in
            peer == late
              ? .heartbeat(success: false, term: 7, after: .milliseconds(20))
              : .unreachable(after: .milliseconds(lost))
          }
          await scene.lead()
          try await scene.during(scene.heartbeatInterval) {
            await scene.wait(until: .milliseconds(10))
            if opened > 1 {
              await scene.hear(RequestVote(term: opened, candidateID: 3))
            }
            await scene.wait(until: .milliseconds(30))
            let report = await scene.server.report
            if report.currentTerm != max(7, opened) || report.role != .follower {
              throw runs.broken(
                "S1 had term \(opened). \(late) replied after 20 ms, from term 7.",
                [Fact("10 ms later", report.told)],
                reference: "term \(max(7, opened)), follower")
            }
          }
        }
      }
    }
  }
}
