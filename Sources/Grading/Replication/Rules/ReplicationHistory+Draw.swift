internal import Contracts
internal import Raft
internal import Simulator

// MARK: - What can happen next

extension ReplicationHistory {
  /// Something that may happen, for one of the rules of these steps: first a rule is drawn, then
  /// an event, since there are far more messages than anything else.
  func draw(
    in situation: ReplicationReport, steps: ClosedRange<Int>,
    from generator: inout SeededGenerator
  ) -> Event? {
    for _ in 0..<20 {
      let step = Int.random(in: 0...steps.upperBound, using: &generator)
      guard let event = event(for: step, of: steps, in: situation, from: &generator) else {
        continue
      }
      var next = self
      if next.call(for: event, in: situation) != nil { return event }
    }
    return nil
  }

  private func event(
    for step: Int, of steps: ClosedRange<Int>, in situation: ReplicationReport,
    from generator: inout SeededGenerator
  ) -> Event? {
    let term = situation.currentTerm
    guard let peer = peers.randomElement(using: &generator) else {
      // Nobody else is there: whoever stands leads.
      let alone: [(step: Int, event: Event)] = [(3, .stand), (2, .propose), (6, .advance)]
      return alone.filter { steps.contains($0.step) }.randomElement(using: &generator)?.event
    }
    switch step {
    case 0:
      // Votes make a leader, whom the third step writes.
      guard steps.contains(3), let last = elections.keys.max() else { return nil }
      let ballots: [Event.Ballot] = [.granted, .granted, .granted, .refused, .refusedInLaterTerm]
      return .poll(peer, in: last, ballots.randomElement(using: &generator) ?? .granted)
    case 1:
      if situation.role == .follower, Bool.random(using: &generator) { return .stand }
      return .ask(peer, in: Bool.random(using: &generator) ? term : term.next)
    case 2: return .propose
    case 3: return .send(peer, arrives: Int.random(in: 0..<4, using: &generator) > 0)
    case 4: return message(from: peer, in: term, drawn: &generator).map { .append($0) }
    case 5:
      let manners: [Event.Manner] = [.plain, .plain, .plain, .hinted, .ofLaterTerm]
      return .reply(
        peer, back: Int.random(in: 0...2, using: &generator),
        manners.randomElement(using: &generator) ?? .plain)
    default: return .advance
    }
  }

  /// A message of a leader there is, or of one that there can be now or in the next term.
  private func message(
    from peer: ServerID, in term: Term, drawn generator: inout SeededGenerator
  ) -> Event.Message? {
    var term = Bool.random(using: &generator) ? term : term.next
    if let past = cluster.reigns.keys.sorted().randomElement(using: &generator),
      Bool.random(using: &generator)
    {
      term = past
    }
    var with = cluster
    let leader = with.reigns[term]?.leader ?? peer
    let fresh = Int.random(in: 0...2, using: &generator)
    guard leader != 1, with.elect(leader, in: term, asking: peers),
      with.propose(fresh, in: term), let last = with.reigns[term]?.log.lastIndex.number
    else { return nil }
    let previous = Int.random(in: 0...last, using: &generator)
    let commits: [Event.Message.Commit] = [.nothing, .known, .all]
    return Event.Message(
      leader: leader, term: term, fresh: fresh, previous: LogIndex(previous),
      count: Int.random(in: 0...last - previous, using: &generator),
      commit: commits.randomElement(using: &generator) ?? .known)
  }
}
