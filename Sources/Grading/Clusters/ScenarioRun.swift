internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization
internal import Traces

/// A scenario with its cast: the same every time, told or not.
struct ScenarioRun<Scenario: ClusterScenario>: Sendable {
  struct Result: Sendable {
    let outcome: ClusterOutcome
    let end: ClusterEnd<Scenario.Promise>
  }

  /// The end of the diagram that a verdict shows: what led to the breach, and no page of it.
  private static var rowsShown: Int { 10 }

  let scenario: Scenario
  let members: [ClusterMember]
  var seed: UInt64
  /// Which faults happen of those that chance brings; nil for all that it brings with this seed.
  var kept: KeptFaults?
  /// Which messages are lost that would have arrived.
  var lost: LostMessages
  /// What somebody does by hand besides.
  var byHand: HandMadeFaults?

  init(
    _ scenario: Scenario, members: [ClusterMember], seed: UInt64, keeping kept: KeptFaults? = nil,
    losing lost: LostMessages? = nil, byHand: HandMadeFaults? = nil
  ) {
    self.scenario = scenario
    self.members = members
    self.seed = seed
    self.kept = kept
    self.lost = lost ?? LostMessages()
    self.byHand = byHand
  }

  /// How many servers, and what goes wrong.
  var cast: String {
    var text = members.count == 1 ? "1 server" : "\(members.count) servers"
    text += ", faults: \(scenario.rawValue)"
    if let kept { text += ", \(kept.numbers.isEmpty ? "none" : "\(kept.numbers.count)") of them" }
    if lost.numbers.count == 1 { text += ", 1 message lost" }
    if lost.numbers.count > 1 { text += ", \(lost.numbers.count) messages lost" }
    return text
  }

  /// The command that shows this run.
  var command: String {
    "swift run workbook simulate \(Scenario.chapter) --servers \(members.count) --seed \(seed)"
      + (scenario == .none ? "" : " --faults \(scenario.rawValue)")
      + (kept.map { " --keep \($0)" } ?? "")
      + (lost.numbers.isEmpty ? "" : " --lose \(lost)")
      + (byHand.map { " --by-hand '\($0)'" } ?? "")
  }

  /// The faults that chance brings, as far as they are kept.
  var plan: FaultPlan {
    let plan = scenario.plan(servers: members.count, seed: kept?.seed ?? seed)
    return kept?.of(plan) ?? plan
  }

  func play(tracing: Bool) throws -> Result {
    let setting = scenario.setting(servers: members.count, seed: seed)
    var options = setting.options
    if tracing { options.trace = .all }
    options.lostMessages = lost.numbers
    let limits = Limits(steps: 5_000_000, trapsWhenEndless: true, watchdog: 1)
    let run = ClusterRun(
      members, seed: seed, plan: byHand?.plan ?? .none, duration: .zero, options: options,
      limits: limits, disks: setting.disks)
    let found = Mutex(ClusterEnd<Scenario.Promise>())
    let outcome = try run.outcome { [scenario, seed, plan, byHand] cluster in
      var end = await scenario.play(on: cluster, seed: seed, plan: plan)
      if let byHand {
        // What the scenario promises, it promises of the faults that it brings itself.
        end.problem = nil
        await cluster.run(for: max(.zero, byHand.plan.end + HandMadeFaults.aftermath - cluster.now))
      }
      found.withLock { $0 = end }
    }
    return Result(outcome: outcome, end: found.withLock { $0 })
  }

  /// Plays, and throws what is wrong, if something is.
  ///
  /// - Parameter seat: whose server it is that is judged, among others of the reference; nil where
  ///   all are the learner's. Among others it cannot be played again by a command.
  func judge(among seat: ServerID? = nil) throws {
    let result = try play(tracing: false)
    if let leak = result.outcome.leaks.first { throw LeakFound(leak: leak) }
    guard let problem = result.problem else { return }
    throw ClusterFinding(finding: try finding(problem, among: seat)) {
      var shrinking = Shrinking(of: self, breaking: problem.promise)
      let smaller = shrinking.smallest()
      guard let problem = try smaller.play(tracing: false).problem else { return nil }
      return try smaller.finding(problem, among: seat)
    }
  }

  /// What is wrong in this run, with its story.
  private func finding(
    _ problem: ClusterProblem<Scenario.Promise>, among seat: ServerID?
  ) throws -> Finding {
    var finding = Finding(
      problem.promise.rule, problem.happened, facts: [Fact("cluster", cast)] + problem.facts)
    // The same run once more, this time told: it is the same to the last event.
    let trace = trace(of: try play(tracing: true), seat: seat)
    finding.diagram = Diagram(trace).end(Self.rowsShown)
    finding.recording = trace
    if let seat {
      finding.facts.append(Fact("yours is", "\(seat), the others are the reference's"))
    } else {
      finding.replay = command
    }
    return finding
  }
}

extension ScenarioRun.Result {
  /// Whether what is wrong must not be, whatever is lost: progress may fail where messages do.
  var isUnsafe: Bool { !outcome.misuses.isEmpty || !outcome.broken.isEmpty }

  /// What is wrong, if anything: misuse and broken invariants first, since they end a run.
  var problem: ClusterProblem<Scenario.Promise>? {
    if let misuse = outcome.misuses.first {
      return ClusterProblem(promise: .manners, happened: misuse.sentence)
    }
    if let broken = outcome.broken.first {
      return ClusterProblem(promise: .broken(by: broken), happened: broken.sentence)
    }
    return end.problem
  }
}

// MARK: - As a story

extension ScenarioRun {
  /// Plays the scenario to show it.
  func told() throws -> ToldRun {
    let result = try play(tracing: true)
    return ToldRun(
      title: "\(cast), seed \(seed)", trace: trace(of: result), outcome: result.outcome,
      remarks: result.end.remarks, problem: result.end.problem?.happened)
  }

  /// A run that was played tracing; what is wrong with it stands at its end.
  private func trace(of result: Result, seat: ServerID? = nil) -> Trace {
    var trace = Trace(
      result.outcome.events,
      header: Trace.Header(
        chapter: Scenario.chapter, servers: members.count, seed: seed,
        scenario: scenario.rawValue, command: seat == nil ? command : nil, seat: seat))
    if let problem = result.problem {
      trace.fail(problem.promise.rule.id, problem.happened, at: result.outcome.time)
    }
    return trace
  }
}
