import Raft
import Testing

@Suite struct QuorumTests {
  @Test(arguments: zip(1...7, [1, 2, 2, 3, 3, 4, 4]))
  func `a majority is more than half`(_ servers: Int, _ size: Int) {
    let quorum = Quorum(of: servers)
    #expect(quorum.size == size)
    #expect(quorum.isReached(by: size))
    #expect(!quorum.isReached(by: size - 1))
  }

  @Test func `half of four is no majority`() {
    #expect(!Quorum(of: 4).isReached(by: [1, 2]))
    #expect(Quorum(of: 4).isReached(by: [1, 2, 4]))
  }

  @Test(arguments: 1...7)
  func `any two majorities share a server`(_ servers: Int) {
    #expect(2 * Quorum(of: servers).size > servers)
  }

  @Test func `it reads as a person would say it`() {
    #expect("\(Quorum(of: 5))" == "3 of 5")
  }
}
