public import Raft

/// The way from this server to its peers. It may lose, delay, repeat and reorder what it carries.
public protocol Network: Sendable {
  /// Sends `request` to `peer` and waits for the reply.
  ///
  /// Never to oneself, and never to a server that is not a peer: a grader reports either.
  ///
  /// - Throws: `Unreachable` once the host's deadline for a reply has passed (the request, or the
  ///   reply, may still have arrived); `CancellationError` when the calling task is cancelled.
  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply
}

/// No reply came in time. Whether the request arrived is unknown.
public struct Unreachable: Error, Hashable, Sendable, CustomStringConvertible {
  public let peer: ServerID

  public init(_ peer: ServerID) { self.peer = peer }

  public var description: String { "no reply from \(peer) in time" }
}

/// A one-shot timer that belongs to the host.
///
/// The host chooses how long it runs (for elections, a new random time at each restart: §5.2) and
/// calls the server when it elapses. A rule may call these; none of them waits.
public protocol RestartableTimer: Sendable {
  /// Starts the timer, from now, for one whole period; an earlier start counts no longer.
  func restart()

  /// Stops the timer. The host drops an expiry that was already on its way.
  func stop()

  /// Lets the timer elapse at once: the conversation follows when the current rule is over.
  func fire()
}
