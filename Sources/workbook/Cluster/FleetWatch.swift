internal import Foundation
internal import Synchronization

/// Looks at every server again and again, and tells when there is something new to see.
final class FleetWatch: Sendable {
  private let fleet: Fleet
  private let seen: Mutex<[ServerLook]>
  private let isOver = Atomic(false)
  private let pause: @Sendable () -> TimeInterval
  private let tell: @Sendable ([ServerLook]) -> Void

  /// - Parameters:
  ///   - pause: how long to wait between two looks, in seconds.
  ///   - tell: told of each change, one after another.
  init(
    _ fleet: Fleet, pause: @escaping @Sendable () -> TimeInterval,
    tell: @escaping @Sendable ([ServerLook]) -> Void
  ) {
    self.fleet = fleet
    self.pause = pause
    self.tell = tell
    seen = Mutex(fleet.servers.map { ServerLook(ServerView(server: $0, state: "starting")) })
  }

  /// What was seen last.
  var looks: [ServerLook] { seen.withLock { $0 } }

  /// Begins to look. Each server has a thread of its own: one that is slow to answer does not keep
  /// the others waiting.
  func start() {
    for server in fleet.servers {
      Thread {
        let client = NodeClient()
        while !self.isOver.load(ordering: .relaxed) {
          self.note(self.fleet.look(at: server, by: client))
          Thread.sleep(forTimeInterval: self.pause())
        }
      }.start()
    }
  }

  func end() { isOver.store(true, ordering: .relaxed) }

  private func note(_ look: ServerLook) {
    seen.withLock { seen in
      guard seen[look.view.server - 1] != look, !isOver.load(ordering: .relaxed) else { return }
      seen[look.view.server - 1] = look
      tell(seen)
    }
  }
}

extension Fleet {
  /// What is to be seen of a server at a glance.
  func view(of server: Int) -> ServerView { look(at: server, by: NodeClient()).view }

  /// One look at a server.
  func look(at server: Int, by client: NodeClient) -> ServerLook {
    let cut = cuts.withLock { $0[server] ?? [] }
    func without(_ state: String) -> ServerLook {
      ServerLook(ServerView(server: server, state: state), cut: cut)
    }
    switch condition(of: server) {
    case .killed: return without("killed")
    case .paused: return without("paused")
    case .ended: return without("ended")
    case .starting: return without("starting")
    case .running:
      if let status = status(of: server, by: client, entries: ServerLook.mostOfEntries) {
        return ServerLook(ServerView(status), status, cut: cut)
      }
      // It may have been killed between the two looks.
      return condition(of: server) == .running ? without("silent") : look(at: server, by: client)
    }
  }

  func status(
    of server: Int, by client: NodeClient = NodeClient(), entries: Int = 10
  ) -> NodeStatus? {
    guard condition(of: server) == .running else { return nil }
    return NodeStatus.ask(port: clientPorts[server - 1], by: client, query: "?entries=\(entries)")
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
