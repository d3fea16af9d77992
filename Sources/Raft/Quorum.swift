/// A majority of a cluster: enough servers that any two such groups share one (Raft, §5.2).
///
/// That shared server is why a term has one leader. Counted over the whole cluster, the asking
/// server included: half of four servers is no majority.
public struct Quorum: Hashable, Codable, Sendable {
  /// How many servers the cluster has, running or not.
  public let servers: Int

  public init(of servers: Int) { self.servers = servers }

  /// The least number of servers that is more than half.
  public var size: Int { servers / 2 + 1 }

  /// Whether `count` different servers, the asking one included, are a majority.
  public func isReached(by count: Int) -> Bool { count >= size }

  /// Whether these servers are a majority.
  public func isReached(by voters: Set<ServerID>) -> Bool { isReached(by: voters.count) }
}

extension Quorum: CustomStringConvertible {
  public var description: String { "\(size) of \(servers)" }
}
