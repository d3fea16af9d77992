public import Contracts
internal import Raft

/// The checks of chapter 2, on any `State` that keeps its contract.
public enum CounterChecks<State: CounterChapter> {
  /// The checks of one step, in the order in which they are made.
  public static func checks(on step: String) -> [Check] {
    switch step {
    case "2.1": predict
    case "2.2": increment
    case "2.3": reentrancy
    case "2.4": lock
    case "2.5": tickets
    case "2.6": transfer
    case "2.7": peerCounters
    case "2.8": amdahl
    default: []
    }
  }

  /// A fresh `State`; what a step has nothing to do with is left out.
  static func makeState(
    id: ServerID = 1, peers: [ServerID] = [], network: any Network = NoNetwork(),
    tickets: any Guarded = PlainNumber()
  ) -> State {
    State(id: id, peers: peers, network: network, tickets: tickets)
  }

  /// One rule, and the runs that tell whether it is kept.
  static func check(
    _ id: String, _ sentence: String, section: String, calling call: String,
    _ body: @escaping @Sendable (CheckRuns) throws -> Void
  ) -> Check {
    Check(id, sentence, section: section, calling: call) { rule in
      try body(CheckRuns(rule: rule, call: call))
    }
  }
}
