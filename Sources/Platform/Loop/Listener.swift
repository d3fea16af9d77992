#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A port at which an event loop takes connections. Used on the loop's thread, once it is made.
public final class Listener: Watched, @unchecked Sendable {
  /// Where it listens, with the port that it has been given where 0 was asked for.
  public let address: SocketAddress
  public var onConnection: ((Connection) -> Void)?
  let descriptor: Int32
  var place: Int?
  private let loop: EventLoop
  private var isResting = false
  private var isClosed = false

  var wantsToRead: Bool { !isResting }
  let wantsToWrite = false

  /// Takes the port; connections wait until `start`.
  ///
  /// - Throws: where the port is taken, or the address is none of this machine's.
  public init(at address: SocketAddress, on loop: EventLoop) throws(SystemError) {
    let (descriptor, port) = try Socket.listening(at: address)
    self.descriptor = descriptor
    self.loop = loop
    var address = address
    address.port = port
    self.address = address
  }

  deinit {
    if !isClosed { Socket.close(descriptor) }
  }

  public func start() { loop.watch(self) }

  public func close() {
    guard !isClosed else { return }
    isClosed = true
    loop.forget(self)
    onConnection = nil
    Socket.close(descriptor)
  }

  /// Takes some of those who wait; the loop comes back for the others.
  func isReady(toRead: Bool, toWrite: Bool) {
    for _ in 0..<128 where !isClosed {
      switch Socket.accepting(descriptor) {
      case .done(let accepted):
        let connection = Connection(accepted: Int32(accepted), on: loop)
        if let onConnection { onConnection(connection) } else { connection.close() }
      case .later: return
      case .failed: return rest()
      }
    }
  }

  /// No descriptors are left, for one: those who wait do so a little longer.
  private func rest() {
    isResting = true
    loop.update(self)
    loop.after(100_000_000) { [weak self] in
      guard let self, !isClosed else { return }
      isResting = false
      loop.update(self)
    }
  }
}

/// Connecting to a server that may be known by a name.
public enum Connecting {
  private static let names = Worker("names")

  /// Begins to connect, and tells `then` on the loop's thread what came of it. The connection is
  /// not open yet: `onOpen` or `onEnd` follows.
  public static func begin(
    to address: SocketAddress, on loop: EventLoop,
    then: @escaping @Sendable (Result<Connection, SystemError>) -> Void
  ) {
    if let resolved = try? address.resolved(asking: false) {
      return then(attempt(resolved, loop))
    }
    // Asking what a name means may take its time, and nobody else may wait for it.
    names.run {
      let result = Result { () throws(SystemError) in try address.resolved(asking: true) }
      loop.execute { then(result.flatMap { attempt($0, loop) }) }
    }
  }

  private static func attempt(
    _ resolved: SocketAddress.Resolved, _ loop: EventLoop
  ) -> Result<Connection, SystemError> {
    Result { () throws(SystemError) in try Connection(to: resolved, on: loop) }
  }
}
