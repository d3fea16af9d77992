/// What no chapter may call: it would break the replay of a run, or the walls of an actor.
struct Forbidden: Sendable {
  let pattern: [String]
  let rule: Rule

  /// The calls in `tokens`, with the rule that each breaks.
  static func calls(in tokens: some Collection<Token>) -> [(token: Token, rule: Rule)] {
    let tokens = Array(tokens)
    var found: [(Token, Rule)] = []
    for index in tokens.indices {
      for entry in all where entry.matches(tokens, at: index) {
        found.append((tokens[index], entry.rule))
      }
    }
    return found
  }

  /// Whether the pattern begins at `start`. A bare name counts only as itself: not as a method of
  /// something else, and not where it is declared.
  private func matches(_ tokens: [Token], at start: Int) -> Bool {
    guard start + pattern.count <= tokens.count,
      zip(pattern, tokens[start...]).allSatisfy({ $0 == $1.text })
    else { return false }
    guard start > 0, pattern[0] != "." else { return true }
    return tokens[start - 1].text != "." && tokens[start - 1].text != "func"
  }

  static let time = Rule(
    "handed-in.time",
    "Time is handed in: sleep on the clock you were given, and measure with it.",
    section: "house rule 4")
  static let chance = Rule(
    "handed-in.chance",
    "Chance is handed in: with numbers of its own, no run could be repeated.",
    section: "house rule 4")
  static let threads = Rule(
    "handed-in.threads",
    "Threads are handed in: give blocking work to threads.run, and start no thread yourself.",
    section: "house rule 4")
  static let walls = Rule(
    "isolation.walls",
    "The compiler keeps tasks apart; nothing here may tell it to look away.",
    section: "SE-0306")
  static let ending = Rule(
    "isolation.ending",
    "A server does not end its process: return, or throw an error that says why.",
    section: "house rule 4")

  private static let all: [Forbidden] =
    entries(
      time,
      [
        ["Task", ".", "sleep"], ["Task", "<", "Never", ",", "Never", ">", ".", "sleep"],
        ["usleep"], ["nanosleep"], ["sleep", "("], ["Thread", ".", "sleep"],
        ["Date", "("], ["Date", ".", "now"], ["ContinuousClock"], ["SuspendingClock"],
        ["DispatchTime"], ["DispatchWallTime"], ["clock_gettime"], ["gettimeofday"],
        ["CFAbsoluteTimeGetCurrent"], ["ProcessInfo", ".", "processInfo", ".", "systemUptime"],
      ])
    + entries(
      chance,
      [
        [".", "random", "("], ["SystemRandomNumberGenerator"], ["UUID", "("],
        [".", "shuffled", "(", ")"], [".", "shuffle", "(", ")"],
        [".", "randomElement", "(", ")"], ["arc4random"], ["drand48"], ["rand", "("],
      ])
    + entries(
      threads,
      [
        ["DispatchQueue"], ["DispatchSemaphore"], ["DispatchGroup"], ["DispatchWorkItem"],
        ["OperationQueue"], ["Thread", "("], ["Thread", "{"], ["Thread", ".", "detachNewThread"],
        ["pthread_create"], ["NSCondition"], ["NSLock"],
      ])
    + entries(
      walls,
      [
        ["@unchecked", "Sendable"], ["nonisolated", "(", "unsafe", ")"], ["unsafeBitCast"],
        ["assumeIsolated"],
      ])
    + entries(ending, [["exit", "("], ["_exit", "("], ["abort", "("], ["quick_exit", "("]])

  private static func entries(_ rule: Rule, _ patterns: [[String]]) -> [Forbidden] {
    patterns.map { Forbidden(pattern: $0, rule: rule) }
  }
}

extension SourceFile {
  /// A forbidden call, and the rule that it breaks.
  struct Violation: Hashable, Sendable {
    let rule: Rule
    let call: String
    let line: Int
  }

  /// What stands in the way of judging a step: in its functions, in what they call, or outside of
  /// every function, where it is part of all steps.
  func violations(in step: Step) -> [Violation] {
    let inside = reachable(from: step.functions).flatMap { Forbidden.calls(in: $0.tokens) }
    let bodies = functions.map { $0.tokens.startIndex..<$0.tokens.endIndex }
    let outside = tokens.indices.filter { index in !bodies.contains { $0.contains(index) } }
    let everywhere = Forbidden.calls(in: outside.map { tokens[$0] })
    var seen: Set<Violation> = []
    return (inside + everywhere).map {
      Violation(rule: $0.rule, call: $0.token.text, line: $0.token.line)
    }
    .filter { seen.insert($0).inserted }
    .sorted { $0.line < $1.line }
  }
}
