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
    let starts = ReplicationStart.all(servers: servers)
    for (place, start) in starts.enumerated() {
      // Whoever S1 has become, and whatever it knows: that takes longer, and is tried with fewer.
      let isFull = place % (step == 4 ? 16 : 4) == 0 || start.name != nil
      guard isFull || step != 7 else { continue }
      let node = Node(start)
      if step <= 4 || step == 7 { judgeAll(at: node, on: reference, timers) }
      guard isFull else { continue }
      for way in ways(from: node) {
        if let there = follow(way, from: node, on: reference, timers) {
          judgeAll(at: there, on: reference, timers)
        }
      }
      guard let leader = lead(from: node, on: reference, timers) else { continue }
      for way in leadersWays(at: leader) {
        if let there = follow(way, from: leader, on: reference, timers) {
          judgeAll(at: there, on: reference, timers)
        }
      }
      for way in waysOutOfOffice(at: leader) {
        // What a server notes at winning must not be what it noted when it won before.
        let there = follow(way, from: leader, on: reference, timers)
        _ = there.flatMap { lead(from: $0, on: reference, timers) }
      }
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

  /// Lets S1 win an election, if it can, standing up to three times.
  private mutating func lead(
    from start: Node, on reference: isolated some ReferenceServer & ReplicationChapter,
    _ timers: RuleTimers
  ) -> Node? {
    var node = start
    for _ in 1...3 {
      if step == 3, node.history.servers == 1 { judge(.stand, at: node, on: reference, timers) }
      guard let standing = go(.stand, from: node, on: reference, timers)?.0 else { return nil }
      node = standing
      let term = node.report.currentTerm
      for peer in node.history.peers where node.report.role == .candidate {
        let vote = Event.poll(peer, in: term, .granted)
        if step == 3 { judge(vote, at: node, on: reference, timers) }
        node = go(vote, from: node, on: reference, timers)?.0 ?? node
      }
      if node.report.role == .leader { return node }
    }
    return nil
  }

  private mutating func judgeAll(
    at node: Node, on reference: isolated some ReferenceServer & ReplicationChapter,
    _ timers: RuleTimers
  ) {
    for event in events(at: node) { judge(event, at: node, on: reference, timers) }
  }

  /// What is tried in a situation, for the rules of this step.
  private func events(at node: Node) -> [Event] {
    let isLeader = node.report.role == .leader
    switch step {
    case 1: return comparisons(at: node)
    case 2: return [.propose, .proposeAgain]
    case 3: return isLeader ? node.history.peers.prefix(2).map { .send($0, arrives: false) } : []
    case 4: return messages(at: node)
    case 5: return replies(at: node)
    case 6: return (isLeader ? [.advance, .propose] : []) + replies(at: node)
    default:
      let replies = node.history.exchanges.keys.sorted().map { Event.reply($0, back: 0, .plain) }
      return messages(at: node, committing: true) + replies + (isLeader ? [.propose] : [])
    }
  }
}

// MARK: - Ways into situations

extension ReplicationSituations {
  /// Ways of a call or two that make S1 a candidate, or give it a leader and something committed.
  private func ways(from start: Node) -> [[Event]] {
    guard step != 3, step != 5, step != 6 else { return [] }
    let term = start.report.currentTerm.next
    var ways: [[Event]] = start.history.servers == 1 ? [] : [[.stand]]
    for leader in start.history.peers.prefix(2) {
      for count in [1, 3] {
        let message = Event.Message(
          leader: leader, term: term, fresh: 1, previous: 0, count: count, commit: .all)
        ways.append([.append(message)])
      }
    }
    if let reign = start.history.cluster.reigns[start.report.currentTerm], reign.leader != 1 {
      let message = Event.Message(
        leader: reign.leader, term: start.report.currentTerm, previous: 0,
        count: reign.log.lastIndex.number, commit: .all)
      ways.append([.append(message)])
    }
    return ways
  }

  /// What a leader goes through before the call that is judged.
  private func leadersWays(at leader: Node) -> [[Event]] {
    let peers = Array(leader.history.peers)
    guard let peer = peers.first else { return [[], [.propose], [.propose, .propose]] }
    switch step {
    case 1, 4: return [[], [.propose]]
    case 2: return [[], [.propose]]
    case 3: return waysOfSending(peers, in: leader.report.currentTerm)
    case 5: return waysOfReplies(to: peer, peers.last ?? peer, in: leader.report.currentTerm)
    default: return waysOfCommitting(peers)
    }
  }

  private func exchange(_ peer: ServerID, times: Int = 1) -> [Event] {
    (0..<times).flatMap { _ in [.send(peer, arrives: true), .reply(peer, back: 0, .plain)] }
  }

  /// S1 is deposed by `peer`'s election, and wins the one after that with the votes of all.
  private func again(_ peers: [ServerID], after term: Term, asked peer: ServerID) -> [Event] {
    let later = term.next.next
    return [.ask(peer, in: term.next), .stand]
      + peers.prefix((peers.count + 1) / 2).map { .poll($0, in: later, .granted) }
  }

  /// S1 is deposed, with its log as it was or with another leader's, after a peer has caught up.
  private func waysOutOfOffice(at leader: Node) -> [[Event]] {
    guard step == 3, let first = leader.history.peers.first,
      let last = leader.history.peers.last
    else { return [] }
    let later = leader.report.currentTerm.next
    let message = Event.Message(
      leader: last, term: later, fresh: 1, previous: 0, count: 1, commit: .nothing)
    return [[], exchange(first, times: 2), [.propose] + exchange(first)].flatMap { way in
      [way + [.ask(last, in: later)], way + [.append(message)]]
    }
  }

