public import Contracts
internal import Raft

/// The checks of chapter 3, on any `State` that keeps its contract, beside a reference.
public enum ElectionsChecks<
  State: ElectionsChapter, Reference: ReferenceServer & ElectionsChapter
> {
  /// The checks of one step, in the order in which they are made.
  public static func checks(on step: String) -> [Check] { [] }
}
