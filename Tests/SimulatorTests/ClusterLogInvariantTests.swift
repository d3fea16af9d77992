import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// Right in its own way.
private enum Noop: Habitual { static let habit = Habit.startsItsTermWithAnEntry }
private enum Itself: Habitual { static let habit = Habit.countsItselfInMatchIndex }
private enum Later: Habitual { static let habit = Habit.appliesLater }
private enum FewEntries: Habitual { static let habit = Habit.sendsFewEntries }
private enum Cutting: Habitual { static let habit = Habit.cutsAtAFailedCheck }
private enum Capping: Habitual { static let habit = Habit.tellsCommitUpToTheMatch }
private enum AtOnce: Habitual { static let habit = Habit.sendsAtOnce }
private enum FromTheFirst: Habitual { static let habit = Habit.beginsAtTheFirstEntry }

private enum CutsItsOwnLog: Habitual { static let habit = Habit.cutsItsOwnLog }
private enum AppendsBlindly: Habitual { static let habit = Habit.appendsBlindly }
private enum Garbles: Habitual { static let habit = Habit.garblesCommands }
private enum StampsLater: Habitual { static let habit = Habit.stampsALaterTerm }
private enum KeepsTheTail: Habitual { static let habit = Habit.keepsTheTail }
private enum VotesForAnybody: Habitual { static let habit = Habit.votesForAnybody }
private enum LosesItsTail: Habitual { static let habit = Habit.losesItsTail }
private enum AppliesTooEarly: Habitual { static let habit = Habit.appliesTooEarly }
private enum CurrentTerm: Habitual { static let habit = Habit.tellsTheCurrentTerm }
private enum LosesOne: Habitual { static let habit = Habit.losesACommit }
private enum RepeatsOne: Habitual { static let habit = Habit.repeatsACommit }
private enum WrongCommand: Habitual { static let habit = Habit.appliesTheWrongCommand }
private enum CommitFalls: Habitual { static let habit = Habit.commitFalls }
private enum PastTheEnd: Habitual { static let habit = Habit.commitsPastTheEnd }
private enum AppliedFalls: Habitual { static let habit = Habit.appliedFalls }
private enum PastTheCommit: Habitual { static let habit = Habit.appliesPastTheCommit }
private enum CommitsAlone: Habitual { static let habit = Habit.commitsAlone }
private enum WholeLog: Habitual { static let habit = Habit.commitsItsWholeLog }
private enum OlderTerms: Habitual { static let habit = Habit.countsOlderTerms }
private enum TooManyCommits: Habitual { static let habit = Habit.tellsOfTooManyCommits }
private enum MatchesAtOnce: Habitual { static let habit = Habit.matchesFromTheStart }
private enum CountsRefusals: Habitual { static let habit = Habit.countsRefusals }
private enum SaysYes: Habitual { static let habit = Habit.acknowledgesBlindly }
private enum SkipsEntries: Habitual { static let habit = Habit.skipsEntries }
private enum Misnames: Habitual { static let habit = Habit.misnamesThePreviousTerm }

/// Every few milliseconds, a command for each server that takes itself for the leader: handed over
/// by the rule and by the conversation in turn.
@Sendable func load(_ cluster: Cluster, until end: Duration) async {
  await withDiscardingTaskGroup { group in
    var number = 0
    while cluster.now < end, !cluster.hasFindings || !cluster.options.stopsAtFirstFinding {
      await cluster.run(for: .milliseconds(17))
      for id in cluster.servers where cluster.situation(of: id)?.role == .leader {
        number += 1
        let command = Command("\(number)")
        if number.isMultiple(of: 2) {
          await cluster.propose(command, at: id)
        } else {
          group.addTask {
            _ = await cluster.submit(command, at: id, patience: .milliseconds(300))
          }
        }
      }
    }
  }
}

