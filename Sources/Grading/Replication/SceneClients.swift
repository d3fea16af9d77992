internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization

/// Clients of S1, each a task of its own that submits one command and notes what it is told.
final class SceneClients<State: ReplicationChapter>: Sendable {
  private struct Book {
    var told: [Command: [Contracts.Outcome]] = [:]
    var tasks: [Command: Task<Void, Never>] = [:]
  }

  private let scene: Scene<State>
  private let book = Mutex(Book())

  init(_ scene: Scene<State>) { self.scene = scene }

  /// Submits a command, for a client of its own: others may submit the same.
  func submit(_ command: Command) {
    scene.simulation.record("client", "submits \(brief(command.text))")
    let task = Task {
      let outcome = await scene.server.submit(command)
      scene.simulation.record("client", "\(brief(command.text)): \(outcome.told)")
      book.withLock { $0.told[command, default: []].append(outcome) }
    }
    book.withLock { $0.tasks[command] = task }
  }

  func submit(_ operation: KeyValue.Operation) { submit(operation.command) }

  /// The client goes away, the last one of those that submitted the command.
  func cancel(_ command: Command) {
    scene.simulation.record("client", "goes away, with \(brief(command.text))")
    book.withLock { $0.tasks[command] }?.cancel()
  }

  /// What the clients of a command were told, in the order in which they were.
  func outcomes(of command: Command) -> [Contracts.Outcome] {
    book.withLock { $0.told[command, default: []] }
  }

  /// What the client was told, the first one of those that submitted the command; nil while all
  /// of them wait.
  subscript(command: Command) -> Contracts.Outcome? { outcomes(of: command).first }

  subscript(operation: KeyValue.Operation) -> Contracts.Outcome? { self[operation.command] }

  func isTold(_ command: Command) -> String { self[command]?.told ?? "nothing yet" }
}

extension Scene where State: ReplicationChapter {
  /// What the store answers at each index of S1's log, as far as it is applied.
  func answers<Store: StateMachine>(_: Store.Type) async -> [Command: KeyValue.Answer] {
    let report = await server.report
    var store = Store()
    var answers: [Command: KeyValue.Answer] = [:]
    for entry in report.persistent.log.entries.prefix(report.lastApplied.number) {
      answers[entry.command] = store.apply(entry.command)
    }
    return answers
  }

  /// Another leader's log takes the place of S1's from `index` on, and all of it is committed.
  func overrun(from index: LogIndex, by leader: ServerID = 3, term: Term = 5) async {
    let log = await log
    let count = max(1, log.lastIndex.number - index.number + 1)
    let entries = (1...count).map { LogEntry(term: term, command: Command("z\($0)")) }
    await hear(
      AppendEntries(
        term: term, leaderID: leader, prevLogIndex: index.previous,
        prevLogTerm: log.term(at: index.previous) ?? 0, entries: entries,
        leaderCommit: LogIndex(index.number + count - 1)))
  }

  /// Lets a few milliseconds pass: whoever is to be told has been told then.
  func settle() async { await wait(until: simulation.now + .milliseconds(5)) }
}
