internal import Raft

extension Cluster {
  /// Has the faults of a plan happen at their times, counted from now.
  public func schedule(_ plan: FaultPlan) {
    for entry in plan.entries {
      after(entry.time.nanoseconds) { [self] in apply(entry.fault) }
    }
  }

  /// Has a fault happen now. One that makes no sense, such as crashing twice, does nothing.
  public func apply(_ fault: Fault) {
    switch fault {
    case .crash(let id): seat(id)?.crash()
    case .crashAfterSending(let id, let count): seat(id)?.messagesLeft = max(count, 1)
    case .restart(let id): seat(id)?.start()
    case .pause(let id): seat(id)?.pause()
    case .resume(let id): seat(id)?.resume()
    case .blockConsumer(let id): seat(id)?.setConsumer(blocked: true)
    case .unblockConsumer(let id): seat(id)?.setConsumer(blocked: false)
    case .cut(let from, let to): cut(from: from, to: to)
    case .isolate(let id):
      for other in servers where other != id {
        cut(from: id, to: other)
        cut(from: other, to: id)
      }
    case .partition(let groups): partition(groups)
    case .slow(let id, let delay): slow(id, by: delay.nanoseconds)
    case .elect(let id): seat(id)?.elect()
    case .heal:
      for id in servers { slow(id, by: 0) }
      heal()
    case .command(let command): submit(command)
    case .conditions(let conditions):
      guard conditions != wire.conditions else { return }
      wire.conditions = conditions
      record(.conditions(conditions))
    }
    noteSituations()
  }

  /// Hands a command to the leader of the latest term, and lets its client wait alone.
  private func submit(_ command: Command) {
    let leaders = servers.filter { situation(of: $0)?.role == .leader }
    let latest = leaders.max {
      situation(of: $0)?.currentTerm ?? 0 < situation(of: $1)?.currentTerm ?? 0
    }
    guard let latest else { return }
    spawn { [self] in _ = await submit(command, at: latest) }
  }

  private func slow(_ id: ServerID, by delay: Int64) {
    guard seat(id) != nil, wire.slow(id, by: delay) else { return }
    record(.slowed(id, by: .nanoseconds(delay)))
  }

  private func heal() {
    if wire.heal() { record(.healed) }
  }

  private func cut(from: ServerID, to: ServerID) {
    guard from != to, seat(from) != nil, seat(to) != nil, wire.isOpen(from: from, to: to) else {
      return
    }
    wire.cut(from: from, to: to)
    record(.cut(from: from, to: to))
  }

  /// Opens every way within a group and cuts every other.
  private func partition(_ groups: [[ServerID]]) {
    heal()
    for from in servers {
      for to in servers where to != from {
        let isTogether = groups.contains { $0.contains(from) && $0.contains(to) }
        if !isTogether { cut(from: from, to: to) }
      }
    }
  }
}
