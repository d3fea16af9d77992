import Contracts
import Raft
import Simulator
import Sketches
import Testing

@testable import Grading

/// Chapter 4's rules beside a right server: what is found, whom it is laid at, what is left alone.
@Suite struct ReplicationLockstepTests {
  /// The first finding of the rules of 4.1 to 4.7, as a child would come to it.
  private func firstFinding<State: ReplicationChapter>(
    _: State.Type, on steps: ClosedRange<Int> = 1...7
  ) -> Finding? {
    for step in steps {
      for check in ReplicationChecks<State, Replica<RightReplica>>.Rules.rules(
        of: step, calling: "")
      {
        do { try check.run() } catch {
          return error as? Finding ?? Finding(check.rule, "\(error)")
        }
      }
    }
    return nil
  }

  private func found<F: ReplicaFlaw>(_: F.Type, on steps: ClosedRange<Int>) -> String? {
    firstFinding(Replica<F>.self, on: steps)?.rule.id
  }

  @Test func `a log that no screen can show is told by its ends`() {
    func log(_ count: Int) -> Log {
      Log(Array(repeating: LogEntry(term: 1, command: "x"), count: count))
    }
    #expect(log(12).told == "[1 1 1 1 1 1 1 1 1 1 1 1]")
    #expect(log(1_000).told == "[1 1 1 … 1 (1000 of them)]")
  }

  @Test func `a right server of another make passes`() {
    #expect(firstFinding(ReplicationSketch.self) == nil)
    #expect(firstFinding(Replica<RightReplica>.self) == nil)
  }

