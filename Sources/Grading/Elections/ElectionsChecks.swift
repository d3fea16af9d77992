public import Contracts
internal import Raft

/// The checks of chapter 3, on any `State` that keeps its contract, beside a reference.
public enum ElectionsChecks<
  State: ElectionsChapter, Reference: ReferenceServer & ElectionsChapter
> {
  /// The checks of one step, in the order in which they are made.
  ///
  /// - Parameter runs: how many more clusters the last step plays than it always does.
  public static func checks(on step: String, runs: Int = 0) -> [Check] {
    switch step {
    case "3.1": rules(of: 1, calling: "observe(term)")
    case "3.2": rules(of: 2, calling: "receive(request)")
    case "3.3": rules(of: 3, calling: "receive(request)")
    case "3.4": rules(of: 4, calling: "becomeCandidate()")
    case "3.5": rules(of: 5, calling: "receive(reply, from: peer, to: request)") + [anySize]
    case "3.6": askingForVotes
    case "3.7": sendingHeartbeats
    case "3.8": cluster + .runs(runs, of: State.self, [(ElectionScenario.random, servers: 1...5)])
    default: []
    }
  }
}
