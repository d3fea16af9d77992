internal import Contracts
internal import Raft
internal import Simulator

/// S1's peers, played by servers of the reference: they keep what S1 sends them.
struct Followers<Reference: ReferenceServer & ReplicationChapter>: Sendable {
  let servers: [ServerID: Reference]

  /// - Parameter saved: what the host of each has on its disk.
  init(_ peers: [ServerID], saved: [ServerID: PersistentState] = [:]) {
    servers = Dictionary(
      uniqueKeysWithValues: peers.map { id in
        let others = ([1] + peers).filter { $0 != id }
        let server = Reference(
          id: id, peers: others, network: NoNetwork(), electionTimer: RecordedTimer(),
          heartbeatTimer: RecordedTimer(), restoring: saved[id] ?? PersistentState())
        return (id, server)
      })
  }

  /// What `peer` answers.
  func answer(
    _ message: ScriptedPeers.Message, _ peer: ServerID, after delay: Duration = .zero,
    withHints: Bool = false
  ) async -> ScriptedPeers.Answer {
    guard let server = servers[peer] else { return .unreachable(after: delay) }
    switch message {
    case .vote(let request):
      let reply = await server.receive(request)
      return .vote(granted: reply.voteGranted, term: reply.term, after: delay)
    case .heartbeat(let request):
      let reply = await server.receive(request)
      return .heartbeat(
        success: reply.success, term: reply.term, conflict: withHints ? reply.conflict : nil,
        after: delay)
    }
  }

  /// The log of `peer`.
  func log(of peer: ServerID) async -> Log {
    await servers[peer]?.report.persistent.log ?? Log()
  }

  /// Those whose log is not this one.
  func unlike(_ log: Log) async -> [ServerID] {
    var others: [ServerID] = []
    for id in servers.keys.sorted() where await self.log(of: id) != log { others.append(id) }
    return others
  }
}
