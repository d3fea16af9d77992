import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// Hosts do what the contract promises, as the trace of many runs shows.
@Suite struct ClusterHostTests {
  private static func outcome(_ seed: UInt64, _ count: Int = 5) throws -> ClusterOutcome {
    var options = ClusterOptions()
    options.conditions = .rough
    options.trace = .all
    return try ClusterRun(
      sketches(count), seed: seed, plan: .seeded(seed, servers: count, until: .seconds(5)),
      duration: .seconds(6), options: options
    ).outcome()
  }

  /// What each server's host has saved, event by event.
  private static func follow(
    _ events: [ClusterEvent], _ look: (ClusterEvent.Kind, [ServerID: PersistentState]) -> Void
  ) {
    var disks: [ServerID: PersistentState] = [:]
    for event in events {
      if case .saved(let id, let state) = event.kind { disks[id] = state }
      look(event.kind, disks)
    }
  }

  @Test func `what a message promises is saved before it leaves`() throws {
    for seed in 0..<10 as Range<UInt64> {
      Self.follow(try Self.outcome(seed).events) { kind, disks in
        guard case .sent(let envelope) = kind else { return }
        let disk = disks[envelope.from] ?? PersistentState()
        #expect(disk.currentTerm >= envelope.message.term)
        if case .requestVoteReply(let reply, let request) = envelope.message,
          reply.voteGranted, disk.currentTerm == request.term
        {
          #expect(disk.votedFor == request.candidateID)
        }
      }
    }
  }

  @Test func `a server starts again from what was saved`() throws {
    var restarts = 0
    for seed in 0..<10 as Range<UInt64> {
      Self.follow(try Self.outcome(seed).events) { kind, disks in
        guard case .started(let id, let life, let situation) = kind, life > 1 else { return }
        restarts += 1
        #expect(situation.persistent == disks[id] ?? PersistentState())
      }
    }
    #expect(restarts > 0)
  }

  @Test func `nothing is delivered to a server that is down or stands still`() throws {
    for seed in 0..<10 as Range<UInt64> {
      var absent: Set<ServerID> = []
      for event in try Self.outcome(seed).events {
        switch event.kind {
        case .crashed(let id), .paused(let id): absent.insert(id)
        case .started(let id, _, _), .resumed(let id): absent.remove(id)
        case .delivered(let envelope): #expect(!absent.contains(envelope.to))
        case .timerElapsed(let id, _, _), .called(let id, _, _, _), .unreachable(let id, _, _):
          #expect(!absent.contains(id))
        default: break
        }
      }
    }
  }

  @Test func `a reply to a life that is over is told to nobody`() throws {
    var unawaited = 0
    for seed in 0..<20 as Range<UInt64> {
      var asked: [Int: ServerID] = [:]
      for event in try Self.outcome(seed).events {
        switch event.kind {
        case .sent(let envelope) where envelope.answers == nil:
          asked[envelope.number] = envelope.from
        case .crashed(let id): asked = asked.filter { $0.value != id }
        case .delivered(let envelope):
          if let request = envelope.answers { #expect(asked[request] == envelope.to) }
        case .lost(_, .unawaited): unawaited += 1
        default: break
        }
      }
    }
    #expect(unawaited > 0)
  }

  @Test func `a timer elapses only when it is due, and no more once it is stopped`() throws {
    for seed in 0..<10 as Range<UInt64> {
      var due: [String: Duration] = [:]
      for event in try Self.outcome(seed).events {
        switch event.kind {
        case .timerSet(let id, let kind, let time): due["\(id) \(kind)"] = time
        case .timerFired(let id, let kind): due["\(id) \(kind)"] = event.time
        case .timerStopped(let id, let kind): due["\(id) \(kind)"] = nil
        case .crashed(let id):
          for kind in TimerKind.allCases { due["\(id) \(kind)"] = nil }
        case .timerElapsed(let id, let kind, _):
          let time = due.removeValue(forKey: "\(id) \(kind)")
          #expect(time != nil && time! <= event.time)
        default: break
        }
      }
    }
  }

  @Test func `votes of an election long over still arrive`() throws {
    var stale = 0
    for seed in 0..<20 as Range<UInt64> {
      var terms: [ServerID: Term] = [:]
      for event in try Self.outcome(seed).events {
        switch event.kind {
        case .changed(let id, _, let after), .called(let id, _, _, let after):
          terms[id] = after.currentTerm
        case .delivered(let envelope):
          if case .requestVoteReply(_, let request) = envelope.message,
            request.term < terms[envelope.to] ?? 0
          {
            stale += 1
          }
        default: break
        }
      }
    }
    #expect(stale > 0)
  }

  @Test func `election timeouts are drawn anew at each restart`() throws {
    var drawn: Set<Duration> = []
    for event in try Self.outcome(1).events {
      if case .timerSet(_, .election, let due) = event.kind {
        drawn.insert(due - event.time)
        #expect((.milliseconds(150) ... .milliseconds(300)).contains(due - event.time))
      }
    }
    #expect(drawn.count > 50)
  }

  @Test func `the network loses, repeats, delays and reorders`() throws {
    var sent: [Int: Duration] = [:]
    var losses: Set<Loss> = []
    var isRepeated = false
    var isSlow = false
    var isReordered = false
    var latest: [String: Int] = [:]
    for event in try Self.outcome(3).events {
      switch event.kind {
      case .sent(let envelope): sent[envelope.number] = event.time
      case .duplicated: isRepeated = true
      case .lost(_, let loss): losses.insert(loss)
      case .delivered(let envelope):
        let way = "\(envelope.from) \(envelope.to)"
        isSlow = isSlow || event.time - (sent[envelope.number] ?? event.time) > .milliseconds(300)
        isReordered = isReordered || envelope.number < latest[way] ?? 0
        latest[way] = max(latest[way] ?? 0, envelope.number)
      default: break
      }
    }
    #expect(isRepeated && isSlow && isReordered)
    #expect(losses.isSuperset(of: [.dropped, .cut, .down, .unawaited]))
  }

  @Test func `what a client is told is saved before it hears of it`() throws {
    let run = ClusterRun(
      Array(repeating: .server(ReplicationSketch.self), count: 3), seed: 2, duration: .zero)
    _ = try run.outcome { cluster in
      await cluster.wait(atMost: .seconds(3)) { $0.liveness.agreement != nil }
      let leader = try #require(cluster.liveness.agreement?.leader)
      let server = try #require(cluster.server(leader) as? ReplicationSketch)
      let answer = await cluster.call(server, on: leader) { $0.propose("x = 4") }
      #expect(answer == .accepted(index: 1, term: cluster.liveness.highestTerm))
      #expect(cluster.disk(of: leader)?.log.lastIndex == 1)
      cluster.apply(.crash(leader))
      #expect(await cluster.call(server, on: leader) { $0.propose("x = 5") } == nil)
    }
  }
}
