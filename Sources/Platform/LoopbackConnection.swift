internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A connection to a port of this machine whose calls wait, but never for longer than they may.
///
/// For one thread that asks and waits for the answer. What serves many at once is an event loop.
public final class LoopbackConnection: Sendable {
  /// How an attempt failed, as far as it matters to whoever asked.
  public enum Failure: Error, Hashable {
    /// Nobody listens there: nothing has been said.
    case refused
    /// The other side did not answer in time, or is gone; it may have heard what was said.
    case lost
  }

  private let descriptor: Int32

  /// Sending to somebody who has gone is told by the call, and does not end the process.
  private static let gone: Void = { _ = signal(SIGPIPE) { _ in } }()

  /// - Parameter deadline: when to give up, in the monotonic clock's nanoseconds.
  public init(port: Int, until deadline: Int64) throws(Failure) {
    guard let address = SocketAddress("127.0.0.1:\(port)"),
      let resolved = try? address.resolved(asking: false),
      let descriptor = try? Socket.connecting(to: resolved)
    else { throw .refused }
    self.descriptor = descriptor
    Self.gone
    guard Self.wait(descriptor, for: Int16(POLLOUT), until: deadline),
      Socket.problem(of: descriptor) == nil
    else { throw .refused }
    Socket.sendAtOnce(descriptor)
  }

  deinit { Socket.close(descriptor) }

  /// Whether another question may be asked: the other side has not closed it, and owes nothing.
  public var isIdle: Bool { !Self.wait(descriptor, for: Int16(POLLIN), until: 0) }

  /// Sends all of `bytes`.
  public func send(_ bytes: [UInt8], until deadline: Int64) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      let attempt = Socket.attempt("sending") {
        bytes.withUnsafeBytes {
          Socket.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
        }
      }
      switch attempt {
      case .done(let count): sent += count
      case .later:
        guard Self.wait(descriptor, for: Int16(POLLOUT), until: deadline) else { throw .lost }
      case .failed: throw .lost
      }
    }
  }

  /// What has come in, once something has; empty where the other side has ended.
  public func receive(atMost count: Int, until deadline: Int64) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    while true {
      let attempt = Socket.attempt("receiving") {
        bytes.withUnsafeMutableBytes { Socket.read(descriptor, $0.baseAddress!, count) }
      }
      switch attempt {
      case .done(let read): return Array(bytes.prefix(read))
      case .later:
        guard Self.wait(descriptor, for: Int16(POLLIN), until: deadline) else { throw .lost }
      case .failed: throw .lost
      }
    }
  }

  /// Whether `events`, or an end, came before the deadline.
  private static func wait(_ descriptor: Int32, for events: Int16, until deadline: Int64) -> Bool {
    while true {
      let left = max(0, (deadline - MonotonicClock.nanoseconds + 999_999) / 1_000_000)
      var entry = pollfd(fd: descriptor, events: events, revents: 0)
      let count = poll(&entry, 1, Int32(min(left, 60_000)))
      if count > 0 { return true }
      if count < 0, errno != EINTR { return false }
      if count == 0, left == 0 { return false }
    }
  }
}

/// Ports of this machine for programs that it starts.
public enum LoopbackPort {
  /// Those that this process has asked for: whoever has asked may not have taken them yet.
  private static let given = Mutex<Set<Int>>([])

  /// So many free ports, the first ones at or after a place that chance chooses; never the same
  /// twice.
  ///
  /// They lie below those that the system gives to connections on their way out. A server that is
  /// down must find its port free when it comes back; and a connection that happens to leave from
  /// the very port that it looks for would reach itself.
  ///
  /// - Returns: nil where there are not so many.
  public static func free(_ count: Int, using generator: inout some RandomNumberGenerator) -> [Int]?
  {
    let range = 20_000..<32_000
    let start = Int.random(in: range, using: &generator)
    return given.withLock { given in
      var found: [Int] = []
      for port in Array(start..<range.upperBound) + Array(range.lowerBound..<start)
      where !given.contains(port) {
        if found.count == count { break }
        if isFree(port) { found.append(port) }
      }
      guard found.count == count else { return nil }
      given.formUnion(found)
      return found
    }
  }

  private static func isFree(_ port: Int) -> Bool {
    guard let address = SocketAddress("127.0.0.1:\(port)"),
      let (descriptor, _) = try? Socket.listening(at: address)
    else { return false }
    Socket.close(descriptor)
    return true
  }
}
