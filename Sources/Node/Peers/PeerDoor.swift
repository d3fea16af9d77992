internal import Platform
internal import Raft

/// Where the peers' questions come in. On the loop's thread.
final class PeerDoor: @unchecked Sendable {
  private let world: HostWorld
  private let listener: Listener
  private let links: Links
  private let host: any AnyHost
  private let notices: Notices
  private var guests: [ObjectIdentifier: Guest] = [:]

  init(
    _ listener: Listener, _ world: HostWorld, _ links: Links, _ host: any AnyHost,
    _ notices: Notices
  ) {
    self.listener = listener
    self.world = world
    self.links = links
    self.host = host
    self.notices = notices
  }

  func start() {
    listener.onConnection = { [weak self] in self?.welcome($0) }
    listener.start()
  }

  private func welcome(_ connection: Connection) {
    guard guests.values.count(where: { $0.peer == nil }) < world.limits.strangers else {
      return connection.close()
    }
    let guest = Guest(connection, world)
    guests[ObjectIdentifier(guest)] = guest
    guest.onHello = { [weak self, unowned guest] in self?.greet(guest, $0) }
    guest.onRequest = { [host] request, number, answer in
      host.deliver(request, as: number, then: answer)
    }
    guest.onEnd = { [weak self, unowned guest] complaint in
      self?.guests[ObjectIdentifier(guest)] = nil
      guard let complaint else { return }
      let name = guest.peer.map { "\($0)" } ?? "A stranger"
      self?.notices.note("guest \(name)", "\(name) was shown the door: \(complaint).")
    }
    guest.start()
  }

  /// Lets in who belongs here, and tells everybody else why not.
  private func greet(_ guest: Guest, _ hello: Hello) {
    if let reason = refusal(of: hello) { return guest.refuse(reason) }
    // As if the network had lost it.
    guard !links.isCut(from: hello.from) else { return guest.close() }
    // A peer that connects again has lost its earlier connection, whether that shows or not.
    for other in guests.values where other.peer == hello.from { other.close() }
    guest.letIn(hello.from)
    links.hear(of: hello.from)
  }

  private func refusal(of hello: Hello) -> String? {
    let settings = world.settings
    if hello.version != Hello.version {
      return "it speaks version \(Hello.version) of the protocol, and you speak version "
        + "\(hello.version)."
    }
    if hello.to != settings.id { return "it is \(settings.id), and you look for \(hello.to)." }
    if hello.servers != settings.servers.count {
      return "its cluster has \(settings.servers.count) servers, and yours \(hello.servers)."
    }
    if hello.from == settings.id { return "it is itself \(settings.id), and so you are not." }
    if settings.servers[hello.from] == nil { return "no \(hello.from) is in its cluster." }
    return nil
  }

  func cut(from peers: Set<ServerID>) {
    for guest in guests.values {
      if let peer = guest.peer, peers.contains(peer) { guest.cut() }
    }
  }

  func release() {
    for guest in guests.values { guest.release() }
  }

  func sweep(_ now: Int64) {
    for guest in guests.values { guest.sweep(now) }
  }

  func end() {
    listener.close()
    for guest in guests.values { guest.close() }
  }
}
