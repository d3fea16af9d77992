import Contracts
import Raft
import Simulator
import Sketches
import Testing

private enum VotesTwice: Mistaken { static let mistake = Mistake.votesTwice }
private enum ForgetsToNoteItsVote: Mistaken { static let mistake = Mistake.forgetsToNoteItsVote }
private enum LeadsByHalf: Mistaken { static let mistake = Mistake.leadsByHalf }
private enum FallsBack: Mistaken { static let mistake = Mistake.fallsBack }
private enum BeatsWhileStanding: Mistaken { static let mistake = Mistake.heartsBeatWhileStanding }
private enum SpeaksOfALaterTerm: Mistaken { static let mistake = Mistake.speaksOfALaterTerm }
private enum AsksForAnother: Mistaken { static let mistake = Mistake.asksForAnother }
private enum LeadsForAnother: Mistaken { static let mistake = Mistake.leadsForAnother }
private enum StandsAtEveryRequest: Mistaken { static let mistake = Mistake.standsAtEveryRequest }
private enum IgnoresTheDisk: Mistaken { static let mistake = Mistake.ignoresTheDisk }
private enum GrantsEarlierTerms: Mistaken { static let mistake = Mistake.grantsEarlierTerms }

/// Clusters of one kind of server, over several seeds, with faults.
private func found(
  by kind: (some RaftServer).Type, _ count: Int, saving: Bool = true, seeds: Range<UInt64> = 0..<40
) throws -> [InvariantBroken] {
  var options = ClusterOptions()
  options.conditions = .rough
  options.savesPromises = saving
  options.stopsAtFirstFinding = false
  return try seeds.flatMap { seed in
    try ClusterRun(
      Array(repeating: .server(kind), count: count), seed: seed,
      plan: .seeded(seed, servers: count, until: .seconds(4)), duration: .seconds(5),
      options: options
    ).outcome().broken
  }
}

/// Each invariant falls to a server that breaks it, and to no server that keeps the contract.
@Suite struct ClusterInvariantTests {
  @Test(arguments: 1...5)
  func `nothing is found where nothing is wrong`(_ count: Int) throws {
    #expect(try found(by: ElectionsSketch.self, count, seeds: 0..<60) == [])
  }

  @Test func `a log does not disturb what elections need`() throws {
    #expect(try found(by: ReplicationSketch.self, 3, seeds: 0..<20) == [])
  }

  @Test func `a server that votes twice`() throws {
    let broken = try found(by: WrongServer<VotesTwice>.self, 5)
    #expect(Set(broken.map(\.number)).isSuperset(of: [1, 7, 11]))
    #expect(broken.contains { $0.sentence.contains(" both lead term ") })
    #expect(broken.contains { $0.sentence.contains(" voted twice in term ") })
    #expect(broken.contains { $0.sentence.contains(", and had voted for ") })
  }

  @Test func `a server that grants a vote and does not note it`() throws {
    let broken = try found(by: WrongServer<ForgetsToNoteItsVote>.self, 5)
    #expect(Set(broken.map(\.number)).isSuperset(of: [7, 10]))
    #expect(broken.contains { $0.sentence.contains("its disk did not know") })
  }

  @Test func `a server that leads with half of the votes`() throws {
    let broken = try found(by: WrongServer<LeadsByHalf>.self, 4)
    #expect(
      broken.contains {
        $0.number == 1 && $0.sentence.contains("with the votes of 2 of 4 servers: 3 are a majority")
      })
  }

  @Test func `half of an odd number is a majority, so nothing is wrong there`() throws {
    #expect(try found(by: WrongServer<LeadsByHalf>.self, 5) == [])
  }

  @Test func `a server whose term falls`() throws {
    let broken = try found(by: WrongServer<FallsBack>.self, 3)
    #expect(broken.contains { $0.number == 6 && $0.sentence.contains(" back to term ") })
  }

  @Test func `a server that forgets its term at a restart`() throws {
    let broken = try found(by: WrongServer<IgnoresTheDisk>.self, 3)
    #expect(Set(broken.map(\.number)).isSuperset(of: [6, 7]))
  }

  @Test func `a candidate that sends heartbeats`() throws {
    let broken = try found(by: WrongServer<BeatsWhileStanding>.self, 3)
    #expect(broken.contains { $0.number == 12 && $0.sentence.contains("which it did not lead") })
  }

  @Test func `a message of a term that its sender has not reached`() throws {
    let broken = try found(by: WrongServer<SpeaksOfALaterTerm>.self, 3)
    #expect(broken.contains { $0.number == 12 && $0.sentence.contains("and was in term") })
  }

  @Test func `a request in another's name`() throws {
    let asking = try found(by: WrongServer<AsksForAnother>.self, 3)
    #expect(asking.contains { $0.number == 12 && $0.sentence.contains("in the name of") })
    let leading = try found(by: WrongServer<LeadsForAnother>.self, 3)
    #expect(leading.contains { $0.number == 12 && $0.sentence.contains("in the name of") })
  }

  @Test func `a message that changes something each time it comes`() throws {
    let broken = try found(by: WrongServer<StandsAtEveryRequest>.self, 3)
    #expect(broken.contains { $0.number == 13 })
  }

  @Test func `a vote granted in a term long over`() throws {
    let broken = try found(by: WrongServer<GrantsEarlierTerms>.self, 3)
    #expect(broken.contains { $0.number == 11 && $0.sentence.contains("was in term") })
  }

  @Test func `a promise is lost when the host does not save it`() throws {
    let broken = try found(by: ElectionsSketch.self, 3, saving: false)
    #expect(Set(broken.map(\.number)).isSuperset(of: [6, 7, 10]))
    #expect(broken.contains { $0.number == 7 && $0.sentence.contains(" voted twice in term ") })
    #expect(broken.contains { $0.number == 10 && $0.sentence.contains("its disk knew term 0") })
  }

  @Test func `a run ends at the first finding, at its time`() throws {
    var options = ClusterOptions()
    options.savesPromises = false
    let outcome = try ClusterRun(
      sketches(3), seed: 1, duration: .seconds(60), options: options
    ).outcome()
    #expect(outcome.broken.first?.time == outcome.time)
    #expect(outcome.time < .seconds(1))
  }
}
