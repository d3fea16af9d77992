internal import Contracts
internal import Raft
internal import Simulator

// Scenarios in which servers crash, and start again from what their hosts saved.
extension ReplicationScene {
  func followerCrashes() async throws {
    let leader = try await leader("after the start")
    try await agree(commands(3, "everybody"))
    let follower = others(than: leader)[Int(seed) % (servers.count - 1)]
    cluster.apply(.crash(follower))
    try await agree(commands(5, "without \(follower)"))
    await cluster.run(for: .milliseconds(300))
    cluster.apply(.restart(follower))
    try await agreeInTheEnd("after \(follower) started again")
  }

  func leaderCrashes() async throws {
    for round in 1...2 {
      let old = try await leader("later")
      try await agree(commands(2, "everybody, \(round)"))
      await cluster.propose(Command("on its way, \(round)"), at: old)
      // Before anybody has it, or after: as the seed says.
      await cluster.run(for: .milliseconds(Int(seed) * round % 5 * 3))
      cluster.apply(.crash(old))
      let new = try await leader("after \(old) crashed", not: old)
      try await see(
        [try await accept(Command("after the crash, \(round)"), at: new)], on: others(than: old),
        within: catchUp(entries: 2))
      cluster.apply(.restart(old))
      try await agreeInTheEnd("after \(old) started again")
    }
  }

  func allCrash() async throws {
    for round in 1...2 {
      let leader = try await leader("later")
      let kept = try await accept(commands(3, "before the crash, \(round)"), at: leader)
      try await see(kept, on: servers)
      await cluster.propose(Command("on its way, \(round)"), at: leader)
      await cluster.run(for: .milliseconds(Int(seed) * 4 % 12))
      for id in servers { cluster.apply(.crash(id)) }
      await cluster.run(for: .milliseconds(100))
      restart()
      try await agreeInTheEnd("after all started again")
      // What was applied before is applied again, from the first entry on.
      try await see(kept, on: servers, within: .zero)
    }
  }

  /// One of three stands still while another elects the third, and crashes. When the voter is back,
  /// and the leader out of reach, the one that comes late stands in the same term.
  func voterCrashes() async throws {
    let late = servers[Int(seed) % servers.count]
    cluster.apply(.isolate(late))
    cluster.apply(.pause(late))
    let leader = try await leader("with \(late) standing still")
    let voter = others(than: leader, late)[0]
    cluster.apply(.crash(voter))
    heal()
    cluster.apply(.isolate(leader))
    cluster.apply(.restart(voter))
    cluster.apply(.resume(late))
    // Longer than that, and the voter may stand itself.
    await cluster.run(for: .milliseconds(145))
    heal()
    try await agreeInTheEnd("after \(voter) started again")
  }

  /// The leader and a follower in turn crash after their first message, their second, …
  func crashEveryMessage() async throws {
    for messages in 1...5 {
      let leader = try await leader("later")
      let follower = others(than: leader)[messages % (servers.count - 1)]
      let victim = messages.isMultiple(of: 2) == seed.isMultiple(of: 2) ? leader : follower
      cluster.apply(.crashAfterSending(victim, messages: messages))
      for command in commands(2, "before message \(messages)") {
        await cluster.propose(command, at: leader)
      }
      await cluster.wait(atMost: .milliseconds(400)) { $0.situation(of: victim) == nil }
      cluster.apply(.restart(victim))
    }
    try await agreeInTheEnd("after the last crash")
  }

  /// Figure8 of MIT's: leaders that crash before, or while, others learn what they took.
  func figure8Crashes() async throws {
    var random = SeededGenerator(seed: seed ^ 0xF16)
    for round in 1...14 {
      for id in servers { await cluster.propose(Command("\(round) at \(id)"), at: id) }
      let isLong = Int.random(in: 0..<4, using: &random) == 0
      await cluster.run(for: .milliseconds(Int.random(in: 1...(isLong ? 250 : 13), using: &random)))
      if let leader = servers.first(where: { cluster.situation(of: $0)?.role == .leader }) {
        cluster.apply(.crash(leader))
      }
      let down = servers.filter { cluster.situation(of: $0) == nil }
      if !cluster.quorum.isReached(by: servers.count - down.count),
        let lucky = down.randomElement(using: &random)
      {
        cluster.apply(.restart(lucky))
      }
      await cluster.wait(atMost: .milliseconds(400)) { $0.liveness.agreement != nil }
    }
    restart()
    try await agreeInTheEnd("after the last crash")
  }

  /// Figure8Unreliable of MIT's: the same by cuts, on a rough network.
  func figure8Unreliable() async throws {
    var random = SeededGenerator(seed: seed ^ 0xF168)
    var connected = servers
    for round in 1...14 {
      for id in servers { await cluster.propose(Command("\(round) at \(id)"), at: id) }
      await cluster.run(for: .milliseconds(Int.random(in: 1...120, using: &random)))
      let leader = connected.first { cluster.situation(of: $0)?.role == .leader }
      if let leader, Bool.random(using: &random) { connected.removeAll { $0 == leader } }
      if !cluster.quorum.isReached(by: connected.count) {
        connected = (connected + servers.filter { !connected.contains($0) }.prefix(2)).sorted()
      }
      connect(connected)
    }
    cluster.apply(.conditions(.calm))
    heal()
    try await agreeInTheEnd("after the network was calm")
  }
}
