internal import Contracts
internal import Raft
internal import Simulator

/// 3.6: the conversation that asks for votes. It decides nothing, and lets nobody wait.
extension ElectionsChecks {
  static var askingForVotes: [Check] {
    [
      stands, asksPeersOnly, asksEveryPeer, asksAtOnce, winsAlone, itsPeer,
      countsAsTheyCome, lostReplies, everyReply, itsElection, oneElection, leaderStays, waitsAgain,
    ]
  }

  private static var call: String { "electionTimeoutElapsed()" }

  private static var stands: Check {
    conversation(
      "3.6.stands", "A server that hears from no leader stands for election: once a timeout.",
      calling: call
    ) { runs in
      try everySeat(of: 3...3) { servers, id in
        // On S1's disk is a vote as well.
        let saved = id == 1 ? PersistentState(currentTerm: 3, votedFor: 2) : PersistentState()
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers, id: id, saved: saved) { _, _ in
            .unreachable(after: .milliseconds(250))
          }
          try await scene.election {
            try await judgeStanding(scene, saved.currentTerm.next, until: .seconds(1), runs)
            try await scene.election {
              try await judgeStanding(scene, saved.currentTerm.next.next, until: .seconds(2), runs)
            }
          }
        }
      }
    }
  }

  private static func judgeStanding(
    _ scene: Scene<State>, _ term: Term, until time: Duration, _ runs: CheckRuns
  ) async throws {
    await scene.wait(until: time)
    let report = await scene.server.report
    // All replies are given up: whoever has lost may be a follower again.
    if report.currentTerm == term, report.role != .leader { return }
    throw runs.broken(
      "An election timeout of a server that does not lead, and no reply to anything.",
      [Fact("\(scene.id) has", report.told)], reference: "term \(term), candidate")
  }

  private static var asksPeersOnly: Check {
    conversation(
      "3.6.peers-only", "A server sends to its peers alone: never to itself, never to strangers.",
      section: "chapter 3, Asking for votes", calling: call
    ) { runs in
      try everySeat(of: 1...5) { servers, id in
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers, id: id) { _, _ in
            .vote(granted: false)
          }
          // S9 is no peer, but it has been heard of: not everybody who is known is written to.
          _ = await scene.server.receive(RequestVote(term: 3, candidateID: 9))
          await scene.electionTimeout()
          await scene.wait(until: .seconds(1))
          if let stranger = scene.stranger {
            throw runs.broken(
              stranger == id
                ? "\(id) sent a request to itself."
                : "\(id) sent to \(stranger), which is no peer.",
              [Fact("sent to", list(scene.receivers))], reference: list(scene.peers))
          }
        }
      }
    }
  }

  private static var asksEveryPeer: Check {
    conversation(
      "3.6.every-peer", "A candidate asks every peer for its vote, each once.", calling: call
    ) { runs in
      try everySeat(of: 2...5) { servers, id in
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: servers, id: id, saved: PersistentState(currentTerm: 3)
          ) { _, _ in .vote(granted: false, after: .milliseconds(10)) }
          await scene.electionTimeout()
          await scene.wait(until: .seconds(1))
          if scene.receivers.sorted() != scene.peers {
            throw runs.broken(
              "\(id) stood in a cluster of \(servers).",
              [Fact("it asked", scene.receiversInOrder)],
              reference: scene.peers.map(\.description).joined(separator: ", "))
          }
          let right = ScriptedPeers.Message.vote(RequestVote(term: 4, candidateID: id))
          if let wrong = scene.network.sendings.first(where: { $0.message != right }) {
            throw runs.broken(
              "\(id) stood in term 4 and asked \(wrong.peer) for something else.",
              [Fact("it sent", wrong.message.told)], reference: right.told)
          }
        }
      }
    }
  }

  private static var asksAtOnce: Check {
    conversation(
      "3.6.at-once", "All peers are asked at once: none waits for another's reply.",
      calling: call
    ) { runs in
      for servers in 3...5 {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, peer in
            .unreachable(after: .seconds(peer.number))
          }
          try await scene.election {
            await scene.wait(until: .milliseconds(1))
            let asked = scene.receivers
            if asked.sorted() != scene.peers {
              throw runs.broken(
                "No peer had replied yet, and S1 had not asked all of them.",
                [Fact("it had asked", list(asked))], reference: list(scene.peers))
            }
          }
        }
      }
    }
  }

  private static var winsAlone: Check {
    conversation(
      "3.6.single-server", "A server without peers wins as soon as it stands, and sends nothing.",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 1) { _, _ in .unreachable() }
        await scene.electionTimeout()
        await scene.wait(until: .seconds(1))
        let report = await scene.server.report
        if report.role != .leader || report.currentTerm != 1 || !scene.receivers.isEmpty {
          throw runs.broken(
            "A cluster of one, and one election timeout.",
            [Fact("S1 has", report.told), Fact("it sent to", list(scene.receivers))],
            reference: "nobody, and it leads in term 1")
        }
      }
    }
  }

  private static var countsAsTheyCome: Check {
    conversation(
      "3.6.as-they-come", "Each reply is handed to its rule when it arrives; no reply waits.",
      calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 5) { _, peer in
          switch peer {
          case 4: .vote(granted: true, after: .milliseconds(10))
          case 3: .vote(granted: true, after: .milliseconds(30))
          case 2: .vote(granted: true, after: .seconds(2))
          default: .unreachable(after: .seconds(3))
          }
        }
        try await scene.during(scene.electionTimeout) {
          for (time, votes) in [(20, [ServerID(1), 4]), (40, [1, 3, 4])] {
            await scene.wait(until: .milliseconds(time))
            let report = await scene.server.report
            let isRight = time == 40 ? report.role == .leader : report.votes.count == votes.count
            if isRight { continue }
            throw runs.broken(
              "After \(time) ms the votes of \(list(votes)) were in.",
              [Fact("S1 had", report.told)],
              reference: time == 40 ? "leader" : "a candidate with these votes")
          }
        }
      }
    }
  }
}
