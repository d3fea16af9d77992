internal import Contracts
internal import Raft
internal import Simulator

/// 3.6, when something goes another way: lost, late and stale replies, and a term that changes
/// while a conversation waits.
extension ElectionsChecks {
  private static var call: String { "electionTimeoutElapsed()" }

  static var lostReplies: Check {
    conversation(
      "3.6.unreachable", "A peer that cannot be reached stops nobody else's vote.", calling: call
    ) { runs in
      // Never at once: `send` gives up after a while, and whoever asks again goes by that (§5.1).
      for lost in [Duration.milliseconds(1), .milliseconds(250)] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, peer in
            peer == 2
              ? .unreachable(after: lost) : .vote(granted: true, after: .milliseconds(400))
          }
          await scene.electionTimeout()
          await scene.wait(until: .seconds(1))
          let report = await scene.server.report
          if report.role != .leader {
            throw runs.broken(
              "S2 was out of reach, and S3 gave its vote later.", [Fact("S1 has", report.told)],
              reference: "leader of term 1")
          }
        }
      }
    }
  }

  static var everyReply: Check {
    conversation(
      "3.6.every-reply", "Refusals are handed to the rule as well: they may carry a later term.",
      section: "§5.1", calling: call
    ) { runs in
      for opened in [Term(1), 9] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, peer in
            peer == 2
              ? .vote(granted: false, term: 7, after: .milliseconds(20))
              : .unreachable(after: .milliseconds(250))
          }
          try await scene.during(scene.electionTimeout) {
            await scene.wait(until: .milliseconds(10))
            if opened > 1 {
              await scene.hear(RequestVote(term: opened, candidateID: 3))
            }
            await scene.wait(until: .milliseconds(30))
            let report = await scene.server.report
            if report.currentTerm != max(7, opened) || report.role != .follower {
              throw runs.broken(
                "S1 had term \(opened) when S2 refused its vote, from term 7.",
                [Fact("S1 has", report.told)], reference: "term \(max(7, opened)), follower")
            }
          }
        }
      }
    }
  }

  static var itsPeer: Check {
    conversation(
      "3.6.its-peer", "A reply is handed over with the peer that gave it.",
      section: "chapter 3, Asking for votes", calling: call
    ) { runs in
      try everySeat(of: 5...5) { servers, id in
        for voter in Seat(number: id.number).peers(of: servers) {
          try runs.once { simulation in
            let scene = Scene<State>(simulation, servers: servers, id: id) { _, peer in
              peer == voter
                ? .vote(granted: true, after: .milliseconds(5))
                : .unreachable(after: .milliseconds(250))
            }
            try await scene.election {
              await scene.wait(until: .seconds(1))
              let votes = await scene.server.report.votes
              // A reply that is not handed over at all is for the next checks to tell; and whoever
              // gives up an election that it cannot win any more may forget its votes.
              if votes.isSubset(of: [id, voter]) { return }
              throw runs.broken(
                "Only \(voter) replied: it gave \(id) its vote.",
                [Fact("\(id) counts", list(votes))], reference: list([id, voter]))
            }
          }
        }
      }
    }
  }

  static var itsElection: Check {
    conversation(
      "3.6.its-request", "A reply is handed over with the request that it answers, however late.",
      section: "chapter 3, Asking for votes", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { message, _ in
          // The first election's votes come when the second is on; the second's never do.
          if case .vote(let request) = message, request.term == 1 {
            return .vote(granted: true, after: .milliseconds(300))
          }
          return .unreachable(after: .milliseconds(900))
        }
        try await scene.election {
          await scene.wait(until: .milliseconds(200))
          try await scene.election {
            await scene.wait(until: .milliseconds(400))
            let report = await scene.server.report
            if report.role != .candidate || report.currentTerm != 2 || report.votes != [1] {
              throw runs.broken(
                "S1 stood in term 1 and, 200 ms later, in term 2. Then the votes of term 1 came.",
                [Fact("S1 has", report.told)],
                reference: "term 2, candidate with its own vote only")
            }
          }
        }
      }
    }
  }

  static var oneElection: Check {
    conversation(
      "3.6.one-election",
      "All requests of a conversation are for the one election that it stands in.",
      section: "chapter 3, Asking for votes", calling: call
    ) { runs in
      try runs.everySchedule(of: 3, andSeedsOf: 5) { simulation, servers in
        let scene = Scene<State>(simulation, servers: servers) { _, _ in
          .vote(granted: true, after: .milliseconds(1))
        }
        await scene.atOnce(scene.electionTimeout, scene.candidateOfTermFive)
        await scene.wait(until: .seconds(1))
        let sent = Set(scene.network.sendings.map(\.message))
        let terms = [1, 6].map { ScriptedPeers.Message.vote(RequestVote(term: $0, candidateID: 1)) }
        if sent.count > 1 || !sent.isSubset(of: terms) {
          throw runs.broken(
            "S3 opened term 5 while S1's requests were on their way.",
            [Fact("S1 sent", sent.map(\.told).sorted().joined(separator: "; "))],
            reference: "one request, of the term in which it stood")
        }
        let report = await scene.server.report
        let stoodLater = sent == [terms[1]]
        if report.currentTerm != (stoodLater ? 6 : 5)
          || report.role != (stoodLater ? .leader : .follower)
        {
          throw runs.broken(
            "S3 opened term 5 while S1's election was on.", [Fact("S1 has", report.told)],
            reference: stoodLater ? "term 6, leader" : "term 5, follower")
        }
      }
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, peer in
          peer == 2
            ? .vote(granted: true, after: .milliseconds(10))
            : .unreachable(after: .milliseconds(250))
        }
        try await scene.during(scene.electionTimeout) {
          await scene.wait(until: .milliseconds(20))
          await scene.candidateOfTermFive()
        }
        let report = await scene.server.report
        if report.currentTerm != 5 || report.role != .follower {
          throw runs.broken(
            "S1 led in term 1. S3 opened term 5 before the last reply was given up.",
            [Fact("S1 has", report.told)], reference: "term 5, follower")
        }
      }
    }
  }

  static var leaderStays: Check {
    conversation(
      "3.6.leader-stays", "A leader does not stand: its election timeout means nothing.",
      calling: call
    ) { runs in
      for servers in [1, 3, 4] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: servers) { _, _ in .vote(granted: true) }
          await scene.lead()
          await scene.electionTimeout()
          await scene.wait(until: .seconds(1))
          let report = await scene.server.report
          let asked = scene.network.sendings.contains {
            if case .vote = $0.message { true } else { false }
          }
          if report.currentTerm != 1 || report.role != .leader || asked {
            throw runs.broken(
              "S1 led in term 1, and an election timeout came that was already on its way.",
              [Fact("S1 has", report.told)], reference: "term 1, leader")
          }
        }
      }
      try runs.everySchedule { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in
          .vote(granted: false, after: .milliseconds(1))
        }
        let request = await scene.looking(at: "becomeCandidate") { $0.becomeCandidate() }
        await scene.atOnce(scene.electionTimeout) {
          let vote = RequestVote.Reply(term: request.term, voteGranted: true)
          await scene.looking(at: "a vote of S2") { $0.receive(vote, from: 2, to: request) }
        }
        await scene.wait(until: .seconds(1))
        let report = await scene.server.report
        // With the vote first, it leads. With the timeout first, the vote is of an earlier term.
        if report.role == .leader || scene.timers.heartbeat.take() != .fired { return }
        throw runs.broken(
          "S2's vote made S1 leader of term 1 while its election timeout was being dealt with.",
          [Fact("S1 has", report.told)], reference: "term 1, leader")
      }
    }
  }

  /// Whoever lets the election timer run on while it leads has to start it again: it goes off
  /// once, and would not run when the leader has become a follower.
  static var waitsAgain: Check {
    conversation(
      "3.6.waits-again", "Whoever does not lead has its election timer running.", calling: call
    ) { runs in
      try runs.once { simulation in
        let scene = Scene<State>(simulation, servers: 3) { _, _ in .vote(granted: true) }
        await scene.electionTimeout()
        await scene.wait(until: .seconds(1))
        let timer = scene.timers.election
        if timer.isRunning {
          timer.elapse()
          await scene.electionTimeout()
          await scene.wait(until: .seconds(2))
        }
        await scene.server.observe(9)
        let report = await scene.server.report
        if report.role == .follower, !timer.isRunning {
          throw runs.broken(
            "S1 led, its election timer went off meanwhile, and then it saw term 9.",
            [Fact("S1 has", report.told), Fact("election timer", "not running")],
            reference: "running")
        }
      }
      for time in [Duration.milliseconds(1), .seconds(3)] {
        try runs.once { simulation in
          let scene = Scene<State>(simulation, servers: 3) { _, _ in
            .unreachable(after: .seconds(2))
          }
          scene.timers.election.elapse()
          try await scene.election {
            await scene.wait(until: time)
            if !scene.timers.election.isRunning {
              throw runs.broken(
                time < .seconds(2)
                  ? "S1 stood, and nobody had replied yet."
                  : "S1 stood, nobody replied, and it has given up waiting for the votes.",
                [Fact("election timer", "not running")],
                reference: "running, so that it stands again if nobody wins")
            }
          }
        }
      }
    }
  }
}
