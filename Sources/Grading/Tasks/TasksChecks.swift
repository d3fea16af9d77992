public import Contracts

/// The checks of chapter 1, on any `State` that keeps its contract.
public enum TasksChecks<State: TasksChapter> {
  /// The checks of one step, in the order in which they are made.
  public static func checks(on step: String) -> [Check] {
    switch step {
    case "1.1": inTurn
    case "1.2": atOnce
    default: []
    }
  }
}
