internal import Dashboard
internal import Foundation

/// The page of a running cluster in a browser: what it shows, and what it may ask for.
struct ClusterPage: Sendable {
  private let page: LivePage

  var address: String { page.address }

  /// How long to wait between two looks at a server, in seconds: less while somebody watches.
  var pause: TimeInterval { page.isWatched ? 0.03 : 0.15 }

  init(_ page: LivePage) { self.page = page }

  /// - Parameter port: 0 is one that is free.
  /// - Throws: `Trouble`, where the port cannot be had.
  init(of session: ClusterSession, port: Int) throws {
    page = try LivePage.serving(.cluster, port: port) { line in await Self.run(line, session) }
  }

  static func run(_ line: String, _ session: ClusterSession) async -> LivePage.Answer {
    do {
      switch try ClusterCommand(line, servers: session.fleet.servers) {
      case nil: throw Trouble("There is no command on the line.")
      case .quit: throw Trouble("`quit` is typed where the cluster was started.")
      case .some(let command):
        return LivePage.Answer(isDone: true, try await session.run(command))
      }
    } catch {
      return LivePage.Answer(isDone: false, ["\(error)"])
    }
  }

  private struct State: Encodable {
    let servers: [ServerLook]
    let store: [ServerLook.Item]
    let messages: [Message]
  }

  /// A message that was sent since the last state.
  private struct Message: Encodable {
    let sent: NodeStatus.Message

    private enum Key: String, CodingKey { case progress }

    func encode(to encoder: any Encoder) throws {
      try sent.encode(to: encoder)
      // Nobody knows how far a message of a real network is.
      var container = encoder.container(keyedBy: Key.self)
      try container.encodeNil(forKey: .progress)
    }
  }

  /// Shows the servers as they were seen last.
  func show(_ look: FleetLook) {
    let furthest = look.servers.max { $0.view.commit ?? 0 < $1.view.commit ?? 0 }
    let state = State(
      servers: look.servers, store: furthest?.store ?? [],
      messages: look.messages.map(Message.init))
    if let text = try? JSONText.encode(state) { page.show(text) }
  }

  func close() { page.stop() }
}
