import Contracts
import Raft
import Simulator
import Testing

private enum AsksItself: Mistaken { static let mistake = Mistake.asksItself }
private enum AsksAStranger: Mistaken { static let mistake = Mistake.asksAStranger }
private enum BeatsWithoutPause: Mistaken { static let mistake = Mistake.beatsWithoutPause }
private enum StandsWithoutPause: Mistaken { static let mistake = Mistake.standsWithoutPause }

/// What a server must not do to its host becomes a finding, and the run comes to its end.
@Suite struct ClusterMisuseTests {
  private func misuses(_ kind: (some RaftServer).Type, count: Int = 3) throws -> [Misuse] {
    try ClusterRun(
      Array(repeating: .server(kind), count: count), seed: 5, duration: .seconds(5)
    ).outcome().misuses
  }

  @Test func `a message to oneself`() throws {
    let found = try misuses(WrongServer<AsksItself>.self)
    #expect(found.first?.kind == .sentToItself)
    #expect(found.first?.sentence.hasSuffix("sent a message to itself.") == true)
  }

  @Test func `a message to a stranger`() throws {
    let found = try misuses(WrongServer<AsksAStranger>.self)
    #expect(found.first?.kind == .sentToStranger(9))
  }

  @Test func `a leader that sends without a pause is stopped`() throws {
    let found = try misuses(WrongServer<BeatsWithoutPause>.self)
    #expect(found.first?.kind == .flood(count: 2_000))
  }

  @Test(arguments: [1, 3])
  func `a server that stands without a pause is stopped`(_ count: Int) throws {
    let found = try misuses(WrongServer<StandsWithoutPause>.self, count: count)
    // Alone, it wins at once and stands no more.
    #expect(found.first?.kind == (count == 1 ? nil : .flood(count: 2_000)))
  }
}
