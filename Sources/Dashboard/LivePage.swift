public import Foundation
internal import Node
public import Platform
internal import Synchronization

/// A page on which a running cluster is seen and handled, for browsers on this machine alone.
///
/// It listens on loopback. Pages of other sites reach it as well, from a browser on this machine:
/// so it looks at who asks (`Host` and `Origin`), and what changes something needs a token that
/// only its own page has.
public final class LivePage: Sendable {
  /// What came of a command.
  public struct Answer: Sendable {
    let isDone: Bool
    let lines: [String]

    public init(isDone: Bool, _ lines: [String]) {
      self.isDone = isDone
      self.lines = lines
    }
  }

  /// Carries out a line as it may be typed to the cluster.
  public typealias Command = @Sendable (String) async -> Answer

  /// Where a browser finds it: "http://127.0.0.1:8090/".
  public let address: String
  private let loop: EventLoop
  private let desk: LiveDesk

  /// Whether somebody looks.
  public var isWatched: Bool { desk.listeners.load(ordering: .relaxed) > 0 }

  /// Takes the port, and serves until `stop`.
  ///
  /// - Parameters:
  ///   - port: 0 is one that is free.
  ///   - chance: must not be guessed by others: the token comes from it.
  /// - Throws: where the port is taken; `isAddressInUse` says so.
  public convenience init(
    _ scene: Scene, port: Int, chance: any RandomNumberGenerator & Sendable,
    command: @escaping Command
  ) throws(SystemError) {
    try self.init(scene, port: port, chance: chance, script: "", command: command)
  }

  /// - Parameter script: what the page runs besides its own: tests drive it from within.
  init(
    _ scene: Scene, port: Int, chance: any RandomNumberGenerator & Sendable, script: String,
    command: @escaping Command
  ) throws(SystemError) {
    guard var place = SocketAddress("127.0.0.1:0") else {
      preconditionFailure("an address in digits")
    }
    place.port = port
    loop = try EventLoop()
    let listener = try Listener(at: place, on: loop)
    address = "http://\(listener.address)/"
    var parts = scene.parts
    parts["script"]?.append(Data(script.utf8))
    desk = LiveDesk(
      listener, on: loop, port: listener.address.port, chance: chance, parts: parts,
      command: command)
    loop.start("page")
    loop.execute { [desk] in desk.start() }
  }

  /// Shows a new state on every page that is open.
  ///
  /// - Parameter state: a JSON object in one line.
  public func show(_ state: String) {
    loop.execute { [desk] in desk.show(state) }
  }

  /// Has a run's trace ready for pages that fetch it.
  ///
  /// - Parameter trace: JSON lines, as `Trace` writes them.
  public func offer(_ trace: Data) {
    loop.execute { [desk] in desk.offer(String(decoding: trace, as: UTF8.self)) }
  }

  /// Closes every connection.
  public func stop() {
    loop.execute { [desk] in desk.end() }
    loop.stop()
  }
}
