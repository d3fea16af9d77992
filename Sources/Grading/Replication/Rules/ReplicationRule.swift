/// The rules of chapter 4's rules: what a server must do with logs, one call at a time.
enum ReplicationRule: String, LockstepTopic {
  case laterLastTermWins = "4.1.later-last-term-wins"
  case longerLogWins = "4.1.longer-log-wins"
  case equalLogs = "4.1.equal-logs"
  case asksAboutLog = "4.1.asks-about-the-log"
  case refusalFollowsTerm = "4.1.refusal-follows-term"
  case refusalChangesNothing = "4.1.refusal-changes-nothing"
  case votesAsBefore = "4.1.votes-as-before"
  case standsAsBefore = "4.1.stands-as-before"
  case requestTellsLog = "4.1.request-tells-log"

  case refuses = "4.2.refuses"
  case hint = "4.2.hint"
  case appendsCommand = "4.2.appends"
  case stampsCurrentTerm = "4.2.current-term"
  case tellsPlace = "4.2.answer"
  case onlyTakesCommand = "4.2.nothing-else"

  case leadsAsBefore = "4.3.leads-as-before"
  case keepsOwnLog = "4.3.keeps-log"
  case startsAfterLast = "4.3.starts-after-last"
  case matchZero = "4.3.match-zero"
  case winningCommitsNothing = "4.3.winning-commits-nothing"
  case signsMessage = "4.3.term-and-leader"
  case previous = "4.3.previous"
  case sendsMissing = "4.3.sends-what-is-missing"
  case contiguousBatch = "4.3.batch-contiguous"
  case tellsCommitIndex = "4.3.commit-index"
  case askingChangesNothing = "4.3.changes-nothing"

  case staleTerm = "4.4.stale-term"
  case staleKeepsTimer = "4.4.stale-keeps-timer"
  case previousIndex = "4.4.previous-index"
  case previousTerm = "4.4.previous-term"
  case heartbeatsAreChecked = "4.4.heartbeats-are-checked"
  case failedCheckKeepsLog = "4.4.failed-check-keeps-log"
  case failedCheckCommitsNothing = "4.4.failed-check-commits-nothing"
  case failedCheckRestartsTimer = "4.4.failed-check-restarts-timer"
  case accepts = "4.4.accepts"
  case appends = "4.4.appends"
  case keepsMatching = "4.4.keeps-matching"
  case truncatesOnConflictOnly = "4.4.truncates-on-conflict-only"
  case replacesConflict = "4.4.replaces-conflict"
  case dropsTail = "4.4.drops-tail"
  case followsTerm = "4.4.later-term"
  case yields = "4.4.yields"
  case commits = "4.4.commits"
  case commitsWhatIsNew = "4.4.commits-up-to-last-new"
  case commitNeverFalls = "4.4.commit-never-falls"
  case restartsTimer = "4.4.restarts-timer"
  case keepsVote = "4.4.keeps-vote"
  case notesLeader = "4.4.leader-hint"
  case saysTerm = "4.4.reply-term"

  case matchFromRequest = "4.5.match-from-request"
  case matchNeverFalls = "4.5.match-never-falls"
  case nextAfterMatch = "4.5.next-after-match"
  case failureLowers = "4.5.failure-lowers-next"
  case failureIsNoMatch = "4.5.failure-is-no-match"
  case floor = "4.5.floor"
  case thatPeerOnly = "4.5.that-peer-only"
  case earlierRequest = "4.5.earlier-request"
  case leadersOnly = "4.5.leaders-only"
  case leaderFollowsTerm = "4.5.later-term"
  case onlyLearns = "4.5.nothing-else"

  case halfIsNotEnough = "4.6.half-is-not-enough"
  case notEverybody = "4.6.majority-is-enough"
  case countsItself = "4.6.counts-itself"
  case majority = "4.6.majority"
  case currentTermOnly = "4.6.current-term-only"
  case earlierEntriesToo = "4.6.earlier-entries-too"
  case leaderCommitNeverFalls = "4.6.never-falls"
  case onlyCommits = "4.6.nothing-else"
  case afterReply = "4.6.after-a-reply"
  case alone = "4.6.alone"

