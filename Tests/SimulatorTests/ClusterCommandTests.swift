import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// `count` servers that keep the contract of chapter 4.
func replicas(_ count: Int) -> [ClusterMember] {
  Array(repeating: .server(ReplicationSketch.self), count: count)
}

/// Whether every server's commits have been read up to an index.
func isEverywhere(_ index: LogIndex) -> @Sendable (Cluster) -> Bool {
  { cluster in cluster.servers.allSatisfy { cluster.applied(by: $0) ?? 0 >= index } }
}

/// Commands reach a cluster of chapter 4, and what is committed reaches those who read it.
@Suite struct ClusterCommandTests {
  private func run(
    _ count: Int, seed: UInt64 = 3, _ options: ClusterOptions = ClusterOptions(),
    disks: [PersistentState] = [],
    _ body: @escaping @Sendable (Cluster) async throws -> Void
  ) throws -> ClusterOutcome {
    var options = options
    options.trace = .all
    let outcome = try ClusterRun(
      replicas(count), seed: seed, duration: .zero, options: options, disks: disks
    ).outcome(body)
    #expect(outcome.broken == [])
    #expect(outcome.misuses == [])
    return outcome
  }

  private static func leader(_ cluster: Cluster) async throws -> ServerID {
    await cluster.wait(atMost: .seconds(3)) { $0.liveness.agreement != nil }
    return try #require(cluster.liveness.agreement?.leader)
  }

  @Test(arguments: 1...5)
  func `a command handed to the leader is read from every server`(_ count: Int) throws {
    let outcome = try run(count) { cluster in
      let leader = try await Self.leader(cluster)
      for number in 1...5 {
        #expect(
          await cluster.propose(Command("x = \(number)"), at: leader)
            == .accepted(index: LogIndex(number), term: cluster.liveness.highestTerm))
      }
      #expect(await cluster.wait(atMost: .seconds(1), until: isEverywhere(5)))
    }
    for id in 1...count {
      let read = outcome.events.compactMap { event -> Commit? in
        if case .applied(ServerID(id), let commit) = event.kind { commit } else { nil }
      }
      #expect(read.map(\.command.text) == (1...5).map { "x = \($0)" })
      #expect(read.map(\.index) == (1...5).map { LogIndex($0) })
    }
  }

  @Test func `a follower refuses, and a server that is down is not there`() throws {
    _ = try run(3) { cluster in
      let leader = try await Self.leader(cluster)
      let others = cluster.servers.filter { $0 != leader }
      await cluster.run(for: .milliseconds(200))
      #expect(await cluster.propose("x = 1", at: others[0]) == .refused(leader: leader))
      cluster.apply(.crash(others[0]))
      #expect(await cluster.propose("x = 1", at: others[0]) == nil)
      #expect(await cluster.submit("x = 1", at: others[0]) == .unreachable)
      #expect(
        await cluster.submit("x = 1", at: others[1]) == .heard(.refused(leader: leader)))
    }
  }

  @Test(arguments: 1...5)
  func `a client is answered once its command is applied`(_ count: Int) throws {
    _ = try run(count) { cluster in
      let leader = try await Self.leader(cluster)
      let put = KeyValue.Operation.put(key: "colour", value: "blue").command
      #expect(await cluster.submit(put, at: leader) == .heard(.applied(.done)))
      #expect(cluster.disk(of: leader)?.log.lastIndex == 1)
      let get = KeyValue.Operation.get(key: "colour").command
      #expect(await cluster.submit(get, at: leader) == .heard(.applied(.value("blue"))))
    }
  }

  @Test func `a client hears of a crash, and waits as long as it wants`() throws {
    _ = try run(3) { cluster in
      let leader = try await Self.leader(cluster)
      cluster.apply(.isolate(leader))
      let start = cluster.now
      #expect(await cluster.submit("x", at: leader, patience: .milliseconds(700)) == .late)
      #expect(cluster.now - start == .milliseconds(700))
      cluster.schedule(FaultPlan([(.milliseconds(100), .crash(leader))]))
      #expect(await cluster.submit("x", at: leader, patience: .seconds(9)) == .crashed)
      #expect(cluster.now - start == .milliseconds(800))
    }
  }

  @Test func `a client hears that leadership was lost, and after a pause`() throws {
    _ = try run(3) { cluster in
      let leader = try await Self.leader(cluster)
      cluster.apply(.pause(leader))
      cluster.schedule(FaultPlan([(.seconds(2), .resume(leader))]))
      let start = cluster.now
      let heard = await cluster.submit("x", at: leader)
      #expect(cluster.now - start >= .seconds(2))
      let new = cluster.liveness.agreement?.leader
      #expect([.heard(.unknown), .heard(.refused(leader: new))].contains(heard))
    }
  }

  @Test func `a consumer that stands still delays nobody, and loses nothing`() throws {
    let outcome = try run(3) { cluster in
      let leader = try await Self.leader(cluster)
      for id in cluster.servers { cluster.apply(.blockConsumer(id)) }
      for number in 1...20 {
        let put = KeyValue.Operation.put(key: "x", value: "\(number)").command
        #expect(await cluster.submit(put, at: leader) == .heard(.applied(.done)))
      }
      await cluster.run(for: .seconds(1))
      #expect(cluster.liveness.termChanges(since: .zero) == 1)
      for id in cluster.servers {
        #expect(cluster.situation(of: id)?.lastApplied == 20)
        #expect(cluster.applied(by: id) == 0)
        cluster.apply(.unblockConsumer(id))
      }
      #expect(await cluster.wait(atMost: .milliseconds(1), until: isEverywhere(20)))
    }
    #expect(outcome.events.count { $0.kind == .consumerBlocked(1) } == 1)
  }

  @Test func `a slow consumer takes its time over each commit`() throws {
    var options = ClusterOptions()
    options.consumerPause = .milliseconds(100)
    _ = try run(1, options) { cluster in
      let leader = try await Self.leader(cluster)
      for number in 1...10 { await cluster.propose(Command("\(number)"), at: leader) }
      let start = cluster.now
      #expect(await cluster.wait(atMost: .seconds(2), until: isEverywhere(10)))
      #expect(cluster.now - start == .milliseconds(900))
    }
  }

  @Test func `servers start from what is on their disks`() throws {
    let log = Log([LogEntry(term: 1, command: "a"), LogEntry(term: 2, command: "b")])
    let disk = PersistentState(currentTerm: 3, votedFor: nil, log: log)
    _ = try run(3, disks: [disk, disk]) { cluster in
      #expect(cluster.situation(of: 2)?.persistent == disk)
      #expect(cluster.disk(of: 1) == disk)
      #expect(cluster.situation(of: 3)?.log.isEmpty == true)
      let leader = try await Self.leader(cluster)
      #expect(leader != 3)
      await cluster.propose("c", at: leader)
      #expect(await cluster.wait(atMost: .seconds(2), until: isEverywhere(3)))
    }
  }

  @Test func `after a crash the commits are read again from the first`() throws {
    _ = try run(3) { cluster in
      let leader = try await Self.leader(cluster)
      for number in 1...3 { await cluster.propose(Command("\(number)"), at: leader) }
      #expect(await cluster.wait(atMost: .seconds(1), until: isEverywhere(3)))
      let follower: ServerID = leader == 1 ? 2 : 1
      cluster.apply(.crash(follower))
      #expect(cluster.applied(by: follower) == nil)
      cluster.apply(.restart(follower))
      #expect(cluster.applied(by: follower) == 0)
      #expect(await cluster.wait(atMost: .seconds(1), until: isEverywhere(3)))
    }
  }
}
