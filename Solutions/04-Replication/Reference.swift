import Contracts

/// Lets a grader put the reference where a learner's server is, to make one step from there.
extension State: ReferenceServer {
  public func assume(_ situation: ReplicationReport) {
    // Of the leader first: a term that is new to this server has none yet.
    currentTerm = situation.persistent.currentTerm
    leader = situation.leader
    votedFor = situation.persistent.votedFor
    log = situation.persistent.log
    role = situation.role
    votes = situation.votes
    commitIndex = situation.commitIndex
    lastApplied = situation.lastApplied
    nextIndex = situation.nextIndex
    matchIndex = situation.matchIndex
  }
}
