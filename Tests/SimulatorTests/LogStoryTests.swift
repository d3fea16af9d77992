import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// What happened to commands and logs, told in short lines and drawn as a table.
@Suite struct LogStoryTests {
  private func outcome(
    _ count: Int, seed: UInt64, _ body: @escaping @Sendable (Cluster) async throws -> Void
  ) throws -> ClusterOutcome {
    var options = ClusterOptions()
    options.trace = .all
    return try ClusterRun(replicas(count), seed: seed, duration: .zero, options: options)
      .outcome(body)
  }

  @Test func `commands, from their leader to every log`() throws {
    let outcome = try outcome(3, seed: 7) { cluster in
      await cluster.run(for: .milliseconds(205))
      await cluster.propose("put x 1", at: 3)
      await cluster.propose("put x 2", at: 1)
      await cluster.run(for: .milliseconds(120))
      _ = await cluster.submit("put x 3", at: 1)
      for number in 3...5 { await cluster.propose(Command("put x \(number)"), at: 3) }
      await cluster.run(for: .milliseconds(1))
      cluster.apply(.crash(3))
      await cluster.run(for: .milliseconds(400))
      cluster.apply(.restart(3))
      for id in [ServerID(1), 2] where cluster.situation(of: id)?.role == .leader {
        _ = await cluster.submit("put x 6", at: id)
      }
      await cluster.run(for: .milliseconds(300))
    }
    #expect(
      ClusterStory.lines(outcome.events).dropFirst(4) == [
        " 0.205 s  S3 takes “put x 1” as index 1",
        " 0.205 s  S1 refuses “put x 2”: S3 leads",
        " 0.227 s  S2 appends index 1 from S3",
        " 0.227 s  S1 appends index 1 from S3",
        " 0.234 s  S3 commits index 1",
        " 0.278 s  S2 commits index 1",
        " 0.281 s  S1 commits index 1",
        " 0.325 s  S1 refuses “put x 3”: S3 leads",
        " 0.325 s  S3 takes 3 commands, from index 2 on",
        " 0.326 s  S3 crashes",
        " 0.486 s  S2 stands in term 2",
        " 0.493 s  S1 votes for S2 in term 2",
        " 0.502 s  S2 leads term 2 with S1, S2",
        " 0.726 s  S3 starts again, remembering term 1 and its vote for S3, and a log that ends at 4",
        " 0.726 s  S2 is handed “put x 6”",
        " 0.726 s  S2 appends index 2 as leader of term 2",
        " 0.755 s  S1 appends index 2 from S2",
        " 0.758 s  S2 commits index 2",
        " 0.758 s  S2 answers “put x 6”: done",
        " 0.762 s  S3 drops indices 2 to 4, unlike S2's log, appends index 2 from S2, and commits "
          + "index 1",
        " 0.805 s  S3 commits index 2",
        " 0.812 s  S1 commits index 2",
      ])
    #expect(
      outcome.logs.lines() == [
        "index               1  2",
        "S1 term 2           1  2│",
        "S2 leads term 2     1  2│",
        "S3 term 2           1  2│",
      ])
  }

  @Test func `the ends of long logs, and of those that lag`() {
    func log(_ count: Int, _ term: (Int) -> Int) -> Log {
      Log((1...count).map { LogEntry(term: Term(term($0)), command: Command("\($0)")) })
    }
    let table = LogTable([
      .init(1, role: .leader, term: 12, log: log(500) { $0 / 50 + 2 }, commitIndex: 498),
      .init(2, role: .follower, term: 12, log: log(498) { $0 / 50 + 2 }, commitIndex: 497),
      .init(3, role: .candidate, term: 13, log: log(30) { _ in 2 }, commitIndex: 3),
      .init(4, role: nil, term: 3, log: Log()),
    ])
    #expect(
      table.lines(width: 60) == [
        "index                 …  494  495  496  497  498  499  500",
        "S1 leads term 12      …   11   11   11   11   11│  11   12",
        "S2 term 12            …   11   11   11   11│  11",
        "S3 stands in term 13  …   ends at 30",
        "S4 down               …   empty",
      ])
    let empty = LogTable([.init(1, role: .leader, term: 3, log: Log())])
    #expect(empty.lines() == ["S1 leads term 3  no entries"])
  }
}