/// Clusters of one kind of server, over several seeds, under load and with faults; `end` comes last.
private func outcomes(
  of kind: (some RaftServer).Type, _ count: Int, seeds: Range<UInt64>, _ options: ClusterOptions,
  end: @escaping @Sendable (Cluster) async throws -> Void = { _ in }
) throws -> [ClusterOutcome] {
  try seeds.map { seed in
    let calm = Duration.seconds(4)
    let plan = FaultPlan.seeded(
      seed, servers: count, until: calm,
      kinds: seed.isMultiple(of: 2) ? .all : FaultPlan.Kinds.all.union(.consumers))
    return try ClusterRun(
      Array(repeating: .server(kind), count: count), seed: seed, plan: plan, duration: .zero,
      options: options
    ).outcome { cluster in
      await load(cluster, until: calm + .seconds(1))
      try await end(cluster)
    }
  }
}

private var rough: ClusterOptions {
  var options = ClusterOptions()
  options.conditions = .rough
  return options
}

/// Servers that are right: they commit, everybody reads it, and no invariant says a word.
@Suite struct ClusterRightLogTests {
  private func findsNothing(
    _ kind: (some RaftServer).Type, _ count: Int, seeds: Range<UInt64> = 0..<6
  ) throws {
    let outcomes = try outcomes(of: kind, count, seeds: seeds, rough) { cluster in
      #expect(await cluster.wait(atMost: .seconds(3)) { $0.liveness.agreement != nil })
      guard let leader = cluster.liveness.agreement?.leader else { return }
      await cluster.propose("the last", at: leader)
      let last = cluster.situation(of: leader)?.log.lastIndex ?? 0
      let isRead = await cluster.wait(atMost: .seconds(60), until: isEverywhere(last))
      #expect(isRead && cluster.committed >= last)
    }
    for outcome in outcomes {
      #expect(outcome.broken == [])
      #expect(outcome.misuses == [])
    }
  }

  @Test(arguments: 1...5)
  func `nothing is found where nothing is wrong`(_ count: Int) throws {
    try findsNothing(ReplicationSketch.self, count, seeds: 0..<20)
  }

  @Test(arguments: 1...5)
  func `nothing is found where servers differ, and are right`(_ count: Int) throws {
    try findsNothing(Replica<Noop>.self, count)
    try findsNothing(Replica<Itself>.self, count)
    try findsNothing(Replica<Later>.self, count)
    try findsNothing(Replica<FewEntries>.self, count)
    try findsNothing(Replica<Cutting>.self, count)
    try findsNothing(Replica<Capping>.self, count)
    try findsNothing(Replica<AtOnce>.self, count)
    try findsNothing(Replica<FromTheFirst>.self, count)
  }
}

/// Servers that are wrong, and the invariants that they break.
@Suite struct ClusterLogInvariantTests {
  private func broken(
    by kind: (some RaftServer).Type, saving: Bool = true, seeds: Range<UInt64> = 0..<6
  ) throws -> [InvariantBroken] {
    var options = rough
    options.savesPromises = saving
    options.stopsAtFirstFinding = false
    return try outcomes(of: kind, 3, seeds: seeds, options).flatMap(\.broken)
  }

