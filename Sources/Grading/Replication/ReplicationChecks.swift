public import Contracts
internal import Raft

/// The checks of chapter 4, on any `State` that keeps its contract, beside a reference.
public enum ReplicationChecks<
  State: ReplicationChapter, Reference: ReferenceServer & ReplicationChapter
> {
  typealias Rules = LockstepChecks<ReplicationLockstep<State, Reference>>

  /// The checks of one step, in the order in which they are made.
  ///
  /// - Parameter runs: how many more clusters step 4.10 plays than it always does.
  public static func checks(on step: String, runs: Int = 0) -> [Check] {
    let all = allChecks(on: step, runs: runs)
    // What leads over later steps comes last: it ends where those are not written yet.
    return all.filter { $0.preparation == nil } + all.filter { $0.preparation != nil }
  }

  /// The rules of a step, and then its conversations.
  private static func allChecks(on step: String, runs: Int) -> [Check] {
    switch step {
    case "4.1": Rules.rules(of: 1, calling: "receive(request)")
    case "4.2": Rules.rules(of: 2, calling: "propose(command)")
    case "4.3": Rules.rules(of: 3, calling: "entries(for: peer)") + sendingEntries
    case "4.4": Rules.rules(of: 4, calling: "receive(request)")
    case "4.5":
      Rules.rules(of: 5, calling: "receive(reply, from: peer, to: request)") + appendReplies
    case "4.6": Rules.rules(of: 6, calling: "advanceCommitIndex()") + counting
    case "4.7": Rules.rules(of: 7, calling: "applyCommitted()") + commitStream
    case "4.8": keyValueStore
    case "4.9": tellingClients
    case "4.10": cluster + moreRuns(runs)
    case "4.11": fewerRoundTrips
    default: []
    }
  }
}
