import Contracts
import Raft
import Testing

@testable import Grading

/// Rules beside the reference: what is found, whom it is laid at, and what is left in peace.
@Suite struct LockstepTests {
  private func firstFinding<F: Flaw>(_: F.Type, on steps: ClosedRange<Int> = 1...5) -> Finding? {
    for step in steps {
      for check in ElectionsChecks<Subject<F>, Subject<Faultless>>.checks(on: "3.\(step)") {
        do { try check.run() } catch { return error as? Finding }
      }
    }
    return nil
  }

  @Test func `what is right although it differs is left in peace`() {
    #expect(firstFinding(RestartsOnTerm.self, on: 1...1) == nil)
    #expect(firstFinding(LetsTimersRun.self, on: 1...1) == nil)
    #expect(firstFinding(RefusesForLeader.self, on: 2...2) == nil)
    #expect(firstFinding(DropsStaleReplies.self, on: 5...5) == nil)
  }

  @Test func `a wrong rule is told with what was had, got and said`() {
    let finding = firstFinding(VotesTwice.self, on: 2...2)
    #expect(finding?.rule.id == "3.2.one-vote-per-term")
    #expect(finding?.happened == "S1 voted twice in term 2: for itself, then for S2.")
    #expect(
      finding?.facts == [
        Fact("cluster", "2 servers"), Fact("S1 had", "term 2, votedFor S1, follower"),
        Fact("it got", "RequestVote(term 2, candidate S2)"),
        Fact("it said", "voteGranted: true, term 2"),
      ])
    #expect(finding?.reference == "voteGranted: false, term 2")
  }

  @Test func `a mistake that the report does not show is found, by a shortest way`() {
    let finding = firstFinding(CountsOldVotes.self, on: 5...5)
    #expect(finding?.rule.id == "3.5.majority")
    #expect(finding?.facts.map(\.label).filter { $0 == "first" || $0 == "then" }.count == 3)
  }

  @Test func `a mistake is laid at the step whose rule it is, whatever comes before`() {
    #expect(firstFinding(KeepsItsTerm.self, on: 1...1) == nil)
    #expect(firstFinding(KeepsItsTerm.self, on: 4...5)?.rule.id == "3.4.next-term")
    // Seen only in a leader, whom later steps make.
    #expect(firstFinding(KeepsLeading.self)?.rule.id == "3.1.steps-down")
  }

  @Test func `who is right on the first seat alone is found on another, by its name`() {
    let finding = firstFinding(IsAlwaysFirst.self)
    #expect(finding?.rule.id == "3.4.votes-for-itself")
    #expect(finding?.happened == "S2 stood for election in term 1 and counts the votes of S1.")
    #expect(
      finding?.facts == [
        Fact("cluster", "2 servers, yours is S2"),
        Fact("S2 had", "term 0, no vote given, follower"), Fact("call", "becomeCandidate()"),
        Fact("it has", "term 1, votedFor S2, candidate with the votes of S1"),
      ])
    #expect(finding?.reference == "term 1, votedFor S2, candidate with the votes of S2")
  }

  @Test func `a way is shrunk to the calls that it needs`() async throws {
    let compare = Lockstep<ElectionsLockstep<Subject<VotesTwice>, Subject<Faultless>>>(
      topic: .oneVotePerTerm)
    let request = RuleCall.voteRequest(RequestVote(term: 4, candidateID: 2))
    let path = RulePath(
      servers: 3, saved: PersistentState(),
      calls: [
        .observe(1), .heartbeat(AppendEntries(term: 2, leaderID: 3)), .stand, request, .observe(3),
        .voteRequest(RequestVote(term: 4, candidateID: 3)),
      ])
    let found = try #require(await compare.run(path))
    let shortest = await compare.shrink(found)
    #expect(found.path.events.count == 6)
    #expect(shortest.path.events == [request, path.events[5]])
  }
}

/// The names of a history, and those of the cluster.
@Suite struct SeatTests {
  private let history = ElectionReport(
    currentTerm: 2, votedFor: 1, role: .candidate, votes: [1, 2, 4])

  @Test func `on another seat everybody has the name of the cluster`() {
    let named = ElectionReport(currentTerm: 2, votedFor: 3, role: .candidate, votes: [3, 1, 4])
    #expect(Seat(number: 3).named(history) == named)
    #expect(Seat(number: 3).peers(of: 5) == [1, 2, 4, 5])
  }

  @Test(arguments: 1...5) func `there and back is where one was`(number: Int) {
    let seat = Seat(number: number)
    #expect(seat.placed(seat.named(history)) == history)
    #expect(Seat.first.peers(of: 5).map(seat.name) == seat.peers(of: 5))
    // A name that nobody has stays what it is.
    #expect([0, 6, -1].map(seat.name) == [0, 6, -1])
  }
}

/// What can happen to a server, and what no cluster could do to it.
@Suite struct HistoryTests {
  private func history(
    servers: Int, saved: PersistentState = PersistentState(), _ calls: [RuleCall] = []
  ) async -> (History, ElectionReport) {
    let start = ElectionStart(servers: servers, saved: saved)
    let timers = RuleTimers()
    let server = Lockstep<ElectionsLockstep<Subject<Faultless>, Subject<Faultless>>>
      .make(Subject<Faultless>.self, start, timers)
    return await server.visit { server in
      var history = History(start)
      for call in calls { history.add(Transition(call, on: server, timers)) }
      return (history, server.report)
    }
  }

  @Test func `there is one leader a term`() async {
    let (three, report) = await history(
      servers: 3, [.heartbeat(AppendEntries(term: 1, leaderID: 2))])
    #expect(three.allows(.heartbeat(AppendEntries(term: 1, leaderID: 2)), in: report))
    #expect(!three.allows(.heartbeat(AppendEntries(term: 1, leaderID: 3)), in: report))
  }

  @Test func `a leader had the votes of a majority`() async {
    // Of two servers, S2 cannot lead without S1's vote.
    let (two, report) = await history(servers: 2)
    #expect(!two.allows(.heartbeat(AppendEntries(term: 1, leaderID: 2)), in: report))
    let (voted, later) = await history(
      servers: 2, [.voteRequest(RequestVote(term: 1, candidateID: 2))])
    #expect(voted.allows(.heartbeat(AppendEntries(term: 1, leaderID: 2)), in: later))
  }

  @Test func `a vote comes from whoever can have given it, to what was asked`() async {
    let request = RequestVote(term: 1, candidateID: 1)
    let vote = RuleCall.vote(.init(term: 1, voteGranted: true), from: 2, to: request)
    let (idle, before) = await history(servers: 3)
    #expect(!idle.allows(vote, in: before))
    let (standing, report) = await history(servers: 3, [.stand])
    #expect(standing.allows(vote, in: report))
    let (rivalled, after) = await history(
      servers: 3, [.stand, .voteRequest(RequestVote(term: 1, candidateID: 2))])
    #expect(!rivalled.allows(vote, in: after))
  }
}
