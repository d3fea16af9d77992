internal import Contracts
internal import Raft
internal import Simulator

// MARK: - The search of each step

extension ReplicationSituations {
  /// Searches for every case of this step in clusters of `servers` servers.
  mutating func search(
    servers: Int, on reference: isolated some ReferenceServer & ReplicationChapter,
    _ timers: RuleTimers
  ) {
    let starts = ReplicationStart.all(servers: servers).map { start in
      Node(
        start,
        ReplicationReport(
          persistent: start.saved, role: .follower, votes: [], leader: nil, commitIndex: 0,
          lastApplied: 0, nextIndex: [:], matchIndex: [:]))
    }
    switch step {
    case 1, 2, 4:
      for start in starts {
        judgeAll(at: start, on: reference, timers)
        for way in shortWays(from: start) {
          guard let node = follow(way, from: start, on: reference, timers) else { continue }
          judgeAll(at: node, on: reference, timers)
        }
      }
    default: break
    }
  }

  /// Goes several events; nil where one of them cannot happen.
  func follow(
    _ events: [Event], from start: Node,
    on reference: isolated some ReferenceServer & ReplicationChapter, _ timers: RuleTimers
  ) -> Node? {
    var node = start
    for event in events {
      guard let next = go(event, from: node, on: reference, timers)?.0 else { return nil }
      node = next
    }
    return node
  }

  private mutating func judgeAll(
    at node: Node, on reference: isolated some ReferenceServer & ReplicationChapter,
    _ timers: RuleTimers
  ) {
    for event in events(at: node) { judge(event, at: node, on: reference, timers) }
  }

  /// What is tried in a situation, for the rules of this step.
  func events(at node: Node) -> [Event] {
    switch step {
    case 1: comparisons(at: node)
    case 2: [.propose]
    case 3: []
    case 4: messages(at: node)
    default: []
    }
  }

  /// Ways of a call or two that make S1 somebody else, or give it something to know.
  private func shortWays(from start: Node) -> [[Event]] {
    let peers = start.history.peers
    guard let peer = peers.first else { return [[.stand]] }
    let term = start.report.currentTerm.next
    let votes = peers.map { Event.poll($0, in: term, .granted) }
    var ways: [[Event]] = [[.stand], [.stand] + votes, [.stand] + votes + [.propose]]
    for leader in peers.prefix(2) {
      ways.append(
        [.append(.init(leader: leader, term: term, fresh: 1, previous: 0, count: 1, commit: .all))])
      ways.append(
        [.append(.init(leader: leader, term: term, fresh: 1, previous: 0, count: 3, commit: .all))])
    }
    if let reign = start.history.cluster.reigns[start.report.currentTerm], reign.leader != 1 {
      let all = Event.Message(
        leader: reign.leader, term: start.report.currentTerm, previous: 0,
        count: reign.log.lastIndex.number, commit: .all)
      ways.append([.append(all)])
    }
    _ = peer
    return ways
  }

  private func comparisons(at node: Node) -> [Event] {
    let term = node.report.currentTerm
    var events: [Event] = node.history.servers > 1 ? [.stand] : []
    for peer in node.history.peers {
      events.append(.compare(peer, in: term.next))
      for asked in [term, term.next] { events.append(.ask(peer, in: asked)) }
    }
    for candidacy in node.history.cluster.requests.keys
    where candidacy.term < term && candidacy.candidate != 1 {
      events.append(.ask(candidacy.candidate, in: candidacy.term))
    }
    return events
  }

  /// The messages of every leader there is or can be: each part of its log, old commits and new.
  private func messages(at node: Node) -> [Event] {
    let term = node.report.currentTerm
    let cluster = node.history.cluster
    var events: [Event] = []
    var leaders = cluster.reigns.filter { $0.value.leader != 1 }
      .map { (term: $0.key, leader: $0.value.leader) }.sorted { $0.term < $1.term }
    for peer in node.history.peers.prefix(2) {
      leaders.append((term.next, peer))
      if cluster.reigns[term] == nil { leaders.append((term, peer)) }
    }
    for (term, leader) in leaders {
      for fresh in 0...1 {
        var with = cluster
        guard with.elect(leader, in: term, asking: node.history.peers),
          with.propose(fresh, in: term), let log = with.reigns[term]?.log
        else { continue }
        for previous in 0...log.lastIndex.number {
          let rest = log.lastIndex.number - previous
          for count in Set([0, 1, 2, rest]).sorted() where count <= rest {
            for commit in [Event.Message.Commit.nothing, .known, .all] {
              events.append(
                .append(
                  .init(
                    leader: leader, term: term, fresh: fresh, previous: LogIndex(previous),
                    count: count, commit: commit)))
            }
          }
        }
      }
    }
    return events
  }
}
