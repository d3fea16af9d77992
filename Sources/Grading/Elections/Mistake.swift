internal import Contracts
internal import Raft

/// What is wrong with a transition: the rule that it breaks, and what shows it.
struct Mistake: LockstepMistake {
  let rule: ElectionRule
  let facet: Outcome.Facet

  /// The mistake in `transition`, or nil where it is one of the ways that are right.
  static func find(
    in transition: Transition, reference: Transition, before: History, after: History
  ) -> Mistake? {
    let runs = after.isTimerRunning
    let plain = Outcome(reference)
    var nearest = plain.differences(from: transition, timerRuns: runs)
    if nearest.isEmpty { return nil }
    for outcome in plain.alternatives(to: reference, after: before) {
      let facets = outcome.differences(from: transition, timerRuns: runs)
      if facets.isEmpty { return nil }
      // Told beside the right way that is nearest; the reference's own, where several are.
      if facets.count < nearest.count { nearest = facets }
    }
    guard let facet = nearest.first else { return nil }
    return Mistake(rule: blame(facet, transition, reference), facet: facet)
  }

  private static func blame(
    _ facet: Outcome.Facet, _ transition: Transition, _ reference: Transition
  ) -> ElectionRule {
    let topic = ElectionRule.topic(of: transition.call, in: transition.before)
    switch transition.call {
    case .observe: return ofObserving(facet, topic)
    case .voteRequest: return ofVoting(facet, topic, transition)
    case .heartbeat: return ofFollowing(facet, topic)
    case .stand: return ofStanding(facet, transition, reference)
    case .vote: return ofCounting(facet, topic, transition, reference)
    case .acknowledgement: return .leaderFollowsTerm
    }
  }

  private static func ofObserving(
    _ facet: Outcome.Facet, _ topic: ElectionRule
  ) -> ElectionRule {
    guard topic != .ignoresEarlier else { return topic }
    switch facet {
    case .role: return .stepsDown
    case .votedFor: return .freesVote
    case .electionTimer: return .waitsAgain
    default: return .takesLaterTerm
    }
  }

  private static func ofVoting(
    _ facet: Outcome.Facet, _ topic: ElectionRule, _ transition: Transition
  ) -> ElectionRule {
    let isGranted = transition.answer.isGranted == true
    switch (topic, facet) {
    case (_, .replyTerm): return .voterSaysTerm
    case (_, .electionTimer) where topic == .voterStepsDown && !isGranted: return .voterStepsDown
    case (_, .electionTimer): return isGranted ? .grantRestartsTimer : .refusalKeepsTimer
    case (.staleCandidate, _): return .staleCandidate
    case (_, .votedFor) where isGranted: return .remembersVote
    case (.voterStepsDown, .role): return .voterStepsDown
    case (.voterStepsDown, _), (.voterFollowsTerm, _): return .voterFollowsTerm
    case (_, .answer): return topic
    default: return isGranted ? .remembersVote : .refusalChangesNothing
    }
  }

  private static func ofFollowing(
    _ facet: Outcome.Facet, _ topic: ElectionRule
  ) -> ElectionRule {
    switch (topic, facet) {
    case (_, .replyTerm): return .followerSaysTerm
    case (.staleLeader, .electionTimer): return .staleLeaderKeepsTimer
    case (.staleLeader, _): return .staleLeader
    case (_, .electionTimer): return .heartbeatRestartsTimer
    case (.acceptsLeader, .votedFor), (.candidateYields, .votedFor): return .heartbeatKeepsVote
    default: return topic
    }
  }

  private static func ofStanding(
    _ facet: Outcome.Facet, _ transition: Transition, _ reference: Transition
  ) -> ElectionRule {
    let after = transition.after
    switch facet {
    case .term: return .opensTerm
    case .heartbeatTimer: return .sendsNothingYet
    case .role:
      if reference.after.role == .leader { return .winsAlone }
      if after.role == .follower { return .becomesCandidate }
      return after.votes.count > 1 ? .countsAnew : .needsOthers
    case .votedFor: return .votesForItself
    case .votes: return after.votes.contains(1) ? .countsAnew : .votesForItself
    case .electionTimer:
      // Whoever leads waits for nobody: its timer was not restarted wrongly, but told to elapse.
      return reference.after.role == .leader ? .winsAlone : .standingRestartsTimer
    case .answer, .replyTerm, .request: return .asksForItself
    }
  }

  private static func ofCounting(
    _ facet: Outcome.Facet, _ topic: ElectionRule, _ transition: Transition,
    _ reference: Transition
  ) -> ElectionRule {
    let wins = reference.isWin
    switch facet {
    case .heartbeatTimer where wins: return .firesHeartbeat
    case .heartbeatTimer where transition.before.role == .leader: return .winsOnce
    case .electionTimer where topic != .candidateFollowsTerm: return .countingKeepsTimer
    case .votes where topic == .majority: return .counts
    case .role where wins:
      // A server that never counted the vote has not got as far as the majority.
      guard case .vote(_, let peer, _) = transition.call else { return topic }
      return transition.after.votes.contains(peer) ? .majority : .counts
    default: return topic
    }
  }
}