  @Test func `the followers of Figure 7, and their leader, have the paper's logs`() throws {
    let followers = ReplicationStart.figure7
    #expect(
      followers.map(\.saved.log.told) == [
        "[1 1 1 4 4 5 5 6 6]", "[1 1 1 4]", "[1 1 1 4 4 5 5 6 6 6 6]",
        "[1 1 1 4 4 5 5 6 6 6 7 7]", "[1 1 1 4 4 4 4]", "[1 1 1 2 2 2 3 3 3 3 3]",
      ])
    for follower in followers {
      var cluster = try #require(ModelCluster(size: follower.servers, past: follower.past))
      let wins = cluster.elect(2, in: 8, asking: [3, 4, 5])
      #expect(wins)
      #expect(cluster[2].log.told == "[1 1 1 4 4 5 5 6 6 6]")
    }
    #expect(ReplicationStart.figure8.map(\.saved.log.told) == ["[1 2]"])
  }

  @Test func `what is right although it differs is left in peace`() {
    #expect(found(AddsEntryAtWinning.self, on: 1...7) == nil)
    #expect(found(SendsOneEntry.self, on: 3...7) == nil)
    #expect(found(SendsFromOne.self, on: 3...7) == nil)
    #expect(found(TruncatesAtFailedCheck.self, on: 4...4) == nil)
    #expect(found(BacksUpByHalf.self, on: 5...6) == nil)
    #expect(found(DropsLateReplies.self, on: 5...5) == nil)
    #expect(found(CountsItselfInMatch.self, on: 2...7) == nil)
    #expect(found(ForgetsPeersOnStepDown.self, on: 1...5) == nil)
    #expect(found(StartsAtOne.self, on: 3...6) == nil)
    #expect(found(RefusesWhoeverElse.self, on: 1...1) == nil)
    #expect(found(FiresOften.self, on: 2...6) == nil)
    #expect(found(TellsCappedCommit.self, on: 3...3) == nil)
  }

  @Test func `whoever notes no leader is shown whom it takes for one`() {
    let finding = firstFinding(Replica<KnowsNoLeader>.self, on: 4...4)
    #expect(finding?.facts.last == Fact("its leader", "nobody"))
    #expect(finding?.reference == "S2")
  }

  @Test func `who has handed on all that it took for committed is sent to the steps before`() {
    typealias Checks = ReplicationChecks<Replica<LeavesItselfOut>, Replica<RightReplica>>
    let finding = #expect(throws: Finding.self) { try Checks.commitStream[0].run() }
    #expect(finding?.rule.id == "4.7.leader")
    #expect(
      finding?.happened
        == "S1 led, and took ten commands. All that it takes for committed was handed on: "
        + "4.5 and 4.6 come first.")
  }

  @Test func `every mistake is laid at its rule`() {
    #expect(found(ComparesLength.self, on: 1...1) == "4.1.later-last-term-wins")
    #expect(found(ComparesTerm.self, on: 1...1) == "4.1.longer-log-wins")
    #expect(found(RefusesEqual.self, on: 1...1) == "4.1.equal-logs")
    #expect(found(DoesNotCompare.self, on: 1...1) == "4.1.asks-about-the-log")
    #expect(found(RefusesUnseen.self, on: 1...1) == "4.1.refusal-follows-term")
    #expect(found(HidesLog.self, on: 1...1) == "4.1.request-tells-log")
    #expect(found(TakesCommands.self, on: 2...2) == "4.2.refuses")
    #expect(found(StampsLastTerm.self, on: 2...2) == "4.2.current-term")
    #expect(found(AnswersLate.self, on: 2...2) == "4.2.answer")
    #expect(found(NamesItself.self, on: 2...2) == "4.2.hint")
    #expect(found(GiveNoHints.self, on: 2...2) == "4.2.hint")
    #expect(found(NextPastLog.self, on: 3...3) == "4.3.starts-after-last")
    #expect(found(MatchIsLast.self, on: 3...3) == "4.3.match-zero")
    #expect(found(TruncatesAtWinning.self, on: 3...3) == "4.3.keeps-log")
    #expect(found(PreviousIsLastTerm.self, on: 3...3) == "4.3.previous")
    #expect(found(SkipsEntry.self, on: 3...3) == "4.3.batch-contiguous")
    #expect(found(CommitsLast.self, on: 3...3) == "4.3.commit-index")
    #expect(found(AdvancesAtSending.self, on: 3...3) == "4.3.changes-nothing")
    #expect(found(SignsAsFirst.self, on: 3...3) == "4.3.term-and-leader")
    #expect(found(ChecksNothing.self, on: 4...4) == "4.4.previous-index")
    #expect(found(ChecksIndex.self, on: 4...4) == "4.4.previous-term")
    #expect(found(ChecksNoHeartbeat.self, on: 4...4) == "4.4.heartbeats-are-checked")
    #expect(found(TruncatesAlways.self, on: 4...4) == "4.4.truncates-on-conflict-only")
    #expect(found(KeepsTail.self, on: 4...4) == "4.4.drops-tail")
    #expect(found(KeepsConflict.self, on: 4...4) == "4.4.replaces-conflict")
    #expect(found(AppendsBlindly.self, on: 4...4) == "4.4.keeps-matching")
    #expect(found(CommitsToLeaders.self, on: 4...4) == "4.4.commits-up-to-last-new")
    #expect(found(CommitFalls.self, on: 4...4) == "4.4.commit-never-falls")
    #expect(found(TakesStale.self, on: 4...4) == "4.4.stale-term")
    #expect(found(KeepsTerm.self, on: 4...4) == "4.4.later-term")
    #expect(found(CommitsAfterFailure.self, on: 4...4) == "4.4.failed-check-commits-nothing")
    #expect(found(FailureKeepsTimer.self, on: 4...4) == "4.4.failed-check-restarts-timer")
    #expect(found(KnowsNoLeader.self, on: 4...4) == "4.4.leader-hint")
    #expect(found(MatchIsLogEnd.self, on: 5...5) == "4.5.match-from-request")
    #expect(found(MatchFalls.self, on: 5...5) == "4.5.match-never-falls")
    #expect(found(KeepsNext.self, on: 5...5) == "4.5.failure-lowers-next")
    #expect(found(LaterTermIsMismatch.self, on: 5...5) == "4.5.later-term")
    #expect(found(TakesEarlierReplies.self, on: 5...5) == "4.5.earlier-request")
    #expect(found(HalfIsEnough.self, on: 6...6) == "4.6.half-is-not-enough")
    #expect(found(CommitsOldTerms.self, on: 6...6) == "4.6.current-term-only")
    #expect(found(NeedsEverybody.self, on: 6...6) == "4.6.majority-is-enough")
    #expect(found(LeavesItselfOut.self, on: 6...6) == "4.6.counts-itself")
    #expect(found(NeverAsks.self, on: 6...6) == "4.6.after-a-reply")
    #expect(found(AppliesOne.self, on: 7...7) == "4.7.everything-committed")
    #expect(found(LeaderAppliesOnly.self, on: 7...7) == "4.7.follower-applies")
    #expect(found(AppliesToLast.self, on: 7...7) == "4.7.only-committed")
  }
}

