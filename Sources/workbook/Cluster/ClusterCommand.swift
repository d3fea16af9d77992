internal import Contracts
internal import Grading

/// A line that is typed to a running cluster.
enum ClusterCommand: Hashable {
  /// Whom a command is about: servers by their numbers, or whoever leads at that moment.
  enum Whom: Hashable {
    case servers([Int])
    case leader
  }

  case kill(Whom)
  case restart(Whom)
  case pause(Whom)
  case resume(Whom)
  case cut([Whom])
  case slow(Whom, milliseconds: Int)
  case elect(Whom)
  case heal
  case store(KeyValue.Operation)
  case log(Whom)
  case status
  case waitForLeader
  case help
  case quit

  /// Whether it does something to the servers, or to the network between them.
  var changesServers: Bool {
    switch self {
    case .kill, .restart, .pause, .resume, .cut, .slow, .elect, .heal: true
    case .store, .log, .status, .waitForLeader, .help, .quit: false
    }
  }

  /// Every command as it is written, and what it does.
  static let all: [Command.Line] = [
    .init("kill 3", "ends a server as `kill -9` does; `kill 3,4` and `kill leader` work as well"),
    .init("restart 3", "starts it again on what it had saved"),
    .init("pause 3", "stops it where it stands; nobody tells it that time goes on"),
    .init("resume 3", "lets it go on"),
    .init("cut 1,2 | 3,4,5", "parts the network; `cut leader` parts one from all the others"),
    .init("slow 3 200", "what it sends arrives 200 ms later than else; 0 ends it"),
    .init("elect 3", "its election timer runs out now"),
    .init("heal", "joins the network again, and nobody is slow; what is down stays down"),
    .init("put colour dark blue", "writes a value; the rest of the line is the value"),
    .init("get colour", "reads it, through the log: never an old value"),
    .init("delete colour", "removes it"),
    .init("log 3", "the last entries of a server's log"),
    .init("status", "the table of all servers"),
    .init("wait leader", "until there is one that a majority knows; 10 s at most"),
    .init("help", "this list"),
    .init("quit", "ends every server and leaves"),
  ]

  private static let words = all.map { String($0.head.prefix { $0 != " " }) }

  /// Reads a line; nil where there is nothing on it but a comment.
  ///
  /// - Throws: `Trouble`, with the sentence that helps.
  init?(_ line: String, servers: ClosedRange<Int>) throws {
    let parts = line.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let word = parts.first, !word.hasPrefix("#") else { return nil }
    let rest = Array(parts.dropFirst())
    switch word {
    case "kill": self = .kill(try Self.whom(rest, after: word, servers))
    case "restart": self = .restart(try Self.servers(rest, after: word, servers))
    case "pause": self = .pause(try Self.whom(rest, after: word, servers))
    case "resume": self = .resume(try Self.servers(rest, after: word, servers))
    case "log": self = .log(try Self.whom(rest, after: word, servers))
    case "cut": self = .cut(try Self.groups(rest, servers))
    case "slow": self = try Self.slow(rest, servers)
    case "elect": self = .elect(try Self.servers(rest, after: word, servers))
    case "put", "get", "delete": self = .store(try Self.operation(word, line))
    case "wait":
      guard rest == ["leader"] else { throw Trouble("`wait` waits for one thing: `wait leader`.") }
      self = .waitForLeader
    case "heal", "status", "help", "quit":
      guard rest.isEmpty else { throw Trouble("`\(word)` stands alone on its line.") }
      self = word == "heal" ? .heal : word == "status" ? .status : word == "help" ? .help : .quit
    default:
      let hint =
        Suggestion.nearest(to: word, among: Self.words)
        .map { " Did you mean `\($0)`?" } ?? " `help` lists what there is."
      throw Trouble("There is no command `\(word)`.\(hint)")
    }
  }

  private static func whom(
    _ words: [String], after command: String, _ servers: ClosedRange<Int>
  ) throws -> Whom {
    words == ["leader"] ? .leader : try Self.servers(words, after: command, servers)
  }

  /// "3", "3,4" and "3 4".
  private static func servers(
    _ words: [String], after command: String, _ servers: ClosedRange<Int>
  ) throws -> Whom {
    let names = words.flatMap { $0.split(separator: ",") }
    guard !names.isEmpty else {
      throw Trouble("`\(command)` needs a server, such as `\(command) \(servers.upperBound)`.")
    }
    var numbers: [Int] = []
    for name in names {
      let digits = name.drop { $0 == "S" || $0 == "s" }
      guard let number = Int(digits), servers.contains(number) else {
        throw Trouble(
          "'\(name)' is no server. They are numbered from 1 to \(servers.upperBound).")
      }
      if !numbers.contains(number) { numbers.append(number) }
    }
    return .servers(numbers)
  }

  /// "3 200", "3,4 200" and "leader 200".
  private static func slow(_ words: [String], _ servers: ClosedRange<Int>) throws -> Self {
    let example = "`slow \(servers.upperBound) 200`"
    guard words.count > 1, let last = words.last else {
      throw Trouble("`slow` needs a server and milliseconds: \(example).")
    }
    guard let milliseconds = Int(last), (0...10_000).contains(milliseconds) else {
      throw Trouble("'\(last)' is no number of milliseconds from 0 to 10000: \(example).")
    }
    let whom = try whom(words.dropLast(), after: "slow", servers)
    return .slow(whom, milliseconds: milliseconds)
  }

  private static func groups(_ words: [String], _ servers: ClosedRange<Int>) throws -> [Whom] {
    let groups = try words.joined(separator: " ")
      .split(separator: "|", omittingEmptySubsequences: false)
      .map { try whom($0.split(separator: " ").map(String.init), after: "cut", servers) }
    let named = groups.flatMap {
      if case .servers(let numbers) = $0 { numbers } else { [] as [Int] }
    }
    guard Set(named).count == named.count else {
      throw Trouble("A server stands on one side of a cut: `cut 1,2 | 3,4,5`.")
    }
    return groups
  }

  private static func operation(_ word: String, _ line: String) throws -> KeyValue.Operation {
    let parts = line.split(
      maxSplits: word == "put" ? 2 : 1, whereSeparator: \.isWhitespace)
    func text(_ place: Int) -> String {
      String(parts[place].reversed().drop(while: \.isWhitespace).reversed())
    }
    switch (word, parts.count) {
    case ("put", 3): return .put(key: text(1), value: text(2))
    case ("get", 2): return .get(key: text(1))
    case ("delete", 2): return .delete(key: text(1))
    case ("put", _): throw Trouble("`put` needs a key and a value: `put colour blue`.")
    default: throw Trouble("`\(word)` needs a key: `\(word) colour`.")
    }
  }
}
