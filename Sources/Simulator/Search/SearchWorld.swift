internal import Contracts
internal import Raft

/// A cluster in a search: what each server has gone through, and what was sent.
struct SearchWorld {
  /// Each server's life, S1's first.
  var places: [Int]
  /// How often each has started again.
  var restarts: [Int]
  var sent = SearchSet()
  var invariants: Invariants
  var timeouts = 0
  var commands = 0

  init(servers: Int) {
    places = []
    restarts = Array(repeating: 0, count: servers)
    invariants = Invariants(servers: servers)
  }
}

extension ClusterSearch {
  /// Starts every server from its disk.
  func begin(
    in lives: SearchLives<Server>, telling tell: (ClusterEvent.Kind) -> Void = { _ in }
  ) async -> SearchWorld {
    var world = SearchWorld(servers: servers)
    for number in 1...servers {
      let id = ServerID(number)
      let disk = number <= disks.count ? disks[number - 1] : PersistentState()
      let place = await lives.begin(id, from: disk, as: 0)
      world.places.append(place)
      tell(.started(id, life: 1, lives.lives[place].situation))
      world.invariants.started(id, lives.lives[place].situation)
    }
    return world
  }

  /// All that can happen next, messages first.
  func moves(in world: SearchWorld, of lives: SearchLives<Server>) -> [SearchMove] {
    var moves: [SearchMove] = []
    for number in world.sent.numbers {
      let parcel = lives.post.parcels[number]
      // Nobody waits for a reply that was asked for before a crash.
      if parcel.answers == nil || parcel.life == world.restarts[parcel.to.number - 1] {
        moves.append(.call(parcel.to, .receive(number)))
      }
    }
    let all = (1...servers).map { ServerID($0) }
    let leaders = all.filter {
      lives.lives[world.places[$0.number - 1]].situation.role == .leader
    }
    moves += leaders.map { .call($0, .heartbeat) }
    if lives.takesCommands, world.commands < bounds.commands {
      moves += leaders.map { .call($0, .propose(Command("x \(world.commands + 1)"))) }
    }
    if world.timeouts < bounds.timeouts {
      moves += all.filter {
        !leaders.contains($0)
          && lives.lives[world.places[$0.number - 1]].isElectionTimerRunning
      }
      .map { .call($0, .timeout) }
    }
    if world.restarts.reduce(0, +) < bounds.restarts { moves += all.map { .restart($0) } }
    return moves
  }

  /// Lets something happen, and has the invariants look at it.
  ///
  /// - Returns: nil where it changes nothing.
  func next(
    _ world: SearchWorld, _ move: SearchMove, in lives: SearchLives<Server>,
    telling tell: (ClusterEvent.Kind) -> Void = { _ in }
  ) async -> SearchWorld? {
    switch move {
    case .restart(let id):
      return await restart(id, in: world, of: lives, telling: tell)
    case .call(let id, let call):
      let past = world.places[id.number - 1]
      let place = await lives.go(on: past, call)
      let before = lives.lives[past]
      let after = lives.lives[place]
      let isNews = after.sent.contains { !world.sent.contains($0) }
      if !isNews, before.appearance == after.appearance { return nil }
      var next = world
      next.places[id.number - 1] = place
      switch call {
      case .timeout: next.timeouts += 1
      case .propose: next.commands += 1
      case .heartbeat, .receive: break
      }
      tellCall(call, from: before.situation, to: after, in: lives, telling: tell)
      judge(from: before.situation, to: after, in: lives, by: &next.invariants)
      for number in after.sent { next.sent.insert(number) }
      return next
    }
  }

  private func restart(
    _ id: ServerID, in world: SearchWorld, of lives: SearchLives<Server>,
    telling tell: (ClusterEvent.Kind) -> Void
  ) async -> SearchWorld {
    var next = world
    let number = id.number - 1
    next.restarts[number] += 1
    let disk = lives.lives[world.places[number]].situation.persistent
    next.places[number] = await lives.begin(id, from: disk, as: next.restarts[number])
    let situation = lives.lives[next.places[number]].situation
    tell(.crashed(id))
    tell(.started(id, life: next.restarts[number] + 1, situation))
    next.invariants.started(id, situation)
    return next
  }

  /// In the order of a host: it sees what has changed, it saves, and only then something leaves.
  private func judge(
    from before: Situation, to life: SearchLives<Server>.Life, in lives: SearchLives<Server>,
    by invariants: inout Invariants
  ) {
    let after = life.situation
    if before != after { invariants.changed(life.server, from: before, to: after) }
    if case .requestVote(let request, from: _, let reply) = life.said {
      invariants.answered(request, with: reply, by: life.server, before: before)
    }
    let disk = after.persistent
    if before.persistent != disk { invariants.saved(life.server, disk) }
    for number in life.sent {
      invariants.leaving(lives.post.envelope(number), after, disk: disk)
    }
  }

  private func tellCall(
    _ call: SearchCall, from before: Situation, to life: SearchLives<Server>.Life,
    in lives: SearchLives<Server>, telling tell: (ClusterEvent.Kind) -> Void
  ) {
    let id = life.server
    let after = life.situation
    switch call {
    case .timeout: tell(.timerElapsed(id, .election, before: before))
    case .heartbeat: tell(.timerElapsed(id, .heartbeat, before: before))
    case .receive(let number): tell(.delivered(lives.post.envelope(number)))
    case .propose: break
    }
    if before.role != after.role
      || (before.currentTerm != after.currentTerm && after.role != .follower)
    {
      tell(
        .role(
          id, after.role, in: after.currentTerm, before: before.role,
          votes: after.votes.sorted()))
    }
    if let said = life.said {
      tell(.called(id, said, before: before, after: after))
    } else if before != after {
      tell(.changed(id, before: before, after: after))
    }
    for number in life.sent { tell(.sent(lives.post.envelope(number))) }
  }
}
