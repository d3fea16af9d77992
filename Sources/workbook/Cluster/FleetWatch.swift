internal import Foundation
internal import Synchronization

/// Looks at every server again and again, and tells when there is something new to see.
final class FleetWatch: Sendable {
  private let fleet: Fleet
  private let seen: Mutex<[ServerView]>
  private let isOver = Atomic(false)
  private let tell: @Sendable ([ServerView]) -> Void

  init(_ fleet: Fleet, tell: @escaping @Sendable ([ServerView]) -> Void) {
    self.fleet = fleet
    self.tell = tell
    seen = Mutex(fleet.servers.map { ServerView(server: $0, state: "starting") })
  }

  /// What was seen last.
  var views: [ServerView] { seen.withLock { $0 } }

  /// Begins to look. Each server has a thread of its own: one that is slow to answer does not keep
  /// the others waiting.
  func start() {
    for server in fleet.servers {
      Thread {
        while !self.isOver.load(ordering: .relaxed) {
          self.note(self.fleet.view(of: server))
          Thread.sleep(forTimeInterval: 0.15)
        }
      }.start()
    }
  }

  func end() { isOver.store(true, ordering: .relaxed) }

  private func note(_ view: ServerView) {
    let changed = seen.withLock { seen -> [ServerView]? in
      guard seen[view.server - 1] != view else { return nil }
      seen[view.server - 1] = view
      return seen
    }
    if let changed, !isOver.load(ordering: .relaxed) { tell(changed) }
  }
}

extension Fleet {
  /// One look at a server.
  func view(of server: Int) -> ServerView {
    switch condition(of: server) {
    case .killed: return ServerView(server: server, state: "killed")
    case .paused: return ServerView(server: server, state: "paused")
    case .ended: return ServerView(server: server, state: "ended")
    case .starting: return ServerView(server: server, state: "starting")
    case .running:
      if let status = status(of: server) { return ServerView(status) }
      // It may have been killed between the two looks.
      let isStill = condition(of: server) == .running
      return isStill ? ServerView(server: server, state: "silent") : view(of: server)
    }
  }

  func status(of server: Int) -> NodeStatus? {
    guard condition(of: server) == .running else { return nil }
    return NodeStatus.ask(port: clientPorts[server - 1])
  }

  /// The server that leads, and that a majority knows and can reach, itself included.
  var leader: NodeStatus? {
    let statuses = running.compactMap { status(of: $0) }
    let cuts = cuts.withLock { $0 }
    return statuses.filter(\.isLeader).first { leading in
      // Servers of chapter 3 do not say who leads; whom they voted for, all do.
      let known = statuses.count {
        $0.term == leading.term && ($0.leader ?? $0.votedFor) == leading.server
          && cuts[leading.server]?.contains($0.server) != true
      }
      return 2 * known > plan.servers
    }
  }

  /// Waits for a leader that a majority knows; not where so many are down that there can be none.
  func leader(within limit: Duration) async throws -> NodeStatus? {
    let deadline = ContinuousClock.now + limit
    repeat {
      if let leader { return leader }
      if 2 * running.count <= plan.servers { return nil }
      try await Task.sleep(for: .milliseconds(20))
    } while ContinuousClock.now < deadline
    return nil
  }

  /// Waits for a leader while nobody does anything to the servers.
  ///
  /// - Throws: `Trouble`, as soon as one of them ends by itself.
  func expectedLeader(within limit: Duration) async throws -> NodeStatus? {
    let deadline = ContinuousClock.now + limit
    repeat {
      try checkThatNobodyEnded()
      if let leader = try await leader(within: .milliseconds(100)) { return leader }
    } while ContinuousClock.now < deadline
    return nil
  }

  /// A server that nobody has killed goes on running.
  ///
  /// - Throws: `Trouble` with its last words, where one does not.
  func checkThatNobodyEnded() throws {
    if let ended = lastWords.withLock({ $0.first }) { throw Trouble(ended.sentence) }
  }
}
