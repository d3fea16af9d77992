internal import Contracts
internal import Raft
internal import Simulator

/// 4.11: the hint that lets a leader back up by a term at a time, given and taken.
extension ReplicationChecks {
  private static var section: String { "end of §5.3" }

  /// Kills: a hint that is not given, that names another term, or another index of that term.
  static var hints: Check {
    conversation(
      "4.11.hint",
      "Who refuses an entry says where its own log parts: a term and its first index there.",
      section: section, calling: "receive(request)"
    ) { runs in
      try runs.once { simulation in
        for terms in logs(upTo: 4, terms: 3) {
          let saved = PersistentState(
            currentTerm: 3, log: Log(terms.map { LogEntry(term: Term($0), command: "a") }))
          for index in 1...terms.count + 2 {
            for term in 1...3 where index > terms.count || terms[index - 1] != term {
              let scene = Scene<State>(simulation, servers: 3, saved: saved) { _, _ in
                .unreachable()
              }
              let request = AppendEntries(
                term: 4, leaderID: 2, prevLogIndex: LogIndex(index), prevLogTerm: Term(term))
              let reply = await scene.hear(request)
              let right = hint(terms, at: index)
              if reply.conflict == right { continue }
              throw runs.broken(
                "S2 leads, and sent S1 a message for what comes after \(index)/\(term).",
                [
                  Fact("S1 had", brief(saved.log.entries)), Fact("it got", request.toldInFull),
                  Fact("its hint", reply.conflict?.told ?? "none"),
                ], reference: right.told)
            }
          }
        }
      }
    }
  }

  /// Every log of up to `count` entries, as terms that never fall.
  private static func logs(upTo count: Int, terms: Int) -> [[Int]] {
    var all: [[Int]] = [[]]
    var longest = all
    for _ in 1...count {
      longest = longest.flatMap { log in ((log.last ?? 1)...terms).map { log + [$0] } }
      all += longest
    }
    return all
  }

  /// What the messages' comment says of a log of these terms.
  private static func hint(_ terms: [Int], at index: Int) -> AppendEntries.Conflict {
    guard index <= terms.count else {
      return AppendEntries.Conflict(term: nil, firstIndex: LogIndex(terms.count + 1))
    }
    let term = terms[index - 1]
    let first = (terms.firstIndex(of: term) ?? 0) + 1
    return AppendEntries.Conflict(term: Term(term), firstIndex: LogIndex(first))
  }

  /// Kills: a leader that goes back by one entry, whatever the hint.
  static var termsAtATime: Check {
    conversation(
      "4.11.terms-at-a-time",
      "With hints a peer is repaired in a round trip for each term, or fewer.",
      section: section, calling: "receive(reply, from: peer, to: request)"
    ) { runs in
      // The leader's terms, and those of the peer: each so many entries long.
      for (own, peers) in [
        ([1, 3, 5], [1]), ([1, 3, 5], []), ([1, 1, 5, 5], [1, 2, 3, 4]),
        ([1, 2, 3, 4], [1, 1, 1]),
        ([4, 4, 4], [1, 2, 3, 3, 3]), ([1, 2, 2, 6], [1, 2, 2, 2, 2, 3]),
      ] {
        try runs.once { simulation in
          func saved(_ terms: [Int]) -> PersistentState {
            let entries = terms.flatMap {
              Array(repeating: LogEntry(term: Term($0), command: "a"), count: 40)
            }
            return PersistentState(currentTerm: 6, log: Log(entries))
          }
          let followers = Followers<Reference>([2], saved: [2: saved(peers)])
          let scene = Scene<State>(simulation, servers: 2, saved: saved(own)) {
            await followers.answer($0, $1, after: .milliseconds(1), withHints: true)
          }
          await scene.lead()
          do {
            // A term of either log, and the first message, which knows nothing.
            let most = Set(own + peers).count + 1
            for _ in 0...most {
              let start = simulation.now
              await scene.heartbeatInterval()
              await scene.wait(until: start + .milliseconds(2))
            }
            let log = await scene.log
            let held = await followers.log(of: 2)
            // Whoever sends one entry at a time has some more to send, but has found the place.
            if let last = scene.sent(2).last?.request,
              held.term(at: last.prevLogIndex) == last.prevLogTerm
            {
              return
            }
            throw runs.broken(
              "S2's log parts from S1's. Their terms are \(most - 1), of 40 entries or more each.",
              [
                Fact("S1 has", brief(log.entries)),
                Fact("S2 has", brief(held.entries)),
                Fact("S1 sent", brief(scene.sent(2)) { "after \($0.request.prevLogIndex)" }),
              ], reference: "a place where they agree, after \(most + 1) messages")
          }
        }
      }
    }
  }

  /// Kills: a hint that is believed: one that leads forward, below the first entry, or nowhere.
  static var anyHint: Check {
    conversation(
      "4.11.any-hint",
      "Whatever a hint says, the next message starts earlier, and not before the log.",
      section: section, calling: "receive(reply, from: peer, to: request)"
    ) { runs in
      let entries = [1, 1, 2, 2, 4, 4].map { LogEntry(term: $0, command: "a") }
      let terms: [Term?] = [nil, 0, 1, 2, 3, 4, 9, Term(.max)]
      let hints: [AppendEntries.Conflict?] =
        [nil]
        + terms.flatMap { term in
          [-1, 0, 1, 3, 6, 7, 8, 1_000_000].map {
            AppendEntries.Conflict(term: term, firstIndex: LogIndex($0))
          }
        }
      for hint in hints {
        try runs.once { simulation in
          let scene = Scene<State>(
            simulation, servers: 2, saved: PersistentState(currentTerm: 4, log: Log(entries))
          ) { message, _ in
            guard case .heartbeat(let request) = message, request.prevLogIndex > 0 else {
              return .heartbeat(success: true)
            }
            return .heartbeat(success: false, conflict: hint)
          }
          await scene.lead()
          for round in 1...8 {
            await scene.heartbeatInterval()
            await scene.wait(until: .milliseconds(round))
          }
          let log = await scene.log
          let asked = scene.sent(2).map(\.request.prevLogIndex)
          let down = asked.prefix { $0 > 0 }
          let isDown = zip(down, down.dropFirst()).allSatisfy { $0 > $1 }
          let isRight = scene.sent(2).allSatisfy { $0.isSlice(of: log) }
          if isDown, isRight, asked.contains(0) { return }
          throw runs.broken(
            "S2 has nothing, and refuses every message that does not start at the first entry.",
            [
              Fact("the hint", hint?.told ?? "none"), Fact("S1 had", brief(log.entries)),
              Fact("it sent", brief(asked) { "after \($0)" }),
            ], reference: "after an earlier entry each time, down to 0")
        }
      }
    }
  }
}
