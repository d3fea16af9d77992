public import Raft

/// A time during which one leader was known to every server that it could reach, a quorum of all.
public struct Agreement: Hashable, Sendable {
  public let leader: ServerID
  public let term: Term
  public let from: Duration
  /// Nil while it lasts.
  public internal(set) var until: Duration?
}

/// What a cluster's liveness is judged by.
public struct Liveness: Hashable, Sendable {
  /// Every agreement on a leader, in order.
  public internal(set) var agreements: [Agreement] = []
  /// When a term was seen for the first time that is higher than all before.
  public internal(set) var termRises: [Duration] = []
  public internal(set) var highestTerm: Term = 0
  /// How many messages were sent in each virtual second, from the first on.
  public internal(set) var messagesPerSecond: [Int] = []

  /// The agreement that lasts now.
  public var agreement: Agreement? {
    agreements.last.flatMap { $0.until == nil ? $0 : nil }
  }

  /// How often the highest term has risen since `time`.
  public func termChanges(since time: Duration) -> Int {
    termRises.reversed().prefix { $0 >= time }.count
  }

  /// All messages sent so far.
  public var messages: Int { messagesPerSecond.reduce(0, +) }

  mutating func noteMessage(at nanoseconds: Int64) {
    let second = Int(nanoseconds / 1_000_000_000)
    while messagesPerSecond.count <= second { messagesPerSecond.append(0) }
    messagesPerSecond[second] += 1
  }

  mutating func noteTerm(_ term: Term, at time: Duration) {
    guard term > highestTerm else { return }
    highestTerm = term
    termRises.append(time)
  }

  mutating func note(_ agreed: (leader: ServerID, term: Term)?, at time: Duration) {
    let present = agreement
    if present?.leader == agreed?.leader, present?.term == agreed?.term { return }
    if present != nil { agreements[agreements.count - 1].until = time }
    if let agreed {
      agreements.append(Agreement(leader: agreed.leader, term: agreed.term, from: time))
    }
  }
}

extension Cluster {
  /// A server is seen to be different from the last time.
  func noteChange(
    of life: Incarnation, from before: Situation, to after: Situation, isLook: Bool
  ) {
    if isLook { record(.changed(life.id, before: before, after: after)) }
    let isNewTerm = before.currentTerm != after.currentTerm
    let isNewRole = before.role != after.role
    if isNewRole || (isNewTerm && after.role != .follower) {
      record(
        .role(
          life.id, after.role, in: after.currentTerm, before: before.role,
          votes: after.votes.sorted()))
    }
    liveness.noteTerm(after.currentTerm, at: now)
    judge { $0.changed(life.id, from: before, to: after) }
    if isNewRole || isNewTerm {
      noteSituations()
    } else if before.commitIndex != after.commitIndex {
      wakeWaiters()
    }
  }

  /// A rule was called by the host.
  func noteCall(_ call: RuleCall, of life: Incarnation, before: Situation, after: Situation) {
    record(.called(life.id, call, before: before, after: after))
    switch call {
    case .requestVote(let request, _, let reply):
      judge { $0.answered(request, with: reply, by: life.id, before: before) }
    case .appendEntries(let request, _, let reply):
      guard reply.term == request.term, life.heard != request.term else { return }
      life.heard = request.term
      noteSituations()
    case .propose:
      break
    }
  }

  /// Looks whether the servers agree on a leader, after something that bears on it.
  func noteSituations() {
    liveness.note(agreedLeader(), at: now)
    wakeWaiters()
  }

  private func agreedLeader() -> (leader: ServerID, term: Term)? {
    var best: (leader: ServerID, term: Term)?
    for seat in seats where seat.isRunning {
      guard let situation = seat.incarnation?.situation, situation.role == .leader,
        best.map({ situation.currentTerm > $0.term }) ?? true,
        isKnown(seat, in: situation.currentTerm)
      else { continue }
      best = (seat.id, situation.currentTerm)
    }
    return best
  }

  /// Whether every server within this leader's reach has heard of it, and they are a quorum.
  private func isKnown(_ leader: Seat, in term: Term) -> Bool {
    var reached = 1
    for seat in seats where seat !== leader && seat.isRunning {
      guard wire.isOpen(from: leader.id, to: seat.id), wire.isOpen(from: seat.id, to: leader.id)
      else { continue }
      guard let life = seat.incarnation, life.heard == term,
        life.situation?.currentTerm == term
      else { return false }
      reached += 1
    }
    return quorum.isReached(by: reached)
  }
}
