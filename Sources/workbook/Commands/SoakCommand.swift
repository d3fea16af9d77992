internal import Foundation
internal import Grading
internal import Simulator

extension Command {
  static let soak = Command(
    name: "soak", summary: "Clients at work while servers are killed: are the answers true?",
    usage: [
      "[--seconds N] [--seed S] [--servers N] [--solution] [--history FILE] [--trace FILE] "
        + "[--html FILE]"
    ],
    options: [
      .init("--seconds", "N", "how long: 1 to 3600, and 30 if you do not say"),
      .init("--seed", "S", "what is done to whom and when, drawn from this seed"),
      .init("--servers", "N", "how many servers there are: 3 to 9, and 5 if you do not say"),
      .init("--solution", nil, "the reference instead of your file"),
      .init("--history", "FILE", "write what clients asked and were told, one JSON object a line"),
    ] + FleetRecord.options,
    examples: [
      .init("soak --seconds 60 --seed 7", "a minute of seed 7, on five servers of your chapter 4")
    ],
    exits: [
      .init("0", "every answer can be true, and nothing acknowledged is lost"),
      .init("1", "that is not so, or is not decided; or something stood in the way"),
      .init("2", "the command line could not be understood"), .init("130", "stopped with Ctrl-C"),
    ],
    notes: [
      "The seed decides what is done. What processes and networks make of it differs from run to "
        + "run: a run that found something is told in full, and need not find it twice. "
        + "`simulate` does repeat itself.",
      "Times in the history are nanoseconds of a clock that only goes forward. Of an operation "
        + "whose outcome is \"unknown\" nobody knows whether it happened.",
    ],
    most: 0
  ) { arguments, surroundings in
    let start = try FleetStart(arguments, chapters: 4...4, leastServers: 3, for: "soak")
    let seconds = try arguments.number("--seconds", in: 1...3600) ?? 30
    let seed = try arguments.seed() ?? UInt64.random(in: 1...9_999)
    let screen = surroundings.screen
    let record = try FleetRecord(arguments, in: surroundings)
    let fleet = try await start.fleet("soak", in: surroundings, isTraced: record.isWanted)
    let plan = SoakPlan(seed: seed, servers: start.servers, time: .seconds(seconds))
    let clients = SoakClients(ports: fleet.clientPorts, seed: seed)
    let soak = Soak(fleet: fleet, plan: plan, clients: clients, screen: screen)
    screen.tell(
      "Seed \(seed): \(SoakClients.count) clients, \(start.servers) servers, "
        + "\(plan.rounds.count) rounds of trouble.", indent: 0)
    do {
      try await record.run(fleet, seed: seed) {
        let run = await Result(catching: soak.run)
        if let file = arguments.values["--history"] {
          try HistoryLine.write(clients.history, to: file)
        }
        try run.get()
        try soak.judge()
      }
      let (ok, failed, unknown) = clients.history.counts
      screen.tell(
        "\(ok) operations were answered, \(failed) refused, and of \(unknown) nobody knows. The "
          + "answers are linearizable, and no acknowledged write is lost.", indent: 0)
      return 0
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      screen.say(fleet.ending(error, style: screen.style))
      return 1
    }
  }
}

extension Result where Failure == any Error {
  /// What an asynchronous body gives or throws.
  fileprivate init(catching body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