/// How a server differs from a right one, in what chapter 4 asks.
protocol ReplicaFlaw: Sendable {
  static var kind: ReplicaKind { get }
}

enum ReplicaKind: Sendable {
  case none
  // Right, although they differ.
  case addsEntryAtWinning, sendsOneEntry, sendsFromOne, truncatesAtFailedCheck, backsUpByHalf
  case dropsStaleReplies, countsItselfInMatch, forgetsPeersOnStepDown, knowsNoLeader
  case startsAtOne, refusesForLeader, firesOften, tellsCappedCommit, giveNoHints
  // Wrong.
  case comparesLength, comparesTerm, refusesEqual, doesNotCompare, refusesUnseen, hidesLog
  case takesCommands, stampsLastTerm, answersLate, namesItself
  case nextPastLog, matchIsLast, truncatesAtWinning, previousIsLastTerm, skipsEntry, commitsLast
  case advancesAtSending, signsAsFirst
  case checksNothing, checksIndex, checksNoHeartbeat, truncatesAlways, keepsTail, keepsConflict
  case appendsBlindly, commitsToLeaders, commitFalls, takesStale, keepsTerm, commitsAfterFailure
  case failureKeepsTimer
  case matchIsLogEnd, matchFalls, keepsNext, laterTermIsMismatch, takesEarlierReplies
  case halfIsEnough, commitsOldTerms, needsEverybody, leavesItselfOut, neverAsks
  case appliesOne, leaderAppliesOnly, appliesToLast
}

enum RightReplica: ReplicaFlaw { static let kind = ReplicaKind.none }

