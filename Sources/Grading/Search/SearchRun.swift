internal import Contracts
internal import Simulator
internal import Traces

/// A search from one start, to judge or to show.
struct SearchRun<Promise: ClusterPromise, Server: RaftServer>: Sendable {
  let chapter: Int
  let start: SearchStart
  let rules: SearchRules<Server>

  func result(
    situations: Int, depth: Int = .max, while mayGoOn: @escaping @Sendable () -> Bool = { true }
  ) throws -> ClusterSearch<Server>.Result {
    let search = ClusterSearch<Server>(
      servers: start.servers, from: start.disks, rules: rules,
      bounds: .init(
        timeouts: start.timeouts, commands: start.commands, restarts: start.restarts,
        depth: depth, situations: situations))
    let simulation = Simulation(schedule: .inOrder, limits: Limits(steps: .max, watchdog: 1))
    let result = try simulation.run { _ in await search.run(while: mayGoOn) }
    if let leak = simulation.leaks.first { throw LeakFound(leak: leak) }
    return result
  }

  /// What is wrong, told: the shortest way there is.
  func finding(_ breach: ClusterSearch<Server>.Breach) -> Finding {
    let promise = Promise.broken(by: breach.broken)
    var trace = trace(of: breach)
    trace.fail(promise.rule.id, breach.broken.sentence, at: breach.broken.time)
    var finding = Finding(
      promise.rule, breach.broken.sentence,
      facts: [Fact("found by", "search, \(start.name): in \(breach.steps) steps, and not in fewer")]
    )
    finding.diagram = Diagram(trace).end(10)
    finding.recording = trace
    finding.replay = command
    return finding
  }

  private var command: String { "swift run workbook search \(chapter)" }

  /// Every step of the way, as a diagram.
  func diagram(of breach: ClusterSearch<Server>.Breach, width: Int) -> [String] {
    Diagram(trace(of: breach)).lines(width: width) + ["", Diagram.legend]
  }

  private func trace(of breach: ClusterSearch<Server>.Breach) -> Trace {
    Trace(
      breach.events,
      header: Trace.Header(
        chapter: chapter, servers: start.servers, seed: nil, scenario: start.name,
        command: command))
  }
}

extension Check {
  /// A slice of a search: the same every time, so bounded by situations and not by time.
  static func searched<Promise: ClusterPromise, Server: RaftServer>(
    _: Promise.Type, on _: Server.Type, _ starts: [SearchStart], chapter: Int,
    rules: SearchRules<Server>, situations: Int
  ) -> Check {
    let rule = Promise.safe.rule
    return Check(
      rule.id, rule.sentence, section: rule.section, calling: "The cluster (searched)"
    ) { _ in
      for start in starts {
        let run = SearchRun<Promise, Server>(chapter: chapter, start: start, rules: rules)
        let result = try run.result(situations: situations)
        if let breach = result.breach { throw run.finding(breach) }
      }
    }
  }
}
