internal import Contracts
internal import Raft
internal import Simulator

// Scenarios in which nothing stands in the way: what matters is what is handed over, and when.
extension ReplicationScene {
  func calm() async throws -> [String] {
    let leader = try await leader("after the start")
    try await refuse(than: leader)
    for command in commands(3, "one by one") { try await agree(command) }
    try await agree(commands(10, "at once"))
    return try await withClients { await cluster.run(for: .seconds(1)) }
  }

  /// Everybody but the leader refuses, and keeps nothing of what it refused.
  private func refuse(than leader: ServerID) async throws {
    for other in others(than: leader) {
      let command = Command("for \(other)")
      let proposal = await cluster.propose(command, at: other)
      if case .accepted? = proposal { throw taken(command, by: other, leader) }
      let heard = await cluster.submit(command, at: other, patience: .milliseconds(500))
      guard case .heard(.refused) = heard else { throw taken(command, by: other, leader) }
      if cluster.situation(of: other)?.log.entries.contains(where: { $0.command == command })
        == true
      {
        throw taken(command, by: other, leader)
      }
    }
  }

  private func taken(_ command: Command, by other: ServerID, _ leader: ServerID) -> Problem {
    Problem(
      promise: .linearizable,
      happened: "\(leader) leads, and \(other) did not refuse \(Self.quoted(command)).")
  }

  func minorityDown() async throws {
    let down = servers.suffix((servers.count - 1) / 2)
    for id in down { cluster.apply(.crash(id)) }
    try await leader("with \(Self.list(Array(down))) down")
    for command in commands(2, "with a minority down") { try await agree(command) }
    try await agree(commands(5, "at once"))
  }

