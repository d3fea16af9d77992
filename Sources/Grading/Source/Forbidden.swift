/// What no chapter may call: it would break the replay of a run, or the walls of an actor.
struct Forbidden: Sendable {
  let pattern: [String]
  let rule: Rule

  /// A forbidden call: where it stands, how it is written, and the rule that it breaks.
  struct Call: Hashable, Sendable {
    let rule: Rule
    let text: String
    let line: Int
  }

  /// The forbidden calls in `tokens`.
  ///
  /// - Parameter declared: functions of one's own, which a bare name means instead.
  static func calls(in tokens: some Collection<Token>, declared: Set<String> = []) -> [Call] {
    let tokens = Array(tokens)
    return tokens.indices.flatMap { index in
      (byFirstWord[tokens[index].text] ?? [])
        .filter { $0.matches(tokens, at: index, declared: declared) }
        .map { Call(rule: $0.rule, text: $0.text, line: tokens[index].line) }
    }
  }

  /// The call as one would write it: "Task.sleep", ".random", "exit".
  private var text: String {
    let words = ["(", "{"].contains(pattern.last) ? pattern.dropLast() : pattern[...]
    return words.joined(separator: pattern[0].hasPrefix("@") ? " " : "")
  }

  /// Whether the pattern begins at `start`. A bare name counts only as itself: not as a method of
  /// something else, and not where it is declared.
  private func matches(_ tokens: [Token], at start: Int, declared: Set<String>) -> Bool {
    guard start + pattern.count <= tokens.count,
      zip(pattern, tokens[start...]).allSatisfy({ $0 == $1.text }), !declared.contains(pattern[0])
    else { return false }
    if pattern[0] == "." { return !isGivenAGenerator(tokens, at: start) }
    return start == 0 || (tokens[start - 1].text != "." && tokens[start - 1].text != "func")
  }

  /// Whether a call that draws on chance is handed where to draw from: `using: &generator`.
  private func isGivenAGenerator(_ tokens: [Token], at start: Int) -> Bool {
    guard let open = tokens[start...].firstIndex(where: { $0.text == "(" }),
      let close = SourceFile.closing(of: open, in: tokens)
    else { return false }
    return tokens[open...close].contains { $0.text == "using" }
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

  /// No other can match at a token than those that begin with it.
  private static let byFirstWord = Dictionary(grouping: all) { $0.pattern[0] }

  private static func entries(_ rule: Rule, _ patterns: [[String]]) -> [Forbidden] {
    patterns.map { Forbidden(pattern: $0, rule: rule) }
  }
}

extension SourceFile {
  /// What stands in the way of judging a step: in its functions, in what they call, or outside of
  /// every function, where it is part of all steps.
  func violations(in step: Step) -> [Forbidden.Call] {
    let declared = Set(functions.map(\.name))
    let bodies = functions.map { $0.tokens.startIndex..<$0.tokens.endIndex }
    let outside = tokens.indices.filter { index in !bodies.contains { $0.contains(index) } }
    let found =
      reachable(from: step.functions)
      .flatMap { Forbidden.calls(in: $0.tokens, declared: declared) }
      + Forbidden.calls(in: outside.map { tokens[$0] }, declared: declared)
    var seen: Set<Forbidden.Call> = []
    return found.filter { seen.insert($0).inserted }.sorted { $0.line < $1.line }
  }
}
