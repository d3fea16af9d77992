internal import Grading

/// The generated mutants that are right, each with the reason: a change that no call can tell.
struct Equivalents: Sendable {
  static let path = "Tests/Mutants/equivalent.md"

  /// Why, by id.
  private(set) var reasons: [String: String] = [:]
  /// What is wrong with the file, each with its line.
  private(set) var errors: [CatalogueError] = []

  /// Reads lines such as "- `4.5-off-by-one-1f3a`: why"; all others are for people.
  init(_ text: String) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where line.hasPrefix("- ") {
      let place = Place(file: Self.path, line: index + 1)
      guard let match = line.wholeMatch(of: /- `([^`]+)`: (\S.*)/) else {
        errors.append(
          CatalogueError(place: place, problem: "an entry is one line: - `ID`: the reason"))
        continue
      }
      if reasons.updateValue(String(match.2), forKey: String(match.1)) != nil {
        errors.append(CatalogueError(place: place, problem: "\(match.1) stands here twice"))
      }
    }
  }

  /// The entries of these chapters that no operator makes any more.
  func gone(from mutants: [GeneratedMutant], of chapters: [Chapter]) -> [String] {
    let known = Set(mutants.map(\.id))
    return reasons.keys.sorted().filter { id in
      !known.contains(id)
        && (chapters.contains { id.hasPrefix("\($0.number).") } || id.first?.isNumber != true)
    }
  }
}
