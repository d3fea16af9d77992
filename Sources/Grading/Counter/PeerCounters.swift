internal import Contracts
internal import Raft
internal import Simulator

/// 2.7: a counter per peer. Three rules, and a conversation that decides nothing.
extension CounterChecks {
  static var peerCounters: [Check] {
    [
      ticks, receives, neverFalls, sendsOnce, sendsToNobody, sendsItsOwn, exchangesAtOnce,
      survivesLoss, cluster,
    ]
  }

  private static func list(_ counters: [ServerID: Int]) -> String {
    let known = counters.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return known.isEmpty ? "nothing" : known.joined(separator: ", ")
  }

  private static var ticks: Check {
    check(
      "2.7.tick", "A new count is one more than the highest known of anybody.",
      section: "Lamport 1978", calling: "tick()"
    ) { runs in
      try runs.once { _ in
        let state = makeState(id: 1, peers: [2, 3])
        for received in [0, 7, 0, 3] {
          if received > 0 { _ = await state.receive(Count(sender: 2, value: received)) }
          let had = await state.counters
          let expected = (had.values.max() ?? 0) + 1
          let count = await state.tick()
          let own = await state.counters[1]
          if count != expected || own != expected {
            throw runs.broken(
              "tick() made \(count), and S1's own counter is \(own.map { "\($0)" } ?? "gone").",
              [Fact("S1 had", list(had)), Fact("it said", "\(count)")], reference: "\(expected)")
          }
        }
      }
    }
  }

  private static var receives: Check {
    check(
      "2.7.receive", "What is received is what is known of its sender; the own count only ticks.",
      section: "chapter 2, A counter per peer", calling: "receive(request)"
    ) { runs in
      try runs.once { _ in
        let state = makeState(id: 1, peers: [2, 3])
        let own = await state.tick()
        // A server that has not counted yet may say so, and then nothing is known of it.
        for value in [0, 5] {
          let request = Count(sender: 2, value: value)
          let reply = await state.receive(request)
          if reply.value != own {
            throw runs.broken(
              "S1 stands at \(own), and replied with another count.",
              [Fact("it got", "\(request)"), Fact("it said", "\(reply)")],
              reference: "\(Count.Reply(value: own))")
          }
          let all: [ServerID: Int] = [1: own, 2: value]
          let known = all.filter { $0.value > 0 }
          let afterRequest = await state.counters.filter { $0.value > 0 }
          if afterRequest != known {
            throw runs.broken(
              "S1 got a count from S2 and knows something else now.",
              [Fact("it got", "\(request)"), Fact("it knows", list(afterRequest))],
              reference: list(known))
          }
        }
        await state.receive(Count.Reply(value: 4), from: 3)
        let afterReply = await state.counters.filter { $0.value > 0 }
        if afterReply != [1: own, 2: 5, 3: 4] {
          throw runs.broken(
            "S1 got a reply from S3 and knows something else now.",
            [Fact("it got", "Count.Reply(4) from S3"), Fact("it knows", list(afterReply))],
            reference: "S1: \(own), S2: 5, S3: 4")
        }
      }
    }
  }

  private static var neverFalls: Check {
    check(
      "2.7.never-falls", "A message that comes late, or twice, lowers nothing.",
      section: "chapter 2, A counter per peer", calling: "receive(request)"
    ) { runs in
      try runs.once { _ in
        let state = makeState(id: 1, peers: [2, 3])
        for value in [5, 3, 5] {
          _ = await state.receive(Count(sender: 2, value: value))
          await state.receive(Count.Reply(value: value), from: 3)
          let known = await state.counters
          for peer in [ServerID(2), 3] where known[peer] != 5 {
            let message = peer == 2 ? "Count(\(value)) from S2" : "Count.Reply(\(value)) from S3"
            throw runs.broken(
              "S1 knew 5 of \(peer); then \(message) came, which is older.",
              [Fact("it got", message), Fact("it knows", list(known))], reference: "\(peer): 5")
          }
        }
      }
    }
  }
}

// MARK: - The conversation

extension CounterChecks {
  private static var sendsOnce: Check {
    check(
      "2.7.sends",
      "An exchange ticks once, sends that count to each peer once, and waits for the replies.",
      section: "chapter 2, A counter per peer", calling: "exchange()"
    ) { runs in
      try runs.once { simulation in
        let peers: [ServerID] = [2, 3, 4]
        let network = ScriptedNetwork(
          simulation,
          Dictionary(
            uniqueKeysWithValues: peers.map {
              ($0, ScriptedNetwork.Line(delay: .milliseconds(10), reply: 2))
            }))
        let state = makeState(id: 1, peers: peers, network: network)
        // S9 is no peer, but it is known: not everybody who is known is written to.
        for sender in [ServerID(2), 9] {
          _ = await state.receive(Count(sender: sender, value: 4))
        }
        await state.exchange()
        let known = await state.counters
        let sent = network.sendings
        if simulation.now < .milliseconds(10), !sent.isEmpty {
          throw runs.broken(
            "The replies came after 10 ms, and exchange() did not wait for them.",
            [Fact("it was over", "after \(Messages.describe(simulation.now))")],
            reference: "10 ms")
        }
        if let wrong = sent.first(where: { !peers.contains($0.peer) }) {
          throw runs.broken(
            wrong.peer == 1
              ? "S1 sent a message to itself." : "S1 sent to \(wrong.peer), which is not a peer.",
            [Fact("sent to", sent.map(\.peer.description).joined(separator: ", "))],
            reference: "S2, S3, S4")
        }
        if sent.map(\.peer).sorted() != peers {
          throw runs.broken(
            "S1 did not send to each of its peers once.",
            [Fact("sent to", sent.map(\.peer.description).joined(separator: ", "))],
            reference: "S2, S3, S4")
        }
        let own = known[1] ?? 0
        if own != 5 || sent.contains(where: { $0.request != Count(sender: 1, value: 5) }) {
          throw runs.broken(
            "S1 knew 4, ticked, and should have sent 5 to everybody.",
            [
              Fact("own count", "\(own)"),
              Fact("it sent", sent.map(\.request.description).joined(separator: ", ")),
            ], reference: "5 each time, from S1")
        }
      }
    }
  }