  private func waysOfSending(_ peers: [ServerID], in term: Term) -> [[Event]] {
    let peer = peers[0]
    let proposed: [[Event]] = [[], [.propose], [.propose, .propose]]
    return proposed.flatMap { way in
      [way, way + exchange(peer), way + exchange(peer, times: 2)]
    } + [
      [.propose] + peers.flatMap { exchange($0) },
      [.propose] + exchange(peer) + again(peers, after: term, asked: peers.last ?? peer),
    ]
  }

  private func waysOfReplies(to peer: ServerID, _ other: ServerID, in term: Term) -> [[Event]] {
    let send = Event.send(peer, arrives: true)
    let proposed: [[Event]] = [[], [.propose], [.propose, .propose]]
    return proposed.flatMap { way -> [[Event]] in
      [
        way + [send],
        way + [send, .propose, send],
        way + [send, .propose, send, .reply(peer, back: 0, .plain)],
        way + [.send(peer, arrives: false), .propose] + exchange(peer),
        way + exchange(peer),
        way + exchange(peer) + [send],
        way + exchange(peer, times: 2) + [send],
        way + exchange(peer, times: 3),
        way + exchange(other) + [send],
        way + [send, .send(peer, arrives: false), .ask(other, in: term.next)],
        way + [send, .send(peer, arrives: false), .ask(other, in: term.next), .stand],
        way + [.propose, send, .send(peer, arrives: false)]
          + again(peer == other ? [peer] : [peer, other], after: term, asked: other),
      ]
    }
  }

  /// One peer after the other catches up with an entry or two.
  private func waysOfCommitting(_ peers: [ServerID]) -> [[Event]] {
    var ways: [[Event]] = []
    let proposed: [[Event]] = [[], [.propose], [.propose, .propose]]
    for count in 0...peers.count {
      let some = peers.prefix(count)
      for way in proposed {
        ways.append(way + some.flatMap { exchange($0) })
        ways.append(way + some.flatMap { exchange($0, times: 3) })
        guard let last = some.last else { continue }
        // The last one's answer is still to come.
        ways.append(
          way + some.dropLast().flatMap { exchange($0, times: 2) }
            + [.send(last, arrives: true)])
      }
      // Commands come between sending and answers, or only after the log has been compared.
      let answers = some.map { Event.reply($0, back: 0, .plain) }
      let sent = [.propose] + some.map { Event.send($0, arrives: true) } + [.propose]
      ways += [sent + answers, sent + answers.dropLast()]
      ways.append(some.flatMap { exchange($0) } + [.propose])
      ways.append(
        [.propose] + some.flatMap { exchange($0) } + [.propose]
          + peers.prefix(max(0, count - 1)).flatMap { exchange($0) })
    }
    return ways
  }
}

// MARK: - What is tried

extension ReplicationSituations {
  private func comparisons(at node: Node) -> [Event] {
    let term = node.report.currentTerm
    var events: [Event] = node.history.servers > 1 ? [.stand] : []
    for peer in node.history.peers {
      events.append(.compare(peer, in: term.next))
      for asked in [term, term.next] { events.append(.ask(peer, in: asked)) }
    }
    let past = node.history.cluster.requests.keys.filter { $0.term < term && $0.candidate != 1 }
    for candidacy in past.sorted(by: { $0.term < $1.term }) {
      events.append(.ask(candidacy.candidate, in: candidacy.term))
    }
    return events
  }

  /// The messages of every leader there is or can be: each part of its log, old commits and new.
  ///
  /// - Parameter committing: only whole logs, with which everything is committed that can be.
  private func messages(at node: Node, committing: Bool = false) -> [Event] {
    let term = node.report.currentTerm
    let cluster = node.history.cluster
    var leaders = cluster.reigns.filter { $0.value.leader != 1 }
      .map { (term: $0.key, leader: $0.value.leader) }.sorted { $0.term < $1.term }
    for peer in node.history.peers.prefix(2) {
      leaders.append((max(term.next, node.path.start.nextTerm), peer))
      if cluster.reigns[term] == nil { leaders.append((term, peer)) }
    }
    return leaders.flatMap { term, leader in
      (0...1).flatMap { fresh -> [Event] in
        var with = cluster
        guard with.elect(leader, in: term, asking: node.history.peers),
          with.propose(fresh, in: term), let log = with.reigns[term]?.log
        else { return [] }
        if committing {
          let whole = Event.Message(
            leader: leader, term: term, fresh: fresh, previous: 0,
            count: log.lastIndex.number, commit: .all)
          return [.append(whole)]
        }
        // What was known before is behind new commands; it is tried without them.
        let commits: [Event.Message.Commit] =
          fresh == 0 ? [.nothing, .known, .all] : [.nothing, .all]
        return parts(of: log).flatMap { previous, count in
          commits.map { commit in
            .append(
              .init(
                leader: leader, term: term, fresh: fresh, previous: previous, count: count,
                commit: commit))
          }
        }
      }
    }
  }

  private func parts(of log: Log) -> [(previous: LogIndex, count: Int)] {
    let last = log.lastIndex.number
    return (0...last).flatMap { previous in
      Set([0, 1, 2, last - previous]).sorted().filter { $0 <= last - previous }
        .map { (LogIndex(previous), $0) }
    }
  }

  private func replies(at node: Node) -> [Event] {
    node.history.exchanges.keys.sorted().flatMap { peer in
      (0...2).flatMap { back in
        [Event.Manner.plain, .hinted, .ofLaterTerm].map { .reply(peer, back: back, $0) }
      }
    }
  }
}
