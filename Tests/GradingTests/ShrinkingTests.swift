import Contracts
import Raft
import Simulator
import Sketches
import Testing

@testable import Grading

/// A failing run is told in as few faults and messages as can be found.
@Suite struct ShrinkingTests {
  private var run: ScenarioRun<Fragile> {
    let members = Array(repeating: ClusterMember.server(ElectionsSketch.self), count: 3)
    return ScenarioRun(Fragile.random, members: members, seed: 9)
  }

  private func smallest() -> ScenarioRun<Fragile> {
    var shrinking = Shrinking(of: run, breaking: .returns)
    return shrinking.smallest()
  }

  @Test func `faults that have no part in it are left out`() throws {
    let smallest = smallest()
    #expect(smallest.kept?.numbers == [4])
    // It is about progress, and that may fail where messages are lost.
    #expect(smallest.lost.numbers.isEmpty)
    #expect(try run.play(tracing: false).problem?.promise == .returns)
    #expect(try smallest.play(tracing: false).problem?.promise == .returns)
    #expect(smallest.cast == "3 servers, faults: random, 1 of them")
    #expect(smallest.command.hasSuffix(" --keep \(smallest.kept?.seed ?? 0):4"))
  }

  @Test func `the search comes to the same every time`() {
    let (one, other) = (smallest(), smallest())
    #expect(one.seed == other.seed && one.kept == other.kept)
  }

  /// Servers that count votes of every election, in elections upon elections.
  private var unsafe: ScenarioRun<ElectionScenario> {
    let members = Array(repeating: ClusterMember.server(Subject<CountsOldVotes>.self), count: 4)
    return ScenarioRun(.manyElections, members: members, seed: 2)
  }

  @Test func `messages are lost where that leaves less to read`() throws {
    var shrinking = Shrinking(of: unsafe, breaking: .waits)
    let smallest = shrinking.smallest()
    var unlost = smallest
    unlost.lost = LostMessages()
    let (less, more) = (try smallest.play(tracing: true), try unlost.play(tracing: true))
    #expect(less.problem?.promise == .waits && more.problem?.promise == .waits)
    let lost = smallest.lost.numbers.count
    #expect(lost > 0)
    #expect(less.outcome.liveness.messages + 5 * lost < more.outcome.liveness.messages)
    let dropped = less.outcome.events.compactMap { event -> Int? in
      if case .lost(let envelope, .dropped) = event.kind { envelope.number } else { nil }
    }
    #expect(Set(dropped) == smallest.lost.numbers)
    #expect(smallest.cast.hasSuffix(lost == 1 ? ", 1 message lost" : ", \(lost) messages lost"))
    #expect(smallest.command.hasSuffix(" --faults many-elections --lose \(smallest.lost)"))
  }

  @Test func `the same messages are lost every time`() {
    let runs = (1...2).map { _ in
      var shrinking = Shrinking(of: unsafe, breaking: .waits)
      return shrinking.smallest()
    }
    #expect(runs[0].seed == runs[1].seed && runs[0].lost == runs[1].lost)
  }

  @Test func `what is lost, as a command line has it`() {
    #expect(LostMessages("9")?.numbers == [9])
    #expect(LostMessages("14,9,12-13")?.description == "9,12-14")
    #expect(LostMessages("3,4")?.description == "3-4")
    for text in ["", "9,", ",9", "0", "-1", "9-", "9-8", "1-2-3", "a", "1 2", "1-100001"] {
      #expect(LostMessages(text) == nil, "\(text)")
    }
  }

  @Test func `a promise that is kept leaves the run as it is`() {
    var shrinking = Shrinking(of: run, breaking: .waits)
    let smallest = shrinking.smallest()
    #expect(smallest.seed == 9 && smallest.kept == nil)
  }

  @Test func `what is kept, as a command line has it`() {
    #expect(KeptFaults("7:2,5")?.description == "7:2,5")
    #expect(KeptFaults("7:5,2")?.description == "7:2,5")
    #expect(KeptFaults("7:none")?.description == "7:none")
    for text in ["", "7", "7:", ":2", "7:2,", "7:0", "7:-1", "7:a", "x:1", "7:1:2"] {
      #expect(KeptFaults(text) == nil, "\(text)")
    }
  }

  @Test func `the end of a plan is always kept`() {
    let plan = Fragile.random.plan(servers: 3, seed: 1)
    let kept = KeptFaults(seed: 1, []).of(plan)
    #expect(kept.entries == [FaultPlan.Entry(.seconds(2), .heal)])
    #expect(kept.end == plan.end)
  }
}

/// Something is wrong as soon as S2 is down.
private enum Fragile: String, ClusterScenario {
  typealias Promise = ElectionsPromise
  case random

  static let chapter = 3
  static let none = Fragile.random

  func plan(servers count: Int, seed: UInt64) -> FaultPlan {
    FaultPlan([
      (.milliseconds(100), .pause(1)), (.milliseconds(150), .conditions(.rough)),
      (.milliseconds(200), .resume(1)), (.milliseconds(300), .crash(2)),
      (.milliseconds(350), .crash(3)), (.milliseconds(900), .isolate(1)), (.seconds(2), .heal),
    ])
  }

  func play(
    on cluster: Cluster, seed: UInt64, plan: FaultPlan
  ) async -> ClusterEnd<ElectionsPromise> {
    cluster.schedule(plan)
    let isDown = await cluster.wait(atMost: .seconds(1)) { $0.situation(of: 2) == nil }
    return ClusterEnd(
      problem: isDown ? ClusterProblem(promise: .returns, happened: "S2 is down.") : nil)
  }
}