  private static var sendsToNobody: Check {
    check(
      "2.7.alone", "An exchange ticks, even if there is no peer to tell.",
      section: "chapter 2, A counter per peer", calling: "exchange()"
    ) { runs in
      try runs.once { _ in
        let state = makeState(id: 1)
        await state.exchange()
        let own = await state.counters[1] ?? 0
        if own != 1 {
          throw runs.broken(
            "S1 has no peers, and had not counted yet.", [Fact("own count", "\(own)")],
            reference: "1")
        }
      }
    }
  }

  private static var sendsItsOwn: Check {
    check(
      "2.7.own-count", "Each exchange sends the count that it made itself to every peer.",
      section: "SE-0306, actor reentrancy", calling: "exchange(), twice at once,"
    ) { runs in
      try runs.seeds(50) { simulation in
        let line = ScriptedNetwork.Line(delay: .milliseconds(10), reply: 0)
        let network = ScriptedNetwork(simulation, [2: line, 3: line])
        let state = makeState(id: 1, peers: [2, 3], network: network)
        await atOnce(2) { _ in { await state.exchange() } }
        for peer in [ServerID(2), 3] {
          let sent = network.sendings.filter { $0.peer == peer }.map(\.request.value).sorted()
          guard sent != [1, 2] else { continue }
          throw runs.broken(
            "Two exchanges made the counts 1 and 2, and \(peer) was told others.",
            [Fact("sent to \(peer)", list(sent))], reference: "1, 2, in any order")
        }
      }
    }
  }

  private static var exchangesAtOnce: Check {
    check(
      "2.7.at-once", "A slow peer delays nobody: each reply is taken in when it comes.",
      section: "chapter 2, A counter per peer", calling: "exchange()"
    ) { runs in
      try runs.once { simulation in
        let network = ScriptedNetwork(
          simulation,
          [
            2: .init(delay: .seconds(3), reply: 7), 3: .init(delay: .seconds(1), reply: 8),
            4: .init(delay: .seconds(2), reply: 9),
          ])
        let state = makeState(id: 1, peers: [2, 3, 4], network: network)
        let seen = Answers<[ServerID: Int]>()
        await withDiscardingTaskGroup { group in
          group.addTask { await state.exchange() }
          for second in 1...3 {
            await simulation.sleep(untilSecond: second)
            try? await simulation.clock.sleep(for: .milliseconds(500))
            seen[second] = await state.counters
          }
        }
        for (second, peer, value) in [(1, ServerID(3), 8), (2, 4, 9), (3, 2, 7)]
        where seen[second]?[peer] != value {
          throw runs.broken(
            "\(peer) replied after \(second) s, and half a second later S1 did not know it.",
            [Fact("it knew", list(seen[second] ?? [:]))], reference: "\(peer): \(value)")
        }
      }
    }
  }

  private static var survivesLoss: Check {
    check(
      "2.7.lost", "A message that is lost stops nobody else's.",
      section: "chapter 2, A counter per peer", calling: "exchange()"
    ) { runs in
      try runs.once { simulation in
        let network = ScriptedNetwork(
          simulation,
          [
            2: .init(delay: .milliseconds(250), reply: nil), 3: .init(delay: .seconds(1), reply: 8),
            4: .init(delay: .milliseconds(100), reply: 9),
          ])
        let state = makeState(id: 1, peers: [2, 3, 4], network: network)
        await state.exchange()
        let known = await state.counters
        if known[3] != 8 || known[4] != 9 || known[2] ?? 0 != 0 {
          throw runs.broken(
            "S2 was out of reach, and S1 does not know what S3 and S4 replied.",
            [Fact("it knows", list(known))], reference: "S1: 1, S3: 8, S4: 9")
        }
      }
    }
  }

  private static var cluster: Check {
    check(
      "2.7.cluster",
      "What a server knows of another never falls, and is never more than the other has.",
      section: "Lamport 1978", calling: "exchange()"
    ) { runs in
      try runs.seeds(60, replay: CountCluster.command) { simulation in
        let cluster = await CountCluster(of: State.self, servers: 3, in: simulation)
        if let problem = cluster.problem {
          var finding = runs.broken(
            problem.happened, [Fact("network", "loses, delays, repeats and reorders")])
          // Up to here, and the event that is told after what it did.
          finding.trace = Array(simulation.trace.prefix(problem.events + 1))
          throw finding
        }
        if !cluster.isAgreed {
          throw runs.broken(
            "After a round without faults, somebody still does not know somebody's count.",
            cluster.counters.enumerated().map { Fact("S\($0 + 1) knows", list($1)) })
        }
      }
    }
  }
}
