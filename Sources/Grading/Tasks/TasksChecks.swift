public import Contracts
internal import Simulator

/// The checks of chapter 1, on any `State` that keeps its contract.
public enum TasksChecks<State: TasksChapter> {
  /// The checks of one step, in the order in which they are made.
  ///
  /// The order matters: the first broken rule is the one that is told, and it should name the
  /// mistake and not something that follows from it.
  public static func checks(on step: String) -> [Check] {
    switch step {
    case "1.1": inTurn
    case "1.2": atOnce
    case "1.3": many
    case "1.4": neverBlock
    case "1.5": giveWay
    case "1.6": handingOver
    case "1.7": stream
    case "1.8": deadline
    case "1.9": timer
    case "1.10": amdahlsLaw
    default: []
    }
  }

  /// A virtual time as people say it.
  static func at(_ time: Duration) -> String { Messages.describe(time) }

  /// "a", "a and b", "a, b and c".
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }

  /// What there is under `names` in the files.
  static func contents(of names: [String]) -> [String] {
    names.map(SimulatedFiles.contents)
  }
}
