public import Contracts
public import Raft

/// One thing that happened in a cluster, and when, in virtual time.
///
/// Stories, verdicts and pictures are made of these values alone.
public struct ClusterEvent: Hashable, Sendable {
  public let time: Duration
  public let kind: Kind

  public init(time: Duration, kind: Kind) {
    self.time = time
    self.kind = kind
  }

  public enum Kind: Hashable, Sendable {
    // A server's life.
    case started(ServerID, life: Int, Situation)
    case crashed(ServerID)
    case paused(ServerID)
    case resumed(ServerID)

    // The network.
    case cut(from: ServerID, to: ServerID)
    case healed
    case conditions(NetworkConditions)
    /// What the server sends from now on arrives so much later.
    case slowed(ServerID, by: Duration)
    case sent(Envelope)
    case delivered(Envelope)
    /// The network made a second copy of it.
    case duplicated(Envelope)
    case lost(Envelope, Loss)
    /// `send` threw `Unreachable`: the deadline for a reply to this message has passed.
    case unreachable(ServerID, request: Int, peer: ServerID)

    // Timers.
    case timerSet(ServerID, TimerKind, due: Duration)
    case timerStopped(ServerID, TimerKind)
    case timerFired(ServerID, TimerKind)
    /// The host starts the conversation that belongs to the timer.
    case timerElapsed(ServerID, TimerKind, before: Situation)

    // What the server did.
    case called(ServerID, RuleCall, before: Situation, after: Situation)
    /// What rules changed that the server's own conversations called.
    case changed(ServerID, before: Situation, after: Situation)
    /// The server took up this role, in this term; `votes` in the order of their numbers.
    case role(ServerID, Role, in: Term, before: Role, votes: [ServerID])
    case saved(ServerID, PersistentState)

    // Commands (chapter 4).
    /// A client hands the server a command, and waits for what becomes of it.
    case submitted(ServerID, Command, number: Int)
    /// What a client hears, or that it hears nothing any more.
    case answered(ServerID, Command, Submission, number: Int)
    /// The consumer of the server's commits has read this one.
    case applied(ServerID, Commit)
    case consumerBlocked(ServerID)
    case consumerUnblocked(ServerID)

    // What must not happen.
    case misuse(Misuse)
    case broken(InvariantBroken)
  }
}

/// Why a message did not arrive, or arrived where nobody wanted it.
public enum Loss: String, Hashable, Sendable {
  /// The network dropped it.
  case dropped
  /// The way was cut.
  case cut
  /// Its receiver was down.
  case down
  /// A reply to a conversation that has ended: answered before, given up, or lost in a crash.
  case unawaited
  /// It was addressed to its sender, or to a server that is not a peer.
  case misaddressed
}

/// A rule that the host called, and what it said.
public enum RuleCall: Hashable, Sendable {
  case requestVote(RequestVote, from: ServerID, RequestVote.Reply)
  case appendEntries(AppendEntries, from: ServerID, AppendEntries.Reply)
  case propose(Command, Proposal)
}

/// Which of a server's two timers.
public enum TimerKind: String, Hashable, Sendable, CaseIterable {
  case election, heartbeat
}

/// What can travel between servers.
public enum Message: Hashable, Sendable {
  case requestVote(RequestVote)
  case requestVoteReply(RequestVote.Reply, to: RequestVote)
  case appendEntries(AppendEntries)
  case appendEntriesReply(AppendEntries.Reply, to: AppendEntries)

  public var term: Term {
    switch self {
    case .requestVote(let request): request.term
    case .requestVoteReply(let reply, _): reply.term
    case .appendEntries(let request): request.term
    case .appendEntriesReply(let reply, _): reply.term
    }
  }

  /// The request as a message; nil for a request that this cluster does not know.
  init?<R: Request>(_ request: R) {
    if let request = request as? RequestVote {
      self = .requestVote(request)
    } else if let request = request as? AppendEntries {
      self = .appendEntries(request)
    } else {
      return nil
    }
  }

  /// The reply inside, as the sender of the request expects it.
  func reply<Reply>(as _: Reply.Type) -> Reply? {
    switch self {
    case .requestVoteReply(let reply, _): reply as? Reply
    case .appendEntriesReply(let reply, _): reply as? Reply
    case .requestVote, .appendEntries: nil
    }
  }
}

/// A message on its way.
public struct Envelope: Hashable, Sendable {
  /// Counts the messages of a run; a copy keeps the number.
  public let number: Int
  public let from: ServerID
  public let to: ServerID
  public let message: Message
  /// The number of the request that this answers; nil for a request.
  public let answers: Int?
}

/// A server, seen from outside at one moment.
///
/// `report` is whatever the chapter's servers report; the rest is read out of it once, since every
/// chapter's invariants need it after every step. It never changes, and is an object so that many
/// events can show the same one at the cost of a reference.
public final class Situation: Sendable {
  public let report: any ServerReport
  public let currentTerm: Term
  public let votedFor: ServerID?
  public let log: Log
  public let role: Role
  /// What only a server of chapter 4 reports; nil for others.
  public let replication: ReplicationReport?
  /// How far the server knows entries to be committed, and how far it has applied them.
  public let commitIndex: LogIndex
  public let lastApplied: LogIndex

  public init<Report: ServerReport>(_ report: Report) {
    let persistent = report.persistent
    self.report = report
    currentTerm = persistent.currentTerm
    votedFor = persistent.votedFor
    log = persistent.log
    role = report.role
    replication = report as? ReplicationReport
    commitIndex = replication?.commitIndex ?? 0
    lastApplied = replication?.lastApplied ?? 0
  }

  public var persistent: PersistentState {
    PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: log)
  }

  public var votes: Set<ServerID> { report.votes }
}

extension Situation: Hashable {
  /// Whether two situations are the same, or differ by nothing but what has been applied.
  func isEqual(_ other: Situation, butForApplying: Bool) -> Bool {
    guard butForApplying, let mine = replication, let its = other.replication else {
      return self == other
    }
    return mine.persistent == its.persistent && mine.role == its.role && mine.votes == its.votes
      && mine.leader == its.leader && mine.commitIndex == its.commitIndex
      && mine.nextIndex == its.nextIndex && mine.matchIndex == its.matchIndex
  }

  public static func == (left: Situation, right: Situation) -> Bool {
    func equals<Report: ServerReport>(_ report: Report) -> Bool {
      (right.report as? Report) == report
    }
    return left === right
      || (left.currentTerm == right.currentTerm && left.role == right.role && equals(left.report))
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(currentTerm)
    hasher.combine(votedFor)
    hasher.combine(role)
  }
}

/// What a learner's server must never do to its host.
public struct Misuse: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case sentToItself
    case sentToStranger(ServerID)
    /// So many messages and timeouts within one virtual second that the host stopped the server.
    case flood(count: Int)
  }

  public let server: ServerID
  public let kind: Kind
  public let time: Duration

  public init(server: ServerID, kind: Kind, time: Duration) {
    self.server = server
    self.kind = kind
    self.time = time
  }

  public var sentence: String {
    switch kind {
    case .sentToItself: "\(server) sent a message to itself."
    case .sentToStranger(let stranger): "\(server) sent a message to \(stranger), which is no peer."
    case .flood(let count):
      "\(server) sent more than \(count) messages within a second, and was stopped."
    }
  }
}

/// Something that holds in every correct cluster, and did not hold here.
public struct InvariantBroken: Hashable, Sendable {
  /// The invariant's number in the list that the graders share.
  public let number: Int
  public let name: String
  /// What happened, in a sentence.
  public let sentence: String
  public let servers: [ServerID]
  public let time: Duration
}
