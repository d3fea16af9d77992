public import Contracts
internal import Raft

/// The checks of chapter 3, on any `State` that keeps its contract, beside a reference.
public enum ElectionsChecks<
  State: ElectionsChapter, Reference: ReferenceServer & ElectionsChapter
> {
  /// The checks of one step, in the order in which they are made.
  public static func checks(on step: String) -> [Check] {
    switch step {
    case "3.1": rules(of: 1, calling: "observe(term)")
    case "3.2": rules(of: 2, calling: "receive(request)")
    case "3.3": rules(of: 3, calling: "receive(request)")
    case "3.4": rules(of: 4, calling: "becomeCandidate()")
    case "3.5": rules(of: 5, calling: "receive(reply, from: peer, to: request)")
    case "3.6": askingForVotes
    case "3.7": sendingHeartbeats
    case "3.8": cluster
    default: []
    }
  }
}
