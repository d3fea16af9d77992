internal import Foundation
internal import Platform
internal import Synchronization
internal import Traces

/// What can happen to servers, made to happen.
extension Fleet {
  /// Kills a server as `kill -9` does: nothing that it had not written down outlives it.
  func kill(_ server: Int) async throws {
    try kill([server])
    await waitUntilGone(server)
  }

  /// Kills several servers, with no moment between in which the others could do much.
  func kill(_ several: [Int]) throws {
    for server in several {
      guard [.running, .paused].contains(condition(of: server)) else {
        throw Trouble("S\(server) is not running. `restart \(server)` starts it.")
      }
    }
    for server in several {
      let child = seats.withLock { seats in
        seats[server - 1].condition = .killed
        return seats[server - 1].child
      }
      child?.kill()
    }
  }

  func waitUntilGone(_ server: Int) async {
    await seats.withLock { $0[server - 1].life }?.value
  }

  /// Starts a server that is down, on what it had saved.
  func restart(_ server: Int) async throws {
    switch condition(of: server) {
    case .killed, .ended: break
    case .starting, .running, .paused:
      throw Trouble("S\(server) is running. `kill \(server)` comes first.")
    }
    await waitUntilGone(server)
    launch(server)
    try await waitUntilReady(server)
    try applyWays(to: server)
  }

  /// Stops a server where it stands, as a machine does that swaps, or is moved.
  func pause(_ server: Int) throws {
    try change(server, from: .running, to: .paused, or: "is not running") { $0.pause() }
    trace?.note(.paused, server)
  }

  /// Lets a paused server go on. It does not know that time has passed.
  func resume(_ server: Int) throws {
    try change(server, from: .paused, to: .running, or: "is not paused") {
      // What it tells of itself from now on comes later.
      trace?.note(.resumed, server)
      $0.resume()
    }
    try applyWays(to: server)
  }

  private func change(
    _ server: Int, from old: Condition, to new: Condition, or excuse: String,
    _ action: (RunningChild) -> Void
  ) throws {
    let child = seats.withLock { seats -> RunningChild? in
      guard seats[server - 1].condition == old else { return nil }
      seats[server - 1].condition = new
      return seats[server - 1].child
    }
    guard let child else { throw Trouble("S\(server) \(excuse).") }
    action(child)
  }

  /// Cuts the network into groups. Servers of one group reach each other; a server that stands in
  /// none reaches all. One group alone is cut off from all the others.
  func cut(_ groups: [[Int]]) throws {
    let named = Set(groups.joined())
    let groups = groups.count == 1 ? groups + [servers.filter { !named.contains($0) }] : groups
    var cuts: [Int: Set<Int>] = [:]
    for group in groups {
      for server in group { cuts[server] = named.union(groups.joined()).subtracting(group) }
    }
    if !ways.withLock({ $0.cuts.isEmpty }) { trace?.note(.healed) }
    ways.withLock { [cuts] in $0.cuts = cuts }
    for (server, peers) in cuts.sorted(by: { $0.key < $1.key }) {
      for peer in peers.sorted() { trace?.note(.cut, server, peer: peer) }
    }
    for server in running { try applyWays(to: server) }
  }

  /// Delays what a server sends to the others by so many milliseconds; 0 ends it.
  func slow(_ server: Int, by milliseconds: Int) throws {
    try checkThatItRuns(server)
    ways.withLock { $0.delays[server] = milliseconds == 0 ? nil : milliseconds }
    trace?.note(.conditions, server, delay: Int64(milliseconds) * 1_000_000)
    try applyWays(to: server)
  }

  /// Joins the network again, and lets nobody be slow.
  func heal() throws {
    let slow = ways.withLock { ways in
      defer { ways = Ways() }
      return ways.delays.keys.sorted()
    }
    for server in slow { trace?.note(.conditions, server, delay: 0) }
    trace?.note(.healed)
    for server in running { try applyWays(to: server) }
  }

  /// Has a server's election timer run out.
  func elect(_ server: Int) throws {
    try checkThatItRuns(server)
    let reply = fault("elect", "", at: server)
    if reply?.status == 409 {
      throw Trouble(
        "No election timer runs on S\(server). A leader has none: it is the others that wait to "
          + "hear from it (§5.2).")
    }
    try check(reply, "S\(server) did not take it that its election timer has run out")
  }

  private func checkThatItRuns(_ server: Int) throws {
    switch condition(of: server) {
    case .running: break
    case .paused: throw Trouble("S\(server) is paused. `resume \(server)` lets it go on.")
    case .starting, .killed, .ended:
      throw Trouble("S\(server) is not running. `restart \(server)` starts it.")
    }
  }

  /// Tells a server whom it does not hear, and how slow it is. One that is down or paused is told
  /// when it is back; the other side of a cut keeps it meanwhile.
  private func applyWays(to server: Int) throws {
    let (peers, delay) = ways.withLock { ($0.cuts[server] ?? [], $0.delays[server] ?? 0) }
    let list = peers.sorted().map(String.init).joined(separator: ",")
    let complaint = "S\(server) did not take the change of its network"
    try check(fault("cut", "{\"peers\":[\(list)]}", at: server), complaint)
    try check(fault("slow", "{\"milliseconds\":\(delay)}", at: server), complaint)
  }

  private func fault(_ name: String, _ body: String, at server: Int) -> NodeClient.Reply? {
    try? NodeClient().ask(
      "POST", "/faults/\(name)", body: body, headers: ["X-Workbook: cut"],
      port: clientPorts[server - 1], limit: .seconds(5))
  }

  private func check(_ reply: NodeClient.Reply?, _ complaint: String) throws {
    guard reply?.status != 200 else { return }
    throw Trouble(
      complaint + (reply.map { ": status \($0.status)." } ?? ": it does not answer."))
  }

  /// Ends every server, and waits until all are gone. Saved is saved: they need no time for it.
  func stop() async {
    trace?.end()
    let children = seats.withLock { seats in
      for place in seats.indices { seats[place].condition = .killed }
      return seats.map(\.child)
    }
    for child in children { child?.kill() }
    for server in servers { await waitUntilGone(server) }
    lock.withLock { $0 = nil }
  }
}
