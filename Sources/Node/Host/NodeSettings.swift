public import Foundation
public import Platform
public import Raft

/// Which server a node is, who the others are, and where all of them are found.
public struct NodeSettings: Sendable {
  /// Where one server is found.
  public struct Addresses: Hashable, Sendable {
    /// By the other servers.
    public let peer: SocketAddress
    /// By clients; nil where nobody has said.
    public let client: SocketAddress?

    public init(peer: SocketAddress, client: SocketAddress? = nil) {
      self.peer = peer
      self.client = client
    }
  }

  public let id: ServerID
  /// All servers of the cluster, this one included.
  public let servers: [ServerID: Addresses]
  /// Where this one listens to clients; port 0 for any that is free.
  public let client: SocketAddress
  /// What survives a crash lies here.
  public let folder: URL
  /// The election timeout is drawn from these milliseconds at each restart of the timer (§5.2).
  public var electionTimeout = 300...600
  /// Milliseconds between two heartbeats.
  public var heartbeatInterval = 75
  /// Whether others than this machine may reach the node.
  public var isOpen = false
  /// Whether clients may cut connections between servers.
  public var takesFaults = false

  /// The file that tells what happens on the node, and its time 0, as `MonotonicClock` counts; nil
  /// for the node's start. A file that is there is written over.
  public var trace: (file: URL, start: Int64?)?

  public init(
    id: ServerID, servers: [ServerID: Addresses], client: SocketAddress, folder: URL
  ) {
    self.id = id
    self.servers = servers
    self.client = client
    self.folder = folder
  }

  var peers: [ServerID] { servers.keys.filter { $0 != id }.sorted() }
}

/// How long a node waits, and how much it keeps. Times are in nanoseconds.
package struct Limits: Sendable {
  /// How long `send` waits for a reply: longer than an election timeout, so that replies of an
  /// election long over still arrive.
  var replyDeadline: Int64 = 1_000_000_000
  /// The first pause before connecting anew, and the longest.
  var backoff: ClosedRange<Int64> = 10_000_000...1_000_000_000
  /// How long a connection may take to come about, and to say who it is.
  var greeting: Int64 = 3_000_000_000
  /// How long a connection may take nothing of what is sent to it.
  var stall: Int64 = 5_000_000_000
  /// How many bytes may wait for a server that reads slowly before messages to it are dropped.
  package var backlog = 4 << 20
  /// How many requests of one server may be in work.
  var unansweredRequests = 64
  /// How many connections may be open of which nobody knows yet who they are.
  var strangers = 32
  /// How many conversations with one peer may wait for replies.
  var questions = 4_096

  package var clients = 4_096
  /// How long a client hears nothing before it is told that nobody knows.
  package var patience: Int64 = 5_000_000_000
  /// How long a client may take to send a request, once it has begun.
  var request: Int64 = 10_000_000_000
  /// How long a client may keep a connection without using it.
  var idle: Int64 = 300_000_000_000
  /// How many commands may wait for their answers.
  var commands = 16_384
  /// How many bytes the body of a request may have.
  package var body = HTTPParser.mostOfBody

  package init() {}
}
