internal import Contracts
internal import Raft

/// The invariants whose breach no correct cluster can show, checked as things happen.
///
/// Each looks at what a step has changed and at a history of what was before, never at whole
/// states. `changed` sees every difference between two reports, `saved` every disk, `leaving` every
/// message with its sender's disk, and `applied` every commit that was read. What concerns
/// elections stands in Invariants+Elections, what concerns logs in Invariants+Logs, what concerns
/// commits in Invariants+Commits, and what concerns messages in Invariants+Messages.
struct Invariants {
  enum Kind {
    case electionSafety, leaderAppendOnly, logMatching, leaderCompleteness, stateMachineSafety
    case termRises, indicesRise, oneGrant, commitIsHeld, matchIsTrue
    case diskCoversPromises, diskCoversEntries
    case grantIsLegal, messageFitsSender, repetitionChangesNothing, appliedInOrder

    /// The numbers are those of the list that the graders share.
    var number: Int {
      switch self {
      case .electionSafety: 1
      case .leaderAppendOnly: 2
      case .logMatching: 3
      case .leaderCompleteness: 4
      case .stateMachineSafety: 5
      case .termRises, .indicesRise: 6
      case .oneGrant: 7
      case .commitIsHeld: 8
      case .matchIsTrue: 9
      case .diskCoversPromises, .diskCoversEntries: 10
      case .grantIsLegal: 11
      case .messageFitsSender: 12
      case .repetitionChangesNothing: 13
      case .appliedInOrder: 14
      }
    }

    var name: String {
      switch self {
      case .electionSafety: "Election Safety"
      case .leaderAppendOnly: "Leader Append-Only"
      case .logMatching: "Log Matching"
      case .leaderCompleteness: "Leader Completeness"
      case .stateMachineSafety: "State Machine Safety"
      case .termRises: "a server's term never falls"
      case .indicesRise: "commitIndex and lastApplied never fall"
      case .oneGrant: "one vote per server and term"
      case .commitIsHeld: "what is committed, a majority holds"
      case .matchIsTrue: "matchIndex is never ahead of the truth"
      case .diskCoversPromises: "the disk covers every promise sent"
      case .diskCoversEntries: "the disk covers every entry sent or acknowledged"
      case .grantIsLegal: "a vote granted was a vote to grant"
      case .messageFitsSender: "a message fits its sender"
      case .repetitionChangesNothing: "a message delivered again changes nothing"
      case .appliedInOrder: "every commit in order, each once"
      }
    }
  }

  /// What is known of a term.
  struct TermRecord {
    var leader: ServerID?
    /// The leader's log, as last seen while it led.
    var leaderLog: Log?
    /// Whom each server has promised its vote, by messages that have left it.
    var grants: [ServerID?]
    /// How far each server's disk held the log of this term's leader, with an entry of this term at
    /// the end, while the server was in this term.
    var stored: [LogIndex]
    /// How far each server has acknowledged that log, truly.
    var acknowledged: [LogIndex]

    init(servers: Int) {
      grants = Array(repeating: nil, count: servers)
      stored = Array(repeating: 0, count: servers)
      acknowledged = stored
    }
  }

  private(set) var broken: [InvariantBroken] = []
  var time = Duration.zero
  let quorum: Quorum
  private var terms: [Term: TermRecord] = [:]
  /// The last terms whose leader's log is kept: a message of an earlier one leaves no more.
  private var recent: [Term] = []
  /// The highest term in which each server has sent a message.
  var spoken: [Term]
  var logs: LogHistory
  var commits = CommitHistory()

  /// Breaches of one kind beyond these say nothing new, and a broken server makes many.
  private static let most = 5

  init(servers: Int) {
    quorum = Quorum(of: servers)
    spoken = Array(repeating: 0, count: servers)
    logs = LogHistory(servers: servers)
  }

  mutating func report(_ kind: Kind, _ sentence: String, _ servers: [ServerID]) {
    let known = broken.count { $0.name == kind.name }
    guard known < Self.most else { return }
    broken.append(
      InvariantBroken(
        number: kind.number, name: kind.name, sentence: sentence, servers: servers, time: time))
  }

  mutating func withTerm<Result>(
    _ term: Term, _ body: (inout TermRecord) -> Result
  ) -> Result {
    body(&terms[term, default: TermRecord(servers: spoken.count)])
  }

  /// Notes that a term has a leader, and lets go of the log of a leader of long ago.
  mutating func remember(_ term: Term) {
    recent.append(term)
    if recent.count > 2 * spoken.count { terms[recent.removeFirst()]?.leaderLog = nil }
  }
}

// MARK: - What a server is

extension Invariants {
  /// A server begins a life, with what was on its disk.
  mutating func started(_ id: ServerID, _ situation: Situation) {
    startsInItsTerm(id, situation)
    follow(id, to: situation)
    stores(id, situation.persistent)
  }

  /// A server is seen to be different from the last time in this life.
  mutating func changed(_ id: ServerID, from before: Situation, to after: Situation) {
    let change = follow(id, to: after)
    if after.currentTerm < before.currentTerm {
      report(
        .termRises,
        "\(id) went from term \(before.currentTerm) back to term \(after.currentTerm).", [id])
    }
    if before.role == .leader || after.role == .leader {
      led(id, from: before, to: after, kept: change.kept)
    }
    if after.replication != nil { advanced(id, from: before, to: after) }
  }

  /// What a server's disk holds is another than before.
  mutating func saved(_ id: ServerID, _ disk: PersistentState) { stores(id, disk) }
}
