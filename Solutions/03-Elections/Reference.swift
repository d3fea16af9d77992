import Contracts

/// Lets a grader put the reference where a learner's server is, to make one step from there.
extension State: ReferenceServer {
  public func assume(_ situation: ElectionReport) {
    currentTerm = situation.persistent.currentTerm
    votedFor = situation.persistent.votedFor
    role = situation.role
    votes = situation.votes
  }
}
