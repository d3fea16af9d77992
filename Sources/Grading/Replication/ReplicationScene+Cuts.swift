internal import Contracts
internal import Raft
internal import Simulator

// Scenarios in which servers can't reach each other for a while.
extension ReplicationScene {
  func followerFailure() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    var left = servers
    for follower in others(than: leader) {
      left.removeAll { $0 == follower }
      cluster.apply(.isolate(follower))
      guard cluster.quorum.isReached(by: left.count) else { break }
      try await agree(Command("without \(follower)"), on: left)
    }
    // No majority is left: the invariants see whether anything is committed.
    _ = try await accept(commands(2, "in vain"), at: leader)
    await cluster.run(for: .seconds(1))
  }

  func leaderFailure() async throws {
    try await leader("after the start")
    try await agree("everybody")
    var left = servers
    while true {
      let old = try await leader("later")
      left.removeAll { $0 == old }
      connect(left)
      guard cluster.quorum.isReached(by: left.count) else { break }
      try await leader("after \(old) was cut off", not: old)
      try await agree(Command("without \(old)"), on: left)
    }
    for id in servers { await cluster.propose(Command("in vain at \(id)"), at: id) }
    await cluster.run(for: .seconds(1))
  }

  func failAgree() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    let follower = others(than: leader)[Int(seed) % (servers.count - 1)]
    cluster.apply(.isolate(follower))
    try await agree("without one", "and again", on: others(than: follower))
    await cluster.run(for: cluster.options.longestTimeout)
    try await agree(commands(5, "still without"), on: others(than: follower))
    heal()
    try await agreeInTheEnd("after \(follower) came back")
  }

  func failNoAgree() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    let apart = others(than: leader).prefix(servers.count / 2 + servers.count % 2)
    for id in apart { cluster.apply(.isolate(id)) }
    _ = try await accept(commands(2, "in vain"), at: leader)
    await cluster.run(for: .milliseconds(1_500))
    heal()
    try await agreeInTheEnd("after \(Self.list(Array(apart))) came back")
  }

  func rejoin() async throws {
    let first = try await leader("after the start")
    try await agree("everybody")
    connect(others(than: first))
    let lost = try await accept(commands(3, "lost"), at: first)
    let second = try await leader("after \(first) was cut off", not: first)
    try await agree("by the second leader", on: others(than: first))
    // Now the second is alone, and the first comes back with what nobody else holds.
    connect(others(than: second))
    try await leader("after \(second) was cut off", not: second)
    try await agreeWithout(second, "by the third leader")
    heal()
    try await agreeInTheEnd("after all came back")
    try await areGone(lost)
  }

  /// A leader has just been elected whose log another may yet have to follow, entry by entry.
  private func agreeWithout(_ id: ServerID, _ name: String) async throws {
    let leader = try await leader("later")
    let accepted = try await accept(Command(name), at: leader)
    try await see([accepted], on: others(than: id), within: catchUp(entries: 5))
  }

  /// Commands of a leader that reached nobody, where others have been committed: nobody has them.
  private func areGone(_ lost: [Accepted]) async throws {
    let commands = Set(lost.map(\.command))
    let isGone = await cluster.wait(atMost: catchUp(entries: lost.count)) { cluster in
      cluster.servers.allSatisfy { id in
        let entries = cluster.situation(of: id)?.log.suffix(from: lost[0].index) ?? []
        return !entries.contains { commands.contains($0.command) }
      }
    }
    guard isGone || cluster.hasFindings else {
      throw Problem(
        promise: .catchesUp,
        happened: "\(lost[0].leader) took commands that reached nobody, others were committed in "
          + "their place, and they were still in a log.")
    }
  }

  func isolatedLeader() async throws {
    let old = try await leader("after the start")
    try await agree(commands(3, "everybody"))
    cluster.apply(.isolate(old))
    let lost = try await accept(commands(20, "lost"), at: old)
    try await leader("after \(old) was cut off", not: old)
    try await agree(commands(5, "kept"), on: others(than: old))
    await cluster.run(for: .milliseconds(100))
    async let heard = cluster.submit("a client's", at: old, patience: .seconds(10))
    await cluster.run(for: .milliseconds(10))
    heal()
    try await agreeInTheEnd("after \(old) came back")
    try await areGone(lost)
    // A server may wait until another entry is applied where the client's was.
    try await agree(commands(25, "after that"), on: servers)
    try await mustNotKnow(await heard, old)
  }

  /// What a client must hear of a command that its leader took, and lost with the leadership.
  private func mustNotKnow(_ heard: Submission, _ leader: ServerID) async throws {
    guard heard != .heard(.unknown), !cluster.hasFindings else { return }
    throw Problem(
      promise: .linearizable,
      happened: "\(leader) took a client's command, lost its leadership, and the client heard "
        + "\(Self.told(heard)). Nobody knows: that is what to say.")
  }

  func shortLog() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    let follower = others(than: leader)[Int(seed) % (servers.count - 1)]
    cluster.apply(.isolate(follower))
    try await agree(commands(10, "missed"), on: others(than: follower))
    await cluster.run(for: .milliseconds(1_500))
    heal()
    try await agreeInTheEnd("after \(follower) came back, with a short log")
  }

  func callDrops() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    cut(from: [leader], to: servers)
    cluster.schedule(FaultPlan([(.milliseconds(30), .heal)]))
    let put = KeyValue.Operation.put(key: "x", value: "1").command
    let heard = await cluster.submit(put, at: leader, patience: catchUp(entries: 1))
    let hasChanged = cluster.liveness.agreement?.leader != leader
    guard heard == .heard(.applied(.done)) || hasChanged else {
      throw Problem(
        promise: .linearizable,
        happened: "\(leader)'s messages were lost for 30 ms while a client waited, and the client "
          + "heard nothing of its command for \(Messages.describe(catchUp(entries: 1))) after.")
    }
  }

  func leaderBriefly() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    cluster.apply(.isolate(leader))
    let accepted = try await accept(commands(2, "briefly alone"), at: leader)
    await cluster.run(for: .milliseconds(50))
    heal()
    if cluster.situation(of: leader)?.currentTerm == cluster.liveness.highestTerm {
      try await see(accepted, on: servers, within: catchUp(entries: 2))
    }
    try await agreeInTheEnd("after \(leader) was cut off for 50 ms")
  }

  func oneWay() async throws {
    let leader = try await leader("after the start")
    try await agree("everybody")
    let follower = others(than: leader)[Int(seed) % (servers.count - 1)]
    // The leader is heard, and hears nobody: nothing can be committed.
    cut(from: others(than: leader), to: [leader])
    _ = try await accept(commands(2, "unheard"), at: leader)
    await cluster.run(for: .milliseconds(400))
    heal()
    try await agreeInTheEnd("after \(leader) heard the others again")
    // A follower gets everything, and nobody hears it.
    cut(from: [follower], to: servers)
    await cluster.run(for: .milliseconds(400))
    heal()
    try await agreeInTheEnd("after \(follower) was heard again")
    // A leader that hears everything, and is not heard.
    let mute = try await self.leader("later")
    cut(from: [mute], to: servers)
    await cluster.propose("by a mute leader", at: mute)
    await cluster.run(for: .milliseconds(600))
    heal()
    try await agreeInTheEnd("after \(mute) was heard again")
  }

  func pausedLeader() async throws {
    let old = try await leader("after the start")
    try await agree("everybody")
    let waiting = try await accept(commands(2, "before the pause"), at: old)
    await cluster.run(for: .milliseconds(Int(seed) % 3 * 4))
    cluster.apply(.pause(old))
    try await leader("after \(old) stood still", not: old)
    let new = try await leader("later")
    try await see(
      [try await accept("during the pause", at: new)], on: others(than: old),
      within: catchUp(entries: waiting.count))
    cluster.apply(.resume(old))
    try await agreeInTheEnd("after \(old) went on")
  }

  /// Backup of MIT's: halves that take turns to collect what comes to nothing.
  func backup() async throws {
    let size = 10
    let first = try await leader("after the start")
    try await agree("everybody")
    let friends = others(than: first)
    let small = [first, friends[0]]
    let large = Array(friends.dropFirst())
    connect(small)
    let lost = try await accept(commands(size, "lost with the first"), at: first)
    await cluster.run(for: .milliseconds(40))
    connect(large)
    let second = try await leader("after \(first) was cut off", not: first)
    try await agree(commands(size, "kept"), on: large)
    let third = large.first { $0 != second } ?? second
    connect(large.filter { $0 != third })
    _ = try await accept(commands(size, "lost with the second"), at: second)
    await cluster.run(for: .milliseconds(40))
    let mixed = small + [third]
    connect(mixed)
    let last = try await leader("after \(first), \(friends[0]) and \(third) met", not: second)
    let kept = try await accept(commands(size, "kept too"), at: last)
    try await see(kept, on: mixed, within: catchUp(entries: 3 * size))
    heal()
    try await agreeInTheEnd("after all came back")
    try await areGone(lost)
  }
}
