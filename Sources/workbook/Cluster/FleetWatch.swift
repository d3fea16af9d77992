internal import Foundation
internal import Platform
internal import Synchronization

/// What is to be seen of all servers, and what they have sent since the last time.
struct FleetLook: Sendable {
  var servers: [ServerLook]
  /// The last ones, where there were many.
  var messages: [NodeStatus.Message] = []

  static let mostOfMessages = 64
}

/// Looks at every server again and again, and tells when there is something new to see.
final class FleetWatch: Sendable {
  private struct Seen {
    var look: FleetLook
    var hasNews = false
    /// When it was told last, in nanoseconds.
    var toldAt = Int64.min
  }

  private let fleet: Fleet
  private let seen: Mutex<Seen>
  private let isOver = Atomic(false)
  private let pause: @Sendable () -> TimeInterval
  private let tell: @Sendable (FleetLook) -> Void

  /// - Parameters:
  ///   - pause: how long to wait between two looks at a server, and between telling twice, in
  ///     seconds.
  ///   - tell: told of changes, one after another.
  init(
    _ fleet: Fleet, pause: @escaping @Sendable () -> TimeInterval,
    tell: @escaping @Sendable (FleetLook) -> Void
  ) {
    self.fleet = fleet
    self.pause = pause
    self.tell = tell
    let looks = fleet.servers.map { ServerLook(ServerView(server: $0, state: "starting")) }
    seen = Mutex(Seen(look: FleetLook(servers: looks)))
  }

  /// What was seen last.
  var looks: [ServerLook] { seen.withLock { $0.look.servers } }

  /// Begins to look. Each server has a thread of its own: one that is slow to answer does not keep
  /// the others waiting.
  func start() {
    for server in fleet.servers {
      Thread {
        let client = NodeClient()
        var place: Int?
        while !self.isOver.load(ordering: .relaxed) {
          let (look, status) = self.fleet.look(at: server, by: client, since: place)
          place = status?.sent ?? place
          self.note(look, status?.messages ?? [])
          Thread.sleep(forTimeInterval: self.pause())
        }
      }.start()
    }
  }

  func end() { isOver.store(true, ordering: .relaxed) }

  /// Notes what was seen of a server. What is new is told at the next look at any of them, if it
  /// came too soon after the last.
  private func note(_ look: ServerLook, _ messages: [NodeStatus.Message]) {
    let now = MonotonicClock.nanoseconds
    let pause = Int64(pause() * 1e9)
    seen.withLock { seen in
      if seen.look.servers[look.view.server - 1] != look || !messages.isEmpty {
        seen.look.servers[look.view.server - 1] = look
        seen.look.messages = (seen.look.messages + messages).suffix(FleetLook.mostOfMessages)
        seen.hasNews = true
      }
      guard seen.hasNews, now >= seen.toldAt &+ pause, !isOver.load(ordering: .relaxed) else {
        return
      }
      tell(seen.look)
      (seen.hasNews, seen.toldAt, seen.look.messages) = (false, now, [])
    }
  }
}

extension Fleet {
  /// What is to be seen of a server at a glance.
  func view(of server: Int) -> ServerView { look(at: server, by: NodeClient()).0.view }

  /// One look at a server, and what it said of itself.
  ///
  /// - Parameter since: the place of the last of its messages that is known already.
  func look(
    at server: Int, by client: NodeClient, since place: Int? = nil
  ) -> (ServerLook, NodeStatus?) {
    let ways = ways.withLock { $0 }
    let (cut, slow) = (ways.cuts[server] ?? [], ways.delays[server] ?? 0)
    func without(_ state: String) -> (ServerLook, NodeStatus?) {
      (ServerLook(ServerView(server: server, state: state), cut: cut, slow: slow), nil)
    }
    switch condition(of: server) {
    case .killed: return without("killed")
    case .paused: return without("paused")
    case .ended: return without("ended")
    case .starting: return without("starting")
    case .running:
      let query = "?entries=\(ServerLook.mostOfEntries)" + (place.map { "&since=\($0)" } ?? "")
      if let status = NodeStatus.ask(port: clientPorts[server - 1], by: client, query: query) {
        return (ServerLook(ServerView(status), status, cut: cut, slow: slow), status)
      }
      // It may have been killed between the two looks.
      return condition(of: server) == .running
        ? without("silent") : look(at: server, by: client, since: place)
    }
  }

  func status(of server: Int) -> NodeStatus? {
    guard condition(of: server) == .running else { return nil }
    return NodeStatus.ask(port: clientPorts[server - 1])
  }

  /// The server that leads, and that a majority knows and can reach, itself included.
  var leader: NodeStatus? {
    let statuses = running.compactMap { status(of: $0) }
    let cuts = ways.withLock { $0.cuts }
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
