import Contracts
import Raft
import Sketches
import Synchronization
import Testing

/// A network that carries every message at once to servers in this process.
private final class DirectNetwork<Server: RaftServer>: Network {
  private let servers = Mutex<[ServerID: Server]>([:])

  func add(_ id: ServerID, _ server: Server) { servers.withLock { $0[id] = server } }

  func send<R: Request>(_ request: R, to peer: ServerID) async throws -> R.Reply {
    guard let server = servers.withLock({ $0[peer] }) else { throw Unreachable(peer) }
    let reply: Any? =
      switch request {
      case let request as RequestVote: await server.receive(request)
      case let request as AppendEntries: await server.receive(request)
      default: nil
      }
    guard let reply = reply as? R.Reply else { throw Unreachable(peer) }
    return reply
  }
}

/// A timer that counts what it is told, and never elapses.
private final class RecordingTimer: RestartableTimer {
  private let log = Mutex<[String]>([])

  var calls: [String] { log.withLock { $0 } }
  func restart() { log.withLock { $0.append("restart") } }
  func stop() { log.withLock { $0.append("stop") } }
  func fire() { log.withLock { $0.append("fire") } }
}

/// A cluster of `count` servers, the first of which the test talks to.
private struct Cluster<Server: RaftServer> {
  let servers: [Server]
  let electionTimers: [RecordingTimer]
  let heartbeatTimers: [RecordingTimer]

  init(_: Server.Type, _ count: Int) {
    let network = DirectNetwork<Server>()
    let ids = (1...count).map { ServerID($0) }
    let electionTimers = ids.map { _ in RecordingTimer() }
    let heartbeatTimers = ids.map { _ in RecordingTimer() }
    servers = ids.enumerated().map { place, id in
      let server = Server(
        id: id, peers: ids.filter { $0 != id }, network: network,
        electionTimer: electionTimers[place], heartbeatTimer: heartbeatTimers[place],
        restoring: PersistentState())
      network.add(id, server)
      return server
    }
    self.electionTimers = electionTimers
    self.heartbeatTimers = heartbeatTimers
  }
}

/// A server on its own.
///
/// Made through the protocol: Swift 6.3.1 may reject an actor's initializer ("'nonisolated' on an
/// actor's synchronous initializer") where another file of the module calls it by the actor's name.
private func makeServer<Server: RaftServer>(
  _: Server.Type, restoring saved: PersistentState = PersistentState()
) -> Server {
  Server(
    id: 1, peers: [2, 3], network: DirectNetwork<Server>(), electionTimer: RecordingTimer(),
    heartbeatTimer: RecordingTimer(), restoring: saved)
}

/// What the contracts promise holds for servers that keep them.
@Suite struct ContractTests {
  @Test(arguments: 1...5)
  func `one timeout elects a leader in a cluster of any size`(_ count: Int) async {
    let cluster = Cluster(ElectionsSketch.self, count)
    await cluster.servers[0].electionTimeoutElapsed()
    let report = await cluster.servers[0].report
    #expect(report.role == .leader)
    #expect(report.persistent.currentTerm == 1)
    #expect(report.votes.count > count / 2)
    #expect(cluster.heartbeatTimers[0].calls == ["fire"])
  }

  @Test func `a rule, its effects and the report are one visit`() async {
    let cluster = Cluster(ElectionsSketch.self, 3)
    let timer = cluster.electionTimers[0]
    let (reply, report, effects) = await cluster.servers[0].visit { server in
      let reply = server.receive(RequestVote(term: 4, candidateID: 2))
      return (reply, server.report, timer.calls)
    }
    #expect(reply == RequestVote.Reply(term: 4, voteGranted: true))
    #expect(report.persistent.votedFor == 2)
    #expect(effects == ["restart"])
  }

  @Test func `a server starts from what its host saved`() async {
    let saved = PersistentState(currentTerm: 7, votedFor: 3)
    let server = makeServer(ElectionsSketch.self, restoring: saved)
    #expect(await server.report.persistent == saved)
    #expect(await server.receive(RequestVote(term: 7, candidateID: 2)).voteGranted == false)
  }

  @Test func `a reference starts in any situation that a report describes`() async {
    let situation = ElectionReport(
      currentTerm: 5, votedFor: 1, role: .candidate, votes: [1])
    let reference = makeServer(ElectionsSketch.self)
    await reference.assume(situation)
    #expect(await reference.report == situation)
    await reference.receive(
      RequestVote.Reply(term: 5, voteGranted: true), from: 2,
      to: RequestVote(term: 5, candidateID: 1))
    #expect(await reference.report.role == .leader)
  }

  @Test func `a command travels to every server and out of its stream`() async {
    let cluster = Cluster(ReplicationSketch.self, 3)
    await cluster.servers[0].electionTimeoutElapsed()
    let proposal = await cluster.servers[0].propose("x = 4")
    #expect(proposal == .accepted(index: 1, term: 1))
    // One heartbeat carries the entry, the next one the news that it is committed.
    await cluster.servers[0].heartbeatIntervalElapsed()
    await cluster.servers[0].heartbeatIntervalElapsed()
    for server in cluster.servers {
      #expect(await server.report.commitIndex == 1)
      var commits = server.commits.makeAsyncIterator()
      #expect(await commits.next() == Commit(index: 1, term: 1, command: "x = 4"))
    }
  }

  @Test func `a command is refused with a hint by whoever does not lead`() async {
    let cluster = Cluster(ReplicationSketch.self, 3)
    await cluster.servers[0].electionTimeoutElapsed()
    await cluster.servers[0].heartbeatIntervalElapsed()
    #expect(await cluster.servers[1].propose("x = 4") == .refused(leader: 1))
  }
}