  case appliesCommittedOnly = "4.7.only-committed"
  case appliesEverything = "4.7.everything-committed"
  case followerApplies = "4.7.follower-applies"
  case leaderApplies = "4.7.leader-applies"
  case appliesAlone = "4.7.alone-applies"

  var rule: Rule { Rule(rawValue, sentence, section: section) }

  private var section: String {
    switch self {
    case .laterLastTermWins, .longerLogWins, .equalLogs, .asksAboutLog, .requestTellsLog: "§5.4.1"
    case .refusalFollowsTerm, .followsTerm, .staleTerm, .leaderFollowsTerm, .earlierRequest: "§5.1"
    case .refusalChangesNothing, .votesAsBefore, .standsAsBefore, .leadsAsBefore, .yields,
      .keepsVote, .restartsTimer, .staleKeepsTimer, .failedCheckRestartsTimer:
      "§5.2"
    case .refuses, .hint, .tellsPlace, .notesLeader: "§8"
    case .keepsOwnLog: "§5.3, Leader Append-Only"
    case .saysTerm, .previousIndex, .previousTerm, .heartbeatsAreChecked:
      "Figure 2, AppendEntries RPC"
    case .truncatesOnConflictOnly, .keepsMatching, .replacesConflict, .dropsTail:
      "Figure 2, AppendEntries RPC 3"
    case .commits, .commitsWhatIsNew, .commitNeverFalls: "Figure 2, AppendEntries RPC 5"
    case .matchZero, .startsAfterLast, .winningCommitsNothing: "Figure 2, State"
    case .currentTermOnly, .earlierEntriesToo: "§5.4.2, Figure 8"
    case .appliesCommittedOnly, .appliesEverything, .followerApplies, .leaderApplies,
      .appliesAlone:
      "Figure 2, All Servers"
    default: "§5.3"
    }
  }
}

// MARK: - The rules, in one sentence each

extension ReplicationRule {
  private var sentence: String {
    switch self {
    case .laterLastTermWins:
      "The log whose last entry has the later term is more up to date, however short it is."
    case .longerLogWins: "Of two logs that end with the same term, the longer is more up to date."
    case .equalLogs: "A candidate's log that is just as up to date as the voter's own will do."
    case .asksAboutLog: "A candidate whose log is behind the voter's does not get its vote."
    case .refusalFollowsTerm: "A request that is refused for its log still carries a later term."
    case .refusalChangesNothing:
      "Refusing a candidate for its log gives no vote away and restarts no timer."
    case .votesAsBefore: "A good log is not enough: everything that chapter 3 asks still holds."
    case .standsAsBefore: "Standing is what it was in chapter 3, but for what the request says."
    case .requestTellsLog: "A candidate tells the index and the term of its last entry."

    case .refuses: "Only the leader takes commands; on any other server nothing changes."
    case .hint: "A refusal names the leader that the server knows, and nobody where it knows none."
    case .appendsCommand: "A command becomes one new entry, after the leader's last."
    case .stampsCurrentTerm: "A new entry carries the leader's current term."
    case .tellsPlace: "The answer names the index and the term of the new entry."
    case .onlyTakesCommand: "Taking a command changes the log, and nothing else."
    default: sentenceOfLeaders
    }
  }

