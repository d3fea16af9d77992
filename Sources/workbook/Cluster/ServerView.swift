internal import Foundation
internal import Grading
internal import Synchronization

/// What is to be seen of a server from outside.
struct ServerView: Hashable, Sendable, Encodable {
  let server: Int
  /// "leader", "follower", "candidate"; or "killed", "paused", "ended", "silent".
  let state: String
  let term: Int?
  let commit: Int?
  let applied: Int?
  let last: Int?

  init(
    server: Int, state: String, term: Int? = nil, commit: Int? = nil, applied: Int? = nil,
    last: Int? = nil
  ) {
    self.server = server
    self.state = state
    self.term = term
    self.commit = commit
    self.applied = applied
    self.last = last
  }

  init(_ status: NodeStatus) {
    self.init(
      server: status.server, state: status.role, term: status.term, commit: status.commitIndex,
      applied: status.lastApplied, last: status.lastIndex)
  }

  private enum Key: String, CodingKey { case server, state, term, commit, applied, last }

  /// Every key is there in every entry.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(server, forKey: .server)
    try container.encode(state, forKey: .state)
    try container.encode(term, forKey: .term)
    try container.encode(commit, forKey: .commit)
    try container.encode(applied, forKey: .applied)
    try container.encode(last, forKey: .last)
  }
}

/// The servers side by side.
enum ClusterTable {
  private static let heads = ["term", "commit", "applied", "last"]

  static func lines(_ views: [ServerView], style: Style) -> [String] {
    let head = "  server  state     " + heads.map { pad($0, 9) }.joined()
    return [style.quiet(head)] + views.map { row($0, style: style) }
  }

  private static func row(_ view: ServerView, style: Style) -> String {
    let state = view.state.padding(toLength: 10, withPad: " ", startingAt: 0)
    let painted =
      switch view.state {
      case "leader": style.good(state)
      case "follower", "candidate": state
      default: style.bad(state)
      }
    let numbers = [view.term, view.commit, view.applied, view.last]
      .map { pad($0.map(String.init) ?? "–", 9) }.joined()
    let name = "S\(view.server)".padding(toLength: 8, withPad: " ", startingAt: 0)
    return "  " + name + painted + numbers
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// The table at the top of a terminal, drawn when it changes.
final class ClusterPanel: Sendable {
  private let screen: Screen
  private let shown = Mutex<[ServerView]>([])

  init(_ screen: Screen) { self.screen = screen }

  func show(_ views: [ServerView]) {
    let isNew = shown.withLock { shown in
      defer { shown = views }
      return shown != views
    }
    guard isNew else { return }
    screen.showPanel(ClusterTable.lines(views, style: screen.style) + [""])
  }
}