  func concurrentStarts() async throws {
    let leader = try await leader("after the start")
    let commands = commands(12, "together")
    let accepted = try await withThrowingTaskGroup(of: Accepted.self) { group in
      for command in commands { group.addTask { try await accept(command, at: leader) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    guard Set(accepted.map(\.index)).count == accepted.count else {
      throw Problem(
        promise: .agrees, happened: "\(leader) gave one index to several of 12 commands.")
    }
    try await see(accepted, on: running)
    let puts = (1...6).map { KeyValue.Operation.put(key: "x", value: "\($0)").command }
    let heard = await withTaskGroup(of: Submission.self) { group in
      for put in puts {
        group.addTask { await cluster.submit(put, at: leader, patience: .seconds(2)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    guard heard.allSatisfy({ $0 == .heard(.applied(.done)) }) else {
      throw Problem(
        promise: .linearizable,
        happened: "\(leader) led all the time, and of 6 clients at once "
          + "\(heard.count { $0 == .heard(.applied(.done)) }) heard that their put was done.")
    }
  }

  /// While the first messages are on their way, more commands come.
  func unacknowledged() async throws {
    let leader = try await leader("after the start")
    var accepted: [Accepted] = []
    for command in commands(15, "unasked") {
      accepted.append(try await accept(command, at: leader))
      await cluster.run(for: .milliseconds(1 + Int(seed) % 3))
    }
    try await see(accepted, on: running)
    let entries = cluster.situation(of: leader)?.log.entries ?? []
    for entry in accepted where entries.count(where: { $0.command == entry.command }) != 1 {
      throw Problem(
        promise: .agrees,
        happened: "\(Self.quoted(entry.command)) was handed over once, and stands in the log "
          + "\(entries.count { $0.command == entry.command }) times.")
    }
  }

  func everyServer() async throws {
    for round in 1...12 {
      for id in servers { await cluster.propose(Command("to \(id), \(round)"), at: id) }
      // The first rounds meet servers that have yet to elect; then a leader is cut off.
      await cluster.run(for: .milliseconds(30 + round * 5))
      if round == 6, let leader = cluster.liveness.agreement?.leader {
        cluster.apply(.isolate(leader))
      }
    }
    heal()
    try await agreeInTheEnd("after the last cut")
  }

  func oddCommands() async throws {
    try await leader("after the start")
    let megabyte = String(repeating: "0123456789abcdef", count: 1 << 16)
    let odd = [
      "", " ", "\n", "\0", "%", "%zz", "a\u{301}", "á", "👩‍👩‍👧‍👦 🇨🇭", "עברית", "\u{FEFF}x",
    ]
    try await agree(odd.map { Command($0) })
    for key in ["", "two words", "% %20", "á", "a\u{301}", "👩‍👩‍👧‍👦", "\u{1F}\u{7F}"] {
      try await get(back: "\(key)\n\(key)", at: key)
    }
    try await agree(Command(megabyte))
  }

  /// What a client puts at a key comes back as it was.
  private func get(back value: String, at key: String) async throws {
    let leader = try await leader("later")
    let put = KeyValue.Operation.put(key: key, value: value)
    _ = await cluster.submit(put.command, at: leader, patience: .seconds(2))
    let get = KeyValue.Operation.get(key: key)
    let heard = await cluster.submit(get.command, at: leader, patience: .seconds(2))
    guard case .heard(.applied(.value(let found))) = heard,
      found.map({ Array($0.utf8) }) == Array(value.utf8)
    else {
      throw Problem(
        promise: .agrees,
        happened:
          "\(String(reflecting: value)) was put at \(String(reflecting: key)), and who "
          + "asked for it heard \(Self.told(heard)).")
    }
  }

  func blockedConsumer() async throws {
    let leader = try await leader("after the start")
    let start = cluster.now + .nanoseconds(1)
    let blocked = [leader] + others(than: leader).suffix(1)
    for id in blocked { cluster.apply(.blockConsumer(id)) }
    let accepted = try await accept(commands(40, "unread"), at: leader)
    try await see(accepted, on: others(than: leader).dropLast())
    let put = KeyValue.Operation.put(key: "x", value: "1").command
    let heard = await cluster.submit(put, at: leader, patience: .seconds(1))
    guard heard == .heard(.applied(.done)), cluster.liveness.termChanges(since: start) == 0 else {
      throw Problem(
        promise: .agrees,
        happened: "Nobody read the commits of \(Self.list(blocked)) for a while, and that held the "
          + "cluster up.")
    }
    for id in blocked { cluster.apply(.unblockConsumer(id)) }
    try await see(accepted, on: servers)
  }
}

// MARK: - Messages counted

extension ReplicationScene {
  func rpcBytes() async throws {
    let leader = try await leader("after the start")
    try await agree("first")
    let before = cluster.events.count
    let commands = commands(10, String(repeating: "5", count: 5_000))
    for command in commands { try await agree(command) }
    var copies = 0
    for event in cluster.events[before...] {
      guard case .sent(let envelope) = event.kind,
        case .appendEntries(let request) = envelope.message
      else { continue }
      copies += request.entries.count
    }
    let needed = commands.count * (servers.count - 1)
    guard copies <= needed * 2 else {
      throw Problem(
        promise: .frugal,
        happened: "\(leader) took 10 commands, one after the other, and entries were sent "
          + "\(copies) times: \(needed) would do.")
    }
  }

  func rpcCount() async throws {
    let leader = try await leader("after the start")
    try await agree("first")
    await cluster.run(for: bound())
    let peers = servers.count - 1
    let before = cluster.liveness.messages
    try await see(try await accept(commands(10, "counted"), at: leader), on: running)
    let busy = cluster.liveness.messages - before
    // A request and a reply for each command and peer, and for the heartbeats meanwhile.
    let mostBusy = (10 + 4 + 14) * peers * 2
    await cluster.run(for: bound())
    let idleBefore = cluster.liveness.messages
    await cluster.run(for: .seconds(1))
    let idle = cluster.liveness.messages - idleBefore
    let mostIdle = 25 * peers * 2
    guard busy <= mostBusy, idle <= mostIdle else {
      throw Problem(
        promise: .frugal,
        happened: busy > mostBusy
          ? "\(busy) messages were sent for 10 commands: \(mostBusy) are plenty."
          : "\(idle) messages were sent in a second without commands: \(mostIdle) are plenty.")
    }
  }
}
