/// A line of a file, counted from 1; the path is from the workbook's folder.
public struct Place: Hashable, Codable, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  public var description: String { "\(file):\(line)" }
}

/// Whose code is judged.
public enum Subject: String, Hashable, Codable, Sendable, CaseIterable {
  case learner, solution
}

/// What came of grading one step.
public struct Verdict: Hashable, Sendable {
  public enum Status: String, Hashable, Codable, Sendable, CaseIterable {
    case passed, failed, todo, crashed, timeout
  }

  public let step: Step
  public let status: Status
  /// The rule that is broken, or that was being checked when the code crashed or fell silent.
  public let finding: Finding?
  /// Where to look.
  public let place: Place?
  /// For `todo`: the heading of the body that is not written yet, which may be another step's.
  public let unwritten: String?
  /// What the learner's code printed while it was judged, the last lines.
  public let printed: [String]
  /// The most memory that grading a passed step took, in bytes.
  public let peakMemory: Int?

  public init(
    step: Step, status: Status, finding: Finding? = nil, place: Place? = nil,
    unwritten: String? = nil, printed: [String] = [], peakMemory: Int? = nil
  ) {
    self.step = step
    self.status = status
    self.finding = finding
    self.place = place
    self.unwritten = unwritten
    self.printed = printed
    self.peakMemory = peakMemory
  }

  /// Whether the chapter is done as far as this step goes: an extra step may stay unwritten.
  public var isSettled: Bool { status == .passed || (step.isExtra && status == .todo) }

  /// Whether the step cannot be judged before an earlier one is written.
  public var waitsForAnother: Bool {
    guard status == .todo, let unwritten else { return false }
    return !unwritten.hasPrefix(step.number + " ")
  }
}
