public import Contracts

/// The checks of chapter 2, on any `State` that keeps its contract.
public enum CounterChecks<State: CounterChapter> {
  /// The checks of one step, in the order in which they are made.
  public static func checks(on step: String) -> [Check] {
    switch step {
    default: []
    }
  }
}
