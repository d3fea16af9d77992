public import Raft

/// What happened in a cluster, event by event, whoever ran it: the simulator or real processes.
///
/// In a file it is JSON lines: first the header, then one line for each event, in order. Every
/// object has its keys sorted, so that the same run gives the same bytes. Servers, terms and
/// indices are the numbers of the paper; times are nanoseconds since the run began. Pictures and
/// diagrams are made of a trace and of nothing else.
///
///     {"chapter":3,"scenario":"none","seed":1,"servers":3,"version":1}
///     {"after":{…},"kind":"started","log":{…},"server":1,"time":0}
public struct Trace: Hashable, Sendable {
  /// What was run, so that it can be run again.
  public struct Header: Hashable, Codable, Sendable {
    /// The version of this format. A reader refuses those that it does not know.
    public var version = Trace.version
    public var chapter: Int
    public var servers: Int
    /// Nil where nothing was left to chance.
    public var seed: UInt64?
    /// What goes wrong, by the name that `simulate N --faults` takes, or how the run began.
    public var scenario: String
    /// The command that plays it again, if there is one.
    public var command: String?
    /// Whose server is the learner's, where the others are the reference's; else nil.
    public var seat: ServerID?

    public init(
      chapter: Int, servers: Int, seed: UInt64?, scenario: String, command: String? = nil,
      seat: ServerID? = nil
    ) {
      self.command = command
      self.seat = seat
      self.chapter = chapter
      self.servers = servers
      self.seed = seed
      self.scenario = scenario
    }
  }

  public static let version = 1

  public var header: Header
  public var events: [Event]

  public init(header: Header, events: [Event]) {
    self.header = header
    self.events = events
  }
}

extension Trace {
  /// One thing that happened. Which of the parts are there depends on the kind.
  public struct Event: Hashable, Codable, Sendable {
    public var time: Int64
    public var kind: Kind
    /// Whom it happened to: a message's sender where it is sent, and its receiver where it arrives
    /// or is lost; nil where it concerns the whole network.
    public var server: ServerID?
    /// The server at the other end.
    public var peer: ServerID?
    /// The message's number, counted over the run: a copy keeps it, and a rule called for a
    /// message, or broken by it, names it. Of a command, the number of its client.
    public var number: Int?
    /// The number of the request that this message answers.
    public var answers: Int?
    /// What was sent, or what a rule that was called replied; of a process that may be killed
    /// before it has told what it sent, what arrived of it.
    public var message: Message?
    /// A timer, by its name; and when it will elapse.
    public var timer: String?
    public var due: Int64?
    /// How much later everything arrives from now on that the server sends; 0 for no longer so.
    public var delay: Int64?
    /// The server before and after a rule was called, or its own conversations changed it. `after`
    /// is missing where nothing changed. `saved` has what the disk holds now.
    public var before: State?
    public var after: State?
    /// What changed in its log in between.
    public var log: LogChange?
    /// The votes that a leader was elected with.
    public var votes: [ServerID]?
    public var command: String?
    /// Of an entry that was applied.
    public var index: LogIndex?
    /// Why a message was lost, what a client was told, or which rule was called or broken.
    public var word: String?
    /// What a person is told of it.
    public var sentence: String?

    public init(
      at time: Int64, _ kind: Kind, _ server: ServerID? = nil, peer: ServerID? = nil,
      number: Int? = nil
    ) {
      self.time = time
      self.kind = kind
      self.server = server
      self.peer = peer
      self.number = number
    }
  }

  public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
    /// A life begins, with `after` and the whole `log`; it ends; it stands still and goes on.
    case started, crashed, paused, resumed
    /// The way from `server` to `peer` is cut; every way is open; `sentence` tells the weather, of
    /// the whole network or of what `server` sends.
    case cut, healed, conditions
    /// A message leaves; arrives; is copied by the network; is lost, and `word` says why.
    case sent, delivered, duplicated, lost
    /// No reply to the message came in time.
    case unreachable
    case timerSet, timerStopped, timerFired, timerElapsed
    /// A rule was called: `word` says which, and `message` what it replied.
    case called
    /// What rules changed that the server's own conversations called.
    case changed
    /// The server took up the role of `after`.
    case role
    case saved
    /// A client hands over a command; hears what became of it; an entry is handed on.
    case submitted, answered, applied
    case consumerBlocked, consumerUnblocked
    /// The server did to its host what it must not: `sentence` says what.
    case misuse
    /// An invariant does not hold any more: `word` is its name, and `number` the message with which
    /// it broke, where there is one.
    case broken
    /// The run is judged: `word` is the rule of the step, by its id.
    case failed
    /// From here on nothing is told of the server: `sentence` says why.
    case untold
  }

  /// A server as far as one look shows it.
  public struct State: Hashable, Codable, Sendable {
    public var term: Term
    public var votedFor: ServerID?
    /// Nil of a disk, which knows nothing of roles; so the two indices after it.
    public var role: Role?
    public var commitIndex: LogIndex?
    public var lastApplied: LogIndex?
    public var lastIndex: LogIndex
    public var lastTerm: Term

    public init(
      term: Term, votedFor: ServerID?, role: Role?, commitIndex: LogIndex?,
      lastApplied: LogIndex?, lastIndex: LogIndex, lastTerm: Term
    ) {
      self.term = term
      self.votedFor = votedFor
      self.role = role
      self.commitIndex = commitIndex
      self.lastApplied = lastApplied
      self.lastIndex = lastIndex
      self.lastTerm = lastTerm
    }
  }

  /// The last index that a log kept, and what came after it.
  public struct LogChange: Hashable, Codable, Sendable {
    public var kept: LogIndex
    public var appended: [Entry]

    public init(kept: LogIndex, appended: [Entry]) {
      self.kept = kept
      self.appended = appended
    }

    /// What became of `earlier`; nil where nothing changed.
    public init?(of log: Log, since earlier: Log) {
      let change = log.changes(since: earlier)
      guard change.kept < earlier.lastIndex || !change.appended.isEmpty else { return nil }
      self.init(kept: change.kept, appended: change.appended.map(Entry.init))
    }
  }

  public struct Entry: Hashable, Codable, Sendable {
    public var term: Term
    /// The command, shortened where it is long.
    public var command: String

    public init(_ entry: LogEntry) {
      term = entry.term
      command = Trace.short(entry.command)
    }
  }

  /// A command as traces hold it: at most 60 characters.
  public static func short(_ command: Command) -> String {
    command.text.utf8.count <= 60 ? command.text : String(command.text.prefix(59)) + "…"
  }
}
