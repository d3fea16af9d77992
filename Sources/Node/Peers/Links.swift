internal import Platform
internal import Raft

/// The links to all peers, and what may pass over them. On the loop's thread.
final class Links: @unchecked Sendable {
  private let links: [ServerID: Link]
  private let loop: EventLoop

  init(_ world: HostWorld, _ notices: Notices) {
    loop = world.loop
    var links: [ServerID: Link] = [:]
    for peer in world.settings.peers {
      guard let address = world.settings.servers[peer]?.peer else { continue }
      links[peer] = Link(to: peer, at: address, world, notices)
    }
    self.links = links
  }

  var states: [(ServerID, Link.State)] {
    links.sorted { $0.key < $1.key }.map { ($0.key, $0.value.state) }
  }

  func start() {
    for link in links.values { link.connect() }
  }

  func ask(_ question: Question) {
    if let link = links[question.peer] { link.ask(question) }
  }

  func isCut(from peer: ServerID) -> Bool { links[peer]?.isCut ?? false }

  /// Lets nothing pass to these peers; to all others again.
  func cut(from peers: Set<ServerID>) {
    for (peer, link) in links { link.isCut = peers.contains(peer) }
  }

  func release() {
    for link in links.values { link.release() }
  }

  /// Hears that a peer is there: it has just connected.
  func hear(of peer: ServerID) { links[peer]?.connectSoon() }

  func sweep(_ now: Int64) {
    for link in links.values { link.sweep(now) }
  }

  func end() {
    for link in links.values { link.end() }
  }
}
