import Contracts
import Raft
import Simulator
import Sketches
import Testing

/// What happened in a run, told in short lines.
@Suite struct ClusterStoryTests {
  private func story(
    _ count: Int, seed: UInt64, _ script: [(Duration, Fault)], _ duration: Duration
  ) throws
    -> [String]
  {
    var options = ClusterOptions()
    options.trace = .all
    let outcome = try ClusterRun(
      sketches(count), seed: seed, plan: FaultPlan(script), duration: duration, options: options
    ).outcome()
    return ClusterStory.lines(outcome.events)
  }

  @Test func `an election, a crash, and the election after it`() throws {
    let lines = try story(
      3, seed: 7, [(.seconds(1), .crash(3)), (.seconds(2), .restart(3))], .seconds(3))
    #expect(
      lines == [
        " 0.164 s  S3 stands in term 1",
        " 0.171 s  S2 votes for S3 in term 1",
        " 0.172 s  S1 votes for S3 in term 1",
        " 0.175 s  S3 leads term 1 with S1, S3",
        " 1.000 s  S3 crashes",
        " 1.195 s  S2 stands in term 2",
        " 1.197 s  S1 votes for S2 in term 2",
        " 1.200 s  S2 leads term 2 with S1, S2",
        " 2.000 s  S3 starts again, remembering term 1 and its vote for S3",
      ])
  }

  @Test func `cuts of one moment are one line`() throws {
    let lines = try story(
      3, seed: 7,
      [
        (.milliseconds(10), .isolate(1)), (.milliseconds(20), .heal),
        (.milliseconds(30), .cut(from: 2, to: 3)), (.milliseconds(35), .partition([[1, 2]])),
        (.milliseconds(40), .pause(1)),
        (.milliseconds(50), .resume(1)), (.milliseconds(60), .conditions(.rough)),
      ], .milliseconds(70))
    #expect(
      lines == [
        " 0.010 s  cut: S1 ↔ S2, S1 ↔ S3",
        " 0.020 s  every way is open",
        " 0.030 s  cut: S2 → S3",
        " 0.035 s  cut: S1 ↔ S3, S2 ↔ S3",
        " 0.040 s  S1 stands still",
        " 0.050 s  S1 goes on",
        " 0.060 s  the network is rough: of 100 messages 8 are lost, 8 arrive twice, 8 are slow",
      ])
  }

  @Test func `a long sentence goes on below its beginning`() {
    let misuse = Misuse(server: 3, kind: .flood(count: 2_000), time: .milliseconds(1_204))
    let event = ClusterEvent(time: .milliseconds(1_204), kind: .misuse(misuse))
    #expect(
      ClusterStory.lines([event], width: 40) == [
        " 1.204 s  S3 sent more than 2000", "          messages within a second, and",
        "          was stopped.",
      ])
  }
}
