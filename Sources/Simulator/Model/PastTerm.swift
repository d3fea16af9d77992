public import Raft

/// What came to pass in a cluster before S1 was started, told term by term.
public enum PastTerm: Hashable, Sendable {
  /// `leader` won the term, took that many commands, and brought its log to others, so far.
  case reign(Term, of: ServerID, commands: Int, reaching: [ServerID: LogIndex])
  /// S1 voted for `candidate`, and more is not known.
  case vote(Term, for: ServerID)
}

extension ModelCluster {
  /// A cluster with such a past; nil where none could have it.
  public init?(size: Int, past: [PastTerm]) {
    self.init(size: size)
    for term in past {
      guard happen(term) else { return nil }
    }
    self[1].commitIndex = 0
  }

  private mutating func happen(_ past: PastTerm) -> Bool {
    switch past {
    case .vote(let term, let candidate):
      guard stand(candidate, in: term),
        let request = requests[Candidacy(term: term, candidate: candidate)]
      else { return false }
      return vote(1, on: request)
    case .reign(let term, let leader, let commands, let reach):
      // Whoever hears of the leader voted for it, where it could; S1 only where it had to.
      let hearing = ids.filter { reach[$0] != nil }
      let others = ids.filter { reach[$0] == nil }.reversed()
      guard elect(leader, in: term, asking: hearing + others), propose(commands, in: term) else {
        return false
      }
      for (follower, index) in reach.sorted(by: { $0.key < $1.key }) {
        guard replicate(term, to: follower, upTo: index) else { return false }
      }
      return true
    }
  }
}
