/// A chapter: a folder with a text, a skeleton and hints, and the steps that are graded.
public struct Chapter: Hashable, Sendable {
  public let number: Int
  public let folder: String
  public let title: String
  public let steps: [Step]
  /// What the chapter takes over from an earlier one, in a file beside State.swift.
  public let inheritance: Inheritance?

  /// The learner's file, from the workbook's folder.
  public var statePath: String { "Chapters/\(folder)/State.swift" }
  /// The reference, from the workbook's folder.
  public var solutionPath: String { "Solutions/\(folder)/State.swift" }
  public var hintsPath: String { "Chapters/\(folder)/Hints.md" }
  /// All of the learner's files of this chapter; the one to write in comes first.
  public var paths: [String] { [statePath] + (inheritance.map { [path(of: $0)] } ?? []) }
  /// The steps without which the chapter is not done.
  public var requiredSteps: [Step] { steps.filter { !$0.isExtra } }

  init(
    _ number: Int, _ folder: String, _ title: String, _ steps: [Step],
    inheriting inheritance: Inheritance? = nil
  ) {
    self.number = number
    self.folder = folder
    self.title = title
    self.steps = steps
    self.inheritance = inheritance
  }

  /// Where the learner's file of what is taken over stands.
  public func path(of inheritance: Inheritance) -> String {
    "Chapters/\(folder)/\(inheritance.file)"
  }

  /// Where the solved one stands.
  public func solutionPath(of inheritance: Inheritance) -> String {
    "Solutions/\(folder)/\(inheritance.file)"
  }
}

/// A file of a chapter in which an earlier one's bodies stand: solved, until somebody carries their
/// own there.
public struct Inheritance: Hashable, Sendable {
  public let file: String
  /// The number of the chapter that the bodies come from.
  public let chapter: Int
}

/// What a learner writes in one go, and is told about in one verdict.
public struct Step: Hashable, Sendable {
  /// Chapter and place in it, such as "1.4".
  public let number: String
  public let title: String
  /// The functions that the learner writes, by base name, or with labels, and the types where
  /// those tell overloads apart; the first is where a message points.
  public let functions: [String]
  /// Whether a chapter is done without it.
  public let isExtra: Bool
  /// The field of a message that the step is about: whoever writes it under other names than
  /// these functions' fills that field in, or reads it.
  let field: String?

  init(
    _ number: String, _ title: String, _ functions: [String], isExtra: Bool = false,
    field: String? = nil
  ) {
    self.number = number
    self.title = title
    self.functions = functions
    self.isExtra = isExtra
    self.field = field
  }

  /// The number and the title, as they stand in `todo` and between markers.
  public var heading: String { "\(number) \(title)" }
}

/// Everything there is to learn here, in order.
public enum Curriculum {
  public static let chapters = [tasks, counter, elections, replication]

  public static func chapter(_ number: Int) -> Chapter? {
    chapters.first { $0.number == number }
  }

  public static func step(_ number: String) -> (chapter: Chapter, step: Step)? {
    for chapter in chapters {
      if let step = chapter.steps.first(where: { $0.number == number }) { return (chapter, step) }
    }
    return nil
  }

  private static let tasks = Chapter(
    1, "01-Tasks", "Tasks",
    [
      Step("1.1", "In turn", ["readInTurn"]),
      Step("1.2", "At once", ["readAtOnce"]),
      Step("1.3", "Many", ["readAll"]),
      Step("1.4", "Never block", ["load"]),
      Step("1.5", "Give way", ["sum"]),
      Step("1.6", "A value handed over", ["value", "fulfill"]),
      Step("1.7", "A stream of values", ["countdown"]),
      Step("1.8", "A deadline", ["withDeadline"]),
      Step("1.9", "A restartable timer", ["startTimer", "resetTimer", "stopTimer"]),
      Step("1.10", "Amdahl's law", ["speedup", "measuredSpeedup"]),
    ])

  private static let counter = Chapter(
    2, "02-Counter", "Counter",
    [
      Step("2.1", "Predict", ["finalValues", "losingSchedule"]),
      Step("2.2", "No suspension inside", ["increment(pausing:)"]),
      Step("2.3", "Reentrancy", ["increment(upTo:asking:)"]),
      Step("2.4", "A lock that suspends", ["acquire", "release"]),
      Step("2.5", "Tickets for threads", ["nextTicket"]),
      Step("2.6", "A transfer", ["transfer"]),
      Step("2.7", "A counter per peer", ["tick", "receive", "exchange"]),
      Step("2.8", "Amdahl again", ["add"]),
    ])

  private static let elections = Chapter(
    3, "03-Elections", "Elections",
    [
      Step("3.1", "A later term", ["observe"]),
      Step("3.2", "Voting", ["receive(_: RequestVote)"]),
      Step("3.3", "Heartbeats received", ["receive(_: AppendEntries)"]),
      Step("3.4", "Standing for election", ["becomeCandidate", "becomeLeader"]),
      Step(
        "3.5", "Counting votes",
        [
          "receive(_: RequestVote.Reply, from: ServerID, to: RequestVote)",
          "receive(_: AppendEntries.Reply, from: ServerID, to: AppendEntries)",
        ]),
      Step("3.6", "Asking for votes", ["electionTimeoutElapsed"]),
      Step("3.7", "Sending heartbeats", ["heartbeatIntervalElapsed"]),
      Step("3.8", "The cluster", []),
    ])

  private static let replication = Chapter(
    4, "04-Replication", "Replication",
    [
      Step(
        "4.1", "The election restriction",
        ["isUpToDate", "receive(_: RequestVote)", "becomeCandidate"]),
      Step("4.2", "A command arrives", ["propose"]),
      Step(
        "4.3", "What a peer is missing", ["entries", "becomeLeader", "heartbeatIntervalElapsed"]),
      Step("4.4", "The consistency check", ["receive(_: AppendEntries)"]),
      Step(
        "4.5", "What a reply says",
        ["receive(_: AppendEntries.Reply, from: ServerID, to: AppendEntries)"]),
      Step("4.6", "The commit rule", ["advanceCommitIndex"]),
      Step("4.7", "Applying", ["applyCommitted"]),
      Step("4.8", "The key-value store", ["apply"]),
      Step("4.9", "Telling a client", ["submit", "leadershipLost"]),
      Step("4.10", "The cluster", []),
      Step(
        "4.11", "Fewer round trips", ["conflict", "backingUp"], isExtra: true, field: "conflict"),
    ], inheriting: Inheritance(file: "Elections.swift", chapter: 3))
}