  private var sentenceOfLeaders: String {
    switch self {
    case .leadsAsBefore: "Winning is what it was in chapter 3; notes about the peers come with it."
    case .keepsOwnLog: "A new leader leaves its log as it is: it only appends, whatever is in it."
    case .startsAfterLast: "A new leader's nextIndex is the index after its last entry."
    case .matchZero: "A new leader knows of no peer what it holds: matchIndex is 0."
    case .winningCommitsNothing: "Winning an election commits nothing."
    case .signsMessage: "A message carries the leader's term and name."
    case .previous: "A message names the entry before its first: index and term of nextIndex - 1."
    case .sendsMissing: "A message brings what the peer is missing, from nextIndex on."
    case .contiguousBatch: "A message's entries stand one after the other, as in the leader's log."
    case .tellsCommitIndex: "A message tells the peer how far the leader has committed."
    case .askingChangesNothing: "Writing a message changes nothing: it may get lost."
    case .matchFromRequest:
      "What a peer holds is what its request brought: prevLogIndex and the entries after it."
    case .matchNeverFalls: "matchIndex never falls: replies may come late, or twice."
    case .nextAfterMatch: "After a success, the next entry to send is one that may be missing."
    case .failureLowers: "A failed check lowers nextIndex, so that the next message reaches back."
    case .failureIsNoMatch: "A peer that refused has acknowledged nothing."
    case .floor: "nextIndex goes no lower than 1: there is no entry before the first."
    case .thatPeerOnly: "A reply tells of the peer that sent it, and of no other."
    case .earlierRequest: "A reply to a message of an earlier term tells nothing about this one."
    case .leadersOnly: "Only a leader learns from replies; what comes later changes nothing."
    case .leaderFollowsTerm: "A reply with a later term ends the leadership."
    case .onlyLearns: "A reply changes what the leader knows of that peer, and nothing else."
    default: sentenceOfFollowers
    }
  }

  private var sentenceOfFollowers: String {
    switch self {
    case .staleTerm: "A message of an earlier term's leader is refused, and changes nothing."
    case .staleKeepsTimer: "An earlier term's leader does not restart the election timer."
    case .followsTerm: "A message of a later term's leader opens that term."
    case .yields: "Whoever hears from this term's leader is its follower."
    case .previousIndex: "Entries are refused where the one before them is missing."
    case .previousTerm: "Entries are refused where the one before them is of another term."
    case .heartbeatsAreChecked: "A message without entries is checked like any other."
    case .failedCheckKeepsLog: "A message that is refused adds no entry, and takes no good one."
    case .failedCheckCommitsNothing: "A message that is refused commits nothing."
    case .failedCheckRestartsTimer:
      "A message that fails the check still comes from the leader: it restarts the timer."
    case .accepts: "A message is accepted where the entry before its own is the leader's."
    case .appends: "Entries that are missing are appended, in order, at their indices."
    case .keepsMatching: "An entry that is there already is left where it is, and not added again."
    case .truncatesOnConflictOnly:
      "Only a conflict removes entries: a message may be old, and the rest of the log newer."
    case .replacesConflict: "Where the terms differ, the leader's entry takes the place."
    case .dropsTail: "What follows a conflicting entry goes with it."
    case .commits: "A follower commits what the leader has committed, as far as it holds it."
    case .commitsWhatIsNew:
      "commitIndex goes no further than the last entry that this message covers."
    case .commitNeverFalls: "commitIndex never falls: an old message takes nothing back."
    case .restartsTimer: "Hearing from this term's leader restarts the election timer."
    case .keepsVote: "A leader's message leaves this term's vote where it is."
    case .notesLeader:
      "Who sends this term's entries is the leader: a follower notes its name, for clients."
    case .saysTerm: "A reply carries the current term, so that an old leader learns it."
    default: sentenceOfCommitting
    }
  }

  private var sentenceOfCommitting: String {
    switch self {
    case .notEverybody: "An entry is committed once a majority holds it: not everybody has to."
    case .majority: "An entry is committed once more than half of all servers hold it."
    case .halfIsNotEnough: "Half of the servers are no majority."
    case .countsItself: "The leader holds its own entries: it counts, and once."
    case .currentTermOnly: "Only an entry of the current term is committed by counting."
    case .earlierEntriesToo: "With an entry, everything before it is committed."
    case .leaderCommitNeverFalls: "commitIndex never falls."
    case .onlyCommits: "Committing changes commitIndex, and nothing else that is remembered."
    case .afterReply: "A reply may complete a majority: what it completes is committed at once."
    case .alone: "A server without peers is a majority: it commits a command as it takes it."
    case .appliesCommittedOnly: "Nothing is applied before it is committed, and nothing twice."
    case .appliesEverything: "All that is committed is applied, not only the next entry."
    case .followerApplies: "What a follower commits, it applies."
    case .leaderApplies: "What a leader commits, it applies."
    case .appliesAlone: "What a server without peers commits, it applies."
    default: ""
    }
  }
}
