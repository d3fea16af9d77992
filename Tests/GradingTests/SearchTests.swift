import Contracts
import Raft
import Simulator
import Testing

@testable import Grading

private enum CommitsOldTerms: ReplicaFlaw { static let kind = ReplicaKind.commitsOldTerms }
private enum MatchIsLogEnd: ReplicaFlaw { static let kind = ReplicaKind.matchIsLogEnd }
private enum HalfIsEnough: ReplicaFlaw { static let kind = ReplicaKind.halfIsEnough }
private enum ComparesLength: ReplicaFlaw { static let kind = ReplicaKind.comparesLength }
private enum ChecksIndex: ReplicaFlaw { static let kind = ReplicaKind.checksIndex }
private enum KeepsTail: ReplicaFlaw { static let kind = ReplicaKind.keepsConflict }
private enum AppendsBlindly: ReplicaFlaw { static let kind = ReplicaKind.appendsBlindly }

private enum AddsEntryAtWinning: ReplicaFlaw { static let kind = ReplicaKind.addsEntryAtWinning }
private enum SendsOneEntry: ReplicaFlaw { static let kind = ReplicaKind.sendsOneEntry }
private enum BacksUpByHalf: ReplicaFlaw { static let kind = ReplicaKind.backsUpByHalf }
private enum KnowsNoLeader: ReplicaFlaw { static let kind = ReplicaKind.knowsNoLeader }
private enum ReplicaRefusesForLeader: ReplicaFlaw { static let kind = ReplicaKind.refusesForLeader }

/// A search tries everything near a start, and is not told what to look for.
@Suite struct SearchTests {
  private static let situations = 3_000

  private func elections<F: Flaw>(
    _: F.Type, _ start: SearchStart
  ) throws -> ClusterSearch<GradingTests.Subject<F>>.Result {
    try SearchRun<ElectionsPromise, GradingTests.Subject<F>>(
      chapter: 3, start: start, rules: .elections
    ).result(situations: Self.situations)
  }

  private func replication<F: ReplicaFlaw>(
    _: F.Type, _ start: SearchStart
  ) throws -> ClusterSearch<Replica<F>>.Result {
    try SearchRun<ReplicationPromise, Replica<F>>(
      chapter: 4, start: start, rules: .replication
    ).result(situations: Self.situations)
  }

  @Test(arguments: SearchStart.elections)
  func `right servers of chapter 3 are right from every start`(_ start: SearchStart) throws {
    #expect(try elections(Faultless.self, start).breach == nil)
    #expect(try elections(RestartsOnTerm.self, start).breach == nil)
    #expect(try elections(RefusesForLeader.self, start).breach == nil)
    #expect(try elections(DropsStaleReplies.self, start).breach == nil)
  }

  @Test(arguments: SearchStart.replication)
  func `right servers of chapter 4 are right from every start`(_ start: SearchStart) throws {
    #expect(try replication(RightReplica.self, start).breach == nil)
    #expect(try replication(AddsEntryAtWinning.self, start).breach == nil)
    #expect(try replication(SendsOneEntry.self, start).breach == nil)
    #expect(try replication(BacksUpByHalf.self, start).breach == nil)
    #expect(try replication(KnowsNoLeader.self, start).breach == nil)
    #expect(try replication(ReplicaRefusesForLeader.self, start).breach == nil)
  }

  @Test func `a double vote is found`() throws {
    let found = SearchStart.elections.compactMap { try? elections(VotesTwice.self, $0).breach }
    #expect(found.first?.broken.name == "a vote granted was a vote to grant")
    #expect(found.first?.steps == 3)
  }

  @Test func `votes of an earlier election are found where they make a leader`() throws {
    let found = SearchStart.elections.compactMap { try? elections(CountsOldVotes.self, $0).breach }
    #expect(found.first?.broken.name == "Election Safety")
  }

  @Test func `Figure 8 is found`() throws {
    let found = try replication(CommitsOldTerms.self, SearchStart.replication[1]).breach
    #expect(found?.broken.name == "what is committed, a majority holds")
    #expect(found?.steps == 9)
  }

  @Test func `a stale acknowledgement is found`() throws {
    let found = try replication(MatchIsLogEnd.self, SearchStart.replication[0]).breach
    #expect(found?.broken.name == "matchIndex is never ahead of the truth")
    #expect(found?.steps == 7)
  }

  private func isFound<F: ReplicaFlaw>(_: F.Type) -> Bool {
    SearchStart.replication.contains { (try? replication(F.self, $0).breach) != nil }
  }

  @Test func `other mistakes with logs are found`() {
    #expect(isFound(HalfIsEnough.self))
    #expect(isFound(ComparesLength.self))
    #expect(isFound(ChecksIndex.self))
    #expect(isFound(KeepsTail.self))
    #expect(isFound(AppendsBlindly.self))
  }

  @Test func `a search is the same every time`() throws {
    let start = SearchStart.replication[1]
    let first = try replication(CommitsOldTerms.self, start)
    let second = try replication(CommitsOldTerms.self, start)
    #expect(first.situations == second.situations)
    #expect(first.breach?.events == second.breach?.events)
  }

  @Test func `two servers with one election to hold are searched to the end`() throws {
    let start = SearchStart(name: "two servers", servers: 2, timeouts: 1)
    let result = try elections(Faultless.self, start)
    #expect(result.isComplete)
    #expect(result.breach == nil)
    // Nobody stands. Or one of the two does; then it has the other's vote, hears of it, sends a
    // heartbeat, and has the reply to that on its way.
    #expect(result.situations == 1 + 2 * 5)
  }

  @Test func `a find is told in the chapter's words`() throws {
    let start = SearchStart.replication[1]
    let run = SearchRun<ReplicationPromise, Replica<CommitsOldTerms>>(
      chapter: 4, start: start, rules: .replication)
    let breach = try #require(try run.result(situations: Self.situations).breach)
    let finding = run.finding(breach)
    #expect(finding.rule.id == "4.10.safe")
    #expect(finding.facts.first?.text == "search, \(start.name): in 9 steps, and not in fewer")
    #expect(finding.replay == "swift run workbook search 4")
    #expect(run.diagram(of: breach, width: 100).contains { $0.contains("● commits 1–2") })
  }
}