  /// Whether `kind` breaks the invariant, and says so with these words.
  private func breaks(
    _ number: Int, _ kind: (some RaftServer).Type, saying words: String, saving: Bool = true,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let broken = try broken(by: kind, saving: saving)
    #expect(
      broken.contains { $0.number == number && $0.sentence.contains(words) },
      "\(broken.map { "\($0.number) \($0.sentence)" })", sourceLocation: location)
  }

  @Test func `a leader that changes its own log`() throws {
    try breaks(2, Replica<CutsItsOwnLog>.self, saying: "changed its own log after index")
  }

  @Test func `logs that do not match`() throws {
    try breaks(3, Replica<AppendsBlindly>.self, saying: " of term ")
    try breaks(3, Replica<Garbles>.self, saying: " holds “?” at index ")
    try breaks(3, Replica<StampsLater>.self, saying: "holds an entry of term 2, and is in term 1.")
    try breaks(3, Replica<KeepsTheTail>.self, saying: "different ones before it.")
  }

  @Test func `a leader that lacks what is committed`() throws {
    try breaks(4, Replica<VotesForAnybody>.self, saying: " was committed in term ")
    try breaks(4, Replica<LosesItsTail>.self, saying: " and its log ends at index ")
  }

  @Test func `commits that are none, or are others`() throws {
    try breaks(5, Replica<AppliesTooEarly>.self, saying: " handed on index 1, and only those up to")
    try breaks(5, Replica<CurrentTerm>.self, saying: ": the entry is of term ")
    try breaks(5, Replica<WrongCommand>.self, saying: " handed on “?” at index 1, where “")
  }

  @Test func `indices that fall, or run ahead`() throws {
    try breaks(6, Replica<CommitFalls>.self, saying: " had commitIndex ")
    try breaks(6, Replica<PastTheEnd>.self, saying: ", and its log is empty.")
    try breaks(6, Replica<AppliedFalls>.self, saying: " had lastApplied 3, and then 2.")
    try breaks(6, Replica<PastTheCommit>.self, saying: " has applied index ")
  }

  @Test func `commits that no majority holds`() throws {
    try breaks(8, Replica<CommitsAlone>.self, saying: ": 1 of 3 servers hold it.")
    try breaks(8, Replica<WholeLog>.self, saying: " committed index ")
    try breaks(8, Replica<TooManyCommits>.self, saying: " told that the entries up to index ")
  }

  @Test func `a matchIndex ahead of the truth`() throws {
    try breaks(9, Replica<MatchesAtOnce>.self, saying: " with matchIndex ")
    try breaks(9, Replica<CountsRefusals>.self, saying: ", whose log ends at index ")
  }

  @Test func `what is acknowledged, and is not there`() throws {
    try breaks(10, Replica<SaysYes>.self, saying: " that it holds index ")
    try breaks(10, ReplicationSketch.self, saying: " sent its entries up to index ", saving: false)
    try breaks(10, ReplicationSketch.self, saying: ", and its disk is empty.", saving: false)
  }

  @Test func `a vote for a candidate whose log is behind`() throws {
    try breaks(11, Replica<VotesForAnybody>.self, saying: ", whose log was behind its own.")
  }

  @Test func `a message that is no piece of its leader's log`() throws {
    try breaks(12, Replica<SkipsEntries>.self, saying: " for index ")
    try breaks(12, Replica<Misnames>.self, saying: " sent AppendEntries after index ")
  }

  @Test func `a message that appends again when it comes again`() throws {
    try breaks(13, Replica<AppendsBlindly>.self, saying: " the same message of ")
  }

  @Test func `commits that are left out or repeated`() throws {
    try breaks(14, Replica<LosesOne>.self, saying: " handed on index 4 after index 2.")
    try breaks(14, Replica<RepeatsOne>.self, saying: " handed on index 3 after index 3.")
    try breaks(14, Replica<AppliesTooEarly>.self, saying: " first.")
  }

  /// Figure 8, from (c) on: the entry of term 2 on a majority, and none of term 4.
  @Test func `Figure 8, an older entry that a majority holds is not committed by that`() throws {
    func log(_ terms: Term...) -> PersistentState {
      let entries = terms.map { LogEntry(term: $0, command: Command("of term \($0)")) }
      return PersistentState(currentTerm: 3, votedFor: nil, log: Log(entries))
    }
    let disks = [log(1, 2), log(1, 2), log(1), log(1), log(1, 3)]
    func play(_ kind: (some RaftServer).Type) throws -> ClusterOutcome {
      try ClusterRun(
        Array(repeating: .server(kind), count: 5), seed: 1, duration: .zero, disks: disks
      ).outcome { cluster in
        cluster.apply(.partition([[1, 2, 3], [4], [5]]))
        await cluster.run(for: .seconds(2))
        if !cluster.hasFindings {
          #expect(cluster.situation(of: 3)?.log.lastTerm == 2)
          #expect(cluster.committed == 0)
        }
      }
    }
    #expect(try play(ReplicationSketch.self).broken == [])
    let broken = try #require(try play(Replica<OlderTerms>.self).broken.first)
    #expect(broken.number == 8)
    #expect(
      broken.sentence.contains(" committed index 2 of term 2: a majority holds it, and none "))
  }
}
