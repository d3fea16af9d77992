/// The rules of chapter 3's rules: what `observe`, `receive` and `becomeCandidate` must do.
enum ElectionRule: String, LockstepTopic {
  case takesLaterTerm = "3.1.takes-later-term"
  case freesVote = "3.1.frees-vote"
  case ignoresEarlier = "3.1.ignores-earlier"
  case stepsDown = "3.1.steps-down"
  case waitsAgain = "3.1.waits-again"

  case grants = "3.2.grants"
  case remembersVote = "3.2.remembers-vote"
  case oneVotePerTerm = "3.2.one-vote-per-term"
  case sameCandidate = "3.2.same-candidate"
  case staleCandidate = "3.2.stale-term"
  case voterFollowsTerm = "3.2.later-term"
  case voterStepsDown = "3.2.steps-down"
  case voterSaysTerm = "3.2.reply-term"
  case grantRestartsTimer = "3.2.restarts-timer"
  case refusalKeepsTimer = "3.2.refusal-keeps-timer"
  case refusalChangesNothing = "3.2.refusal-changes-nothing"

  case acceptsLeader = "3.3.accepts"
  case staleLeader = "3.3.stale-term"
  case followerFollowsTerm = "3.3.later-term"
  case followerSaysTerm = "3.3.reply-term"
  case heartbeatRestartsTimer = "3.3.restarts-timer"
  case staleLeaderKeepsTimer = "3.3.stale-keeps-timer"
  case heartbeatKeepsVote = "3.3.keeps-vote"
  case candidateYields = "3.3.candidate-yields"
  case leaderYields = "3.3.leader-yields"

  case opensTerm = "3.4.next-term"
  case becomesCandidate = "3.4.candidate"
  case votesForItself = "3.4.votes-for-itself"
  case countsAnew = "3.4.counts-anew"
  case standingRestartsTimer = "3.4.restarts-timer"
  case asksForItself = "3.4.request"
  case needsOthers = "3.4.needs-others"
  case winsAlone = "3.4.single-server"
  case sendsNothingYet = "3.4.no-heartbeat-yet"

  case counts = "3.5.counts"
  case majority = "3.5.majority"
  case oncePerPeer = "3.5.once-per-peer"
  case sameElection = "3.5.same-election"
  case refusalIsNoVote = "3.5.refusal-is-no-vote"
  case candidatesOnly = "3.5.candidates-only"
  case candidateFollowsTerm = "3.5.later-term"
  case firesHeartbeat = "3.5.first-heartbeat"
  case winsOnce = "3.5.wins-once"
  case countingKeepsTimer = "3.5.keeps-timer"
  case leaderFollowsTerm = "3.5.heartbeat-reply"

  var rule: Rule { Rule(rawValue, sentence, section: section) }

  private var section: String {
    switch self {
    case .takesLaterTerm, .ignoresEarlier, .stepsDown, .staleCandidate, .voterFollowsTerm,
      .voterStepsDown, .staleLeader, .followerFollowsTerm, .candidateFollowsTerm,
      .leaderFollowsTerm, .leaderYields:
      "§5.1"
    case .freesVote, .remembersVote, .voterSaysTerm, .followerSaysTerm, .heartbeatKeepsVote,
      .asksForItself:
      "Figure 2"
    case .sameCandidate: "Figure 2, RequestVote RPC 2"
    default: "§5.2"
    }
  }
}

extension ElectionRule {
  private var sentence: String {
    switch self {
    case .takesLaterTerm: "A server that sees a later term takes it at once."
    case .freesVote: "A vote is given for one term; in a new term nobody has it yet."
    case .ignoresEarlier: "Terms only rise: one that is not later changes nothing."
    case .stepsDown: "A candidate or leader that sees a later term becomes a follower at once."
    case .waitsAgain: "Whoever does not lead has its election timer running."

    case .grants: "A vote that is still free goes to the first candidate that asks for it."
    case .remembersVote: "A vote that is given is remembered in votedFor, for the whole term."
    case .oneVotePerTerm: "A server gives at most one vote per term, first come, first served."
    case .sameCandidate:
      "The candidate that has this term's vote gets the same answer when it asks again."
    case .staleCandidate: "A request of an earlier term is refused."
    case .voterFollowsTerm: "A request of a later term opens that term, with a vote still free."
    case .voterStepsDown: "A request of a later term makes candidates and leaders followers."
    case .voterSaysTerm: "A reply carries the current term, so that a late candidate learns it."
    case .grantRestartsTimer: "Giving a vote restarts the election timer: the candidate gets time."
    case .refusalKeepsTimer: "Refusing a vote leaves the election timer alone."
    case .refusalChangesNothing: "A request that is refused in the same term changes nothing."

    case .acceptsLeader: "A message of this term's leader is accepted, and followed."
    case .staleLeader: "A message of an earlier term's leader is refused, and changes nothing."
    case .followerFollowsTerm: "A message of a later term's leader opens that term."
    case .followerSaysTerm: "A reply carries the current term, so that an old leader learns it."
    case .heartbeatRestartsTimer: "Hearing from this term's leader restarts the election timer."
    case .staleLeaderKeepsTimer: "An earlier term's leader does not restart the election timer."
    case .heartbeatKeepsVote: "A heartbeat leaves this term's vote where it is."
    case .candidateYields: "A candidate that hears from its term's leader becomes a follower."
    case .leaderYields: "A leader that hears from a later term's leader becomes a follower."

    default: sentenceOfElections
    }
  }

  private var sentenceOfElections: String {
    switch self {
    case .opensTerm: "To begin an election, a server raises its term by one."
    case .becomesCandidate: "A server that stands for election is a candidate."
    case .votesForItself: "A candidate votes for itself, and for nobody else in its term."
    case .countsAnew: "Each election is counted anew: the candidate's own vote, and no other yet."
    case .standingRestartsTimer: "Standing restarts the election timer, for when nobody wins."
    case .asksForItself:
      "The request names the new term and the candidate; of a log, nothing yet (0, 0)."
    case .needsOthers: "With peers, a candidate's own vote is not a majority."
    case .winsAlone:
      "A server without peers is a majority: it leads as soon as it stands, and stands no more."
    case .sendsNothingYet: "Heartbeats begin with winning, not with standing."

    case .counts: "A vote for this term's election is counted for the peer that gave it."
    case .majority:
      "An election is won with votes of more than half of all servers, itself included."
    case .oncePerPeer: "A peer's vote counts once, however often its reply arrives."
    case .sameElection: "A vote counts only in the election for which it was asked."
    case .refusalIsNoVote: "A refusal is not a vote."
    case .candidatesOnly: "Only a candidate counts votes; what comes later changes nothing."
    case .candidateFollowsTerm: "A reply that carries a later term ends the candidacy."
    case .firesHeartbeat:
      "Whoever wins sends heartbeats at once: winning fires the heartbeat timer."
    case .winsOnce: "An election is won once; later votes fire nothing and stop nothing."
    case .countingKeepsTimer: "Counting leaves the candidate's election timer alone."
    case .leaderFollowsTerm: "A heartbeat's reply with a later term ends the leadership."
    default: ""
    }
  }
}