private enum AddsEntryAtWinning: ReplicaFlaw { static let kind = ReplicaKind.addsEntryAtWinning }
private enum SendsOneEntry: ReplicaFlaw { static let kind = ReplicaKind.sendsOneEntry }
private enum SendsFromOne: ReplicaFlaw { static let kind = ReplicaKind.sendsFromOne }
private enum TruncatesAtFailedCheck: ReplicaFlaw {
  static let kind = ReplicaKind.truncatesAtFailedCheck
}
private enum BacksUpByHalf: ReplicaFlaw { static let kind = ReplicaKind.backsUpByHalf }
private enum DropsLateReplies: ReplicaFlaw { static let kind = ReplicaKind.dropsStaleReplies }
private enum CountsItselfInMatch: ReplicaFlaw { static let kind = ReplicaKind.countsItselfInMatch }
private enum ForgetsPeersOnStepDown: ReplicaFlaw {
  static let kind = ReplicaKind.forgetsPeersOnStepDown
}
private enum KnowsNoLeader: ReplicaFlaw { static let kind = ReplicaKind.knowsNoLeader }
private enum StartsAtOne: ReplicaFlaw { static let kind = ReplicaKind.startsAtOne }
private enum RefusesWhoeverElse: ReplicaFlaw { static let kind = ReplicaKind.refusesForLeader }
private enum FiresOften: ReplicaFlaw { static let kind = ReplicaKind.firesOften }
private enum TellsCappedCommit: ReplicaFlaw { static let kind = ReplicaKind.tellsCappedCommit }
private enum GiveNoHints: ReplicaFlaw { static let kind = ReplicaKind.giveNoHints }
private enum ComparesLength: ReplicaFlaw { static let kind = ReplicaKind.comparesLength }
private enum ComparesTerm: ReplicaFlaw { static let kind = ReplicaKind.comparesTerm }
private enum RefusesEqual: ReplicaFlaw { static let kind = ReplicaKind.refusesEqual }
private enum DoesNotCompare: ReplicaFlaw { static let kind = ReplicaKind.doesNotCompare }
private enum RefusesUnseen: ReplicaFlaw { static let kind = ReplicaKind.refusesUnseen }
private enum HidesLog: ReplicaFlaw { static let kind = ReplicaKind.hidesLog }
private enum TakesCommands: ReplicaFlaw { static let kind = ReplicaKind.takesCommands }
private enum StampsLastTerm: ReplicaFlaw { static let kind = ReplicaKind.stampsLastTerm }
private enum AnswersLate: ReplicaFlaw { static let kind = ReplicaKind.answersLate }
private enum NamesItself: ReplicaFlaw { static let kind = ReplicaKind.namesItself }
private enum NextPastLog: ReplicaFlaw { static let kind = ReplicaKind.nextPastLog }
private enum MatchIsLast: ReplicaFlaw { static let kind = ReplicaKind.matchIsLast }
private enum TruncatesAtWinning: ReplicaFlaw { static let kind = ReplicaKind.truncatesAtWinning }
private enum PreviousIsLastTerm: ReplicaFlaw { static let kind = ReplicaKind.previousIsLastTerm }
private enum SkipsEntry: ReplicaFlaw { static let kind = ReplicaKind.skipsEntry }
private enum CommitsLast: ReplicaFlaw { static let kind = ReplicaKind.commitsLast }
private enum AdvancesAtSending: ReplicaFlaw { static let kind = ReplicaKind.advancesAtSending }
private enum SignsAsFirst: ReplicaFlaw { static let kind = ReplicaKind.signsAsFirst }
private enum ChecksNothing: ReplicaFlaw { static let kind = ReplicaKind.checksNothing }
private enum ChecksIndex: ReplicaFlaw { static let kind = ReplicaKind.checksIndex }
private enum ChecksNoHeartbeat: ReplicaFlaw { static let kind = ReplicaKind.checksNoHeartbeat }
private enum TruncatesAlways: ReplicaFlaw { static let kind = ReplicaKind.truncatesAlways }
private enum KeepsTail: ReplicaFlaw { static let kind = ReplicaKind.keepsTail }
private enum KeepsConflict: ReplicaFlaw { static let kind = ReplicaKind.keepsConflict }
private enum AppendsBlindly: ReplicaFlaw { static let kind = ReplicaKind.appendsBlindly }
private enum CommitsToLeaders: ReplicaFlaw { static let kind = ReplicaKind.commitsToLeaders }
private enum CommitFalls: ReplicaFlaw { static let kind = ReplicaKind.commitFalls }
private enum TakesStale: ReplicaFlaw { static let kind = ReplicaKind.takesStale }
private enum KeepsTerm: ReplicaFlaw { static let kind = ReplicaKind.keepsTerm }
private enum CommitsAfterFailure: ReplicaFlaw { static let kind = ReplicaKind.commitsAfterFailure }
private enum FailureKeepsTimer: ReplicaFlaw { static let kind = ReplicaKind.failureKeepsTimer }
private enum MatchIsLogEnd: ReplicaFlaw { static let kind = ReplicaKind.matchIsLogEnd }
private enum MatchFalls: ReplicaFlaw { static let kind = ReplicaKind.matchFalls }
private enum KeepsNext: ReplicaFlaw { static let kind = ReplicaKind.keepsNext }
private enum LaterTermIsMismatch: ReplicaFlaw { static let kind = ReplicaKind.laterTermIsMismatch }
private enum TakesEarlierReplies: ReplicaFlaw { static let kind = ReplicaKind.takesEarlierReplies }
private enum HalfIsEnough: ReplicaFlaw { static let kind = ReplicaKind.halfIsEnough }
private enum CommitsOldTerms: ReplicaFlaw { static let kind = ReplicaKind.commitsOldTerms }
private enum NeedsEverybody: ReplicaFlaw { static let kind = ReplicaKind.needsEverybody }
private enum LeavesItselfOut: ReplicaFlaw { static let kind = ReplicaKind.leavesItselfOut }
private enum NeverAsks: ReplicaFlaw { static let kind = ReplicaKind.neverAsks }
private enum AppliesOne: ReplicaFlaw { static let kind = ReplicaKind.appliesOne }
private enum LeaderAppliesOnly: ReplicaFlaw { static let kind = ReplicaKind.leaderAppliesOnly }
private enum AppliesToLast: ReplicaFlaw { static let kind = ReplicaKind.appliesToLast }
