internal import Foundation
public import Platform

/// How much is asked of a cluster, by whom, and for how long.
public struct LoadPlan: Sendable {
  /// Where the servers listen to clients.
  public let servers: [SocketAddress]
  public var clients = 100
  /// The time in which answers count, in nanoseconds; a tenth of it goes before, to warm up.
  public var duration: Int64 = 5_000_000_000
  /// The size of each value, in bytes.
  public var size = 256
  /// How many different keys are written.
  public var keys = 1_000

  public init(servers: [SocketAddress]) { self.servers = servers }
}

/// What came of it.
public struct LoadFigures: Sendable {
  public let clients: Int
  public let seconds: Double
  /// Writes that the cluster has confirmed.
  public let acknowledged: Int
  /// Writes that were refused, or of which nobody knows.
  public let others: Int
  /// How long the confirmed ones took, in microseconds, the shortest first.
  let latencies: [UInt32]

  public var perSecond: Double { seconds > 0 ? Double(acknowledged) / seconds : 0 }

  /// The time within which so many of a hundred were confirmed, in milliseconds.
  public func percentile(_ part: Double) -> Double {
    guard !latencies.isEmpty else { return 0 }
    let place = Int((Double(latencies.count) * part / 100).rounded(.up)) - 1
    return Double(latencies[min(max(place, 0), latencies.count - 1)]) / 1_000
  }

  /// The figures as one line of JSON.
  public var line: String {
    let percentiles: [(String, JSON)] = [
      ("p50", 50.0), ("p90", 90), ("p99", 99), ("longest", 100),
    ].map { ($0.0, .decimal(percentile($0.1))) }
    return JSON.object([
      ("clients", .number(clients)), ("seconds", .decimal(seconds)),
      ("acknowledged", .number(acknowledged)), ("others", .number(others)),
      ("perSecond", .number(Int(perSecond.rounded()))),
      ("milliseconds", .object(percentiles)),
    ]).description
  }
}

/// Many clients that write at once, each its next value when it has heard of the one before.
public final class Load: @unchecked Sendable {
  let plan: LoadPlan
  let loop: EventLoop
  /// The server that clients go to next: the leader, once one of them has been sent there.
  var target: SocketAddress
  private var targets = 0
  private var clients: [LoadClient] = []
  private var begin: Int64 = .max
  private var latencies: [UInt32] = []
  private var others = 0
  private(set) var isOver = false

  public init(_ plan: LoadPlan, on loop: EventLoop) {
    self.plan = plan
    self.loop = loop
    target = plan.servers[0]
  }

  /// Runs the load, and tells on the loop's thread what came of it.
  public func run(then tell: @escaping @Sendable (LoadFigures) -> Void) {
    loop.execute { [self] in
      clients = (0..<plan.clients).map { LoadClient($0, self) }
      for client in clients { client.connect() }
      loop.after(plan.duration / 10) { [self] in
        begin = MonotonicClock.nanoseconds
        loop.after(plan.duration) { [self] in tell(end()) }
      }
    }
  }

  private func end() -> LoadFigures {
    isOver = true
    for client in clients { client.close() }
    clients = []
    let seconds = Double(MonotonicClock.nanoseconds - begin) / 1e9
    return LoadFigures(
      clients: plan.clients, seconds: seconds, acknowledged: latencies.count, others: others,
      latencies: latencies.sorted())
  }

  func note(isAcknowledged: Bool, after nanoseconds: Int64) {
    guard begin <= MonotonicClock.nanoseconds else { return }
    if isAcknowledged {
      latencies.append(UInt32(clamping: nanoseconds / 1_000))
    } else {
      others += 1
    }
  }

  /// Lets clients try another server than `address`.
  func turnAway(from address: SocketAddress) {
    guard target == address else { return }
    targets += 1
    target = plan.servers[targets % plan.servers.count]
  }
}
