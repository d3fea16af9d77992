internal import Foundation
internal import Grading
internal import Synchronization

/// What `cluster`, `finale` and `soak` have in common: whose servers, how many, and where.
struct FleetStart {
  let chapter: Chapter
  let subject: Subject
  let servers: Int

  static let options: [Command.Option] = [
    .init("--servers", "N", "how many servers there are: 1 to 9, and 5 if you do not say"),
    .init("--solution", nil, "the reference instead of your file"),
  ]

  /// What is to be typed for the same servers again.
  var option: String { Self.option(for: subject) }

  static func option(for subject: Subject) -> String { subject == .solution ? " --solution" : "" }

  /// - Parameter chapters: those that the command can run.
  init(
    _ arguments: Arguments, chapters: ClosedRange<Int>, leastServers: Int = 1, for command: String
  ) throws {
    let number = try arguments.number("--chapter", in: chapters) ?? 4
    guard let chapter = Curriculum.chapter(number) else {
      throw UsageError("There is no chapter \(number).", command: command)
    }
    self.chapter = chapter
    subject = arguments.has("--solution") ? .solution : .learner
    servers = try arguments.number("--servers", in: leastServers...9) ?? 5
  }

  /// Builds the runner, and prepares the servers in `.workbook/NAME`.
  func fleet(
    _ name: String, in surroundings: Surroundings, keeps: Bool = false, isTraced: Bool = false,
    tell: @escaping @Sendable (EndedServer) -> Void = { _ in }
  ) async throws -> Fleet {
    let runner = try await Grader(surroundings).runner(for: chapter).get()
    var plan = Fleet.Plan(
      runner: runner, chapter: chapter, subject: subject, servers: servers,
      folder: surroundings.url(".workbook/\(name)"), root: surroundings.root)
    plan.isTraced = isTraced
    return try Fleet(plan, keeps: keeps, tell: tell)
  }
}

extension Fleet {
  /// Starts the servers, does something with them, and ends them, whatever came of it.
  func run<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    do {
      try await start()
      let result = try await body()
      await stop()
      return result
    } catch {
      if !(error is CancellationError) { await hearLastWords() }
      await stop()
      throw error
    }
  }

  /// Waits for the end of a server that does not answer: one that has crashed is silent while it
  /// writes down where, and that is worth more than what others noticed of it.
  private func hearLastWords() async {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline, lastWords.withLock({ $0.isEmpty }) {
      let isSilent = running.contains { status(of: $0) == nil }
      guard isSilent else { return }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }
}
