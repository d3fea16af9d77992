public import Contracts
internal import Foundation
public import Platform
internal import Raft
internal import Traces

/// One server of a cluster, hosted by this process: on TCP, on a real clock, on a real disk.
///
/// What ran in the simulator runs here unchanged. The host keeps the same promises: nothing leaves
/// the server before the disk has what it has promised, and an expiry or a message is one step.
public final class RaftNode: Sendable {
  /// Where clients come in, and where the other servers do.
  public let client, peer: SocketAddress
  private let parts: Parts

  /// What belongs to the loop's thread.
  fileprivate final class Parts: @unchecked Sendable {
    let world: HostWorld
    let host: any AnyHost
    let links: Links
    let door: PeerDoor
    let port: ClientPort
    var isOver = false

    init(
      _ world: HostWorld, _ host: any AnyHost, _ links: Links, _ door: PeerDoor,
      _ port: ClientPort
    ) {
      self.world = world
      self.host = host
      self.links = links
      self.door = door
      self.port = port
    }
  }

  /// What a node tells whoever runs it.
  public struct Listeners: Sendable {
    let note: @Sendable (String) -> Void
    let fail: @Sendable (DiskProblem) -> Void

    /// - Parameters:
    ///   - note: told, in a sentence, what a person may want to know.
    ///   - fail: told when the disk fails. Nothing leaves the server from then on.
    public init(
      note: @escaping @Sendable (String) -> Void,
      fail: @escaping @Sendable (DiskProblem) -> Void
    ) {
      self.note = note
      self.fail = fail
    }
  }

  /// Opens the log, takes the ports, and starts the server.
  ///
  /// - Throws: `DiskProblem` where the log is of no use, `SystemError` where the system does not
  ///   do its part: `isAddressInUse` says whether another program has the port.
  public convenience init<Server: ElectionsChapter>(
    _: Server.Type, _ settings: NodeSettings, on loop: EventLoop,
    chance: any RandomNumberGenerator & Sendable, _ listeners: Listeners
  ) throws {
    try self.init(Server.self, 3, nil, settings, Limits(), loop, chance, listeners)
  }

  /// The same for a server that takes commands.
  public convenience init<Server: ReplicationChapter>(
    _: Server.Type, _ settings: NodeSettings, on loop: EventLoop,
    chance: any RandomNumberGenerator & Sendable, _ listeners: Listeners
  ) throws {
    try self.init(
      Server.self, 4, Commands<Server>(), settings, Limits(), loop, chance, listeners)
  }

  init<Server: RaftServer>(
    _: Server.Type, _ chapter: Int, _ commands: Commands<Server>?, _ settings: NodeSettings,
    _ limits: Limits, _ loop: EventLoop, _ chance: any RandomNumberGenerator & Sendable,
    _ listeners: Listeners
  ) throws {
    guard let own = settings.servers[settings.id] else {
      preconditionFailure("\(settings.id) is none of the cluster's servers")
    }
    let file = try Self.open(settings)
    if let repair = file.repair { listeners.note(repair) }
    let saved = file.state
    let saver = Saver(file)
    let tracer = try Self.tracer(settings, chapter, saved)
    let peerListener = try Listener(at: own.peer, on: loop)
    let clientListener = try Listener(at: settings.client, on: loop)
    let world = HostWorld(
      settings: settings, limits: limits, loop: loop,
      outbox: Outbox(loop, saver, tracer, onFailure: { listeners.fail(DiskProblem($0)) }),
      chance: Chance(chance),
      traffic: Traffic(of: settings.id, tracer, since: MonotonicClock.nanoseconds),
      tracer: tracer)
    let notices = Notices(listeners.note)
    let links = Links(world, notices)
    let host = ServerHost<Server>(world, restoring: saved, commands: commands) { links.ask($0) }
    let door = PeerDoor(peerListener, world, links, host, notices)
    let service = Service(world, chapter: chapter, host, links, door, saver)
    let port = ClientPort(clientListener, limits) { service.handle($0, then: $1) }
    service.port = port
    (client, peer) = (clientListener.address, peerListener.address)
    parts = Parts(world, host, links, door, port)
    loop.execute { [parts] in
      door.start()
      port.start()
      links.start()
      parts.sweepLater()
    }
  }

  private static func open(_ settings: NodeSettings) throws(DiskProblem) -> sending LogFile {
    do { return try LogFile(settings.folder, of: settings.id) } catch { throw DiskProblem(error) }
  }

  private static func tracer(
    _ settings: NodeSettings, _ chapter: Int, _ saved: PersistentState
  ) throws(DiskProblem) -> Tracer? {
    guard let wanted = settings.trace else { return nil }
    let header = Trace.Header(
      chapter: chapter, servers: settings.servers.count, seed: nil, scenario: "\(settings.id)")
    let file = try TraceFile(
      wanted.file, of: settings.id, header: header,
      since: wanted.start ?? MonotonicClock.nanoseconds)
    return Tracer(file, of: settings.id, restoring: saved, takesCommands: chapter > 3)
  }

  /// Closes every connection, and delivers nothing any more.
  public func stop() {
    parts.world.loop.execute { [parts] in parts.end() }
  }
}

extension RaftNode.Parts {
  /// Looks after connections that have taken too long, ten times a second.
  func sweepLater() {
    world.loop.after(100_000_000) { [weak self] in
      guard let self, !isOver else { return }
      let now = MonotonicClock.nanoseconds
      links.sweep(now)
      door.sweep(now)
      port.sweep(now)
      sweepLater()
    }
  }

  func end() {
    isOver = true
    port.end()
    door.end()
    links.end()
    host.end()
  }
}

/// The disk does not do its part, in a sentence.
public struct DiskProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ error: any Error) { description = "\(error)" }
  init(_ sentence: String) { description = sentence }
}
