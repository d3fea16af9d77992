import Contracts
import Raft

/// One server: a thin shell around `Machine` (in Elections.swift, whose place it takes), which
/// decides everything and touches nothing.
///
/// A rule hands an event to the machine and performs the effects that come out, in order and
/// before anybody else gets in. Requests leave through one pump for each peer, which lives as long
/// as this server leads, and through a task for each question of an election.
public actor State: ReplicationChapter {
  private var machine: Machine
  private let network: any Network
  private let electionTimer: any RestartableTimer
  private let heartbeatTimer: any RestartableTimer

  public private(set) var store = KeyValueStore()
  public nonisolated let commits: AsyncStream<Commit>
  private let outlet: AsyncStream<Commit>.Continuation

  private var clients: [Receipt: CheckedContinuation<Outcome, Never>] = [:]
  private var questions: [Task<Void, Never>] = []
  private var pumps: [ServerID: Pump] = [:]

  /// Which entry a client waits for: there is never another one with this index and this term.
  private struct Receipt: Hashable {
    let index: LogIndex
    let term: Term
  }

  /// The way to one peer while this server leads.
  private struct Pump {
    let mailbox: AsyncStream<AppendEntries>.Continuation
    let task: Task<Void, Never>
  }

  public init(
    id: ServerID, peers: [ServerID], network: any Network,
    electionTimer: any RestartableTimer, heartbeatTimer: any RestartableTimer,
    restoring saved: PersistentState
  ) {
    machine = Machine(id: id, peers: peers, restoring: saved)
    self.network = network
    self.electionTimer = electionTimer
    self.heartbeatTimer = heartbeatTimer
    (commits, outlet) = AsyncStream.makeStream()
  }

  public var report: ReplicationReport { machine.report }

  // MARK: - Rules: an event goes in, effects come out

  public func observe(_ term: Term) { perform(machine.observe(term)) }

  public func isUpToDate(_ request: RequestVote) -> Bool { machine.isUpToDate(request) }

  public func receive(_ request: RequestVote) -> RequestVote.Reply {
    let (reply, effects) = machine.receive(request)
    perform(effects)
    return reply
  }

  public func receive(_ request: AppendEntries) -> AppendEntries.Reply {
    let (reply, effects) = machine.receive(request)
    perform(effects)
    return reply
  }

  public func becomeCandidate() -> RequestVote {
    let (request, effects) = machine.becomeCandidate()
    perform(effects)
    return request
  }

  public func receive(_ reply: RequestVote.Reply, from peer: ServerID, to request: RequestVote) {
    perform(machine.receive(reply, from: peer, to: request))
  }

  public func receive(
    _ reply: AppendEntries.Reply, from peer: ServerID, to request: AppendEntries
  ) {
    perform(machine.receive(reply, from: peer, to: request))
  }

  public func propose(_ command: Command) -> Proposal {
    let (proposal, effects) = machine.propose(command)
    perform(effects)
    return proposal
  }

  public func entries(for peer: ServerID) -> AppendEntries { machine.entries(for: peer) }

  public func advanceCommitIndex() { perform(machine.advanceCommitIndex()) }

  // MARK: - Conversations

  public func electionTimeoutElapsed() async {
    guard !machine.leads else { return }
    let request = becomeCandidate()
    // A server alone has won by now, and has nobody to ask.
    for peer in machine.peers {
      questions.append(
        Task {
          guard let reply = try? await network.send(request, to: peer) else { return }
          receive(reply, from: peer, to: request)
        })
    }
  }

  public func heartbeatIntervalElapsed() async { perform(machine.heartbeatIntervalElapsed()) }

  public func submit(_ command: Command) async -> Outcome {
    let (proposal, effects) = machine.propose(command)
    switch proposal {
    case .refused(let leader): return .refused(leader: leader)
    case .accepted(let index, let term):
      // The effects may apply the entry, so its client has to be there before they do.
      return await withCheckedContinuation { client in
        clients[Receipt(index: index, term: term)] = client
        perform(effects)
      }
    }
  }

  // MARK: - Effects

  private func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .restartElectionTimer: electionTimer.restart()
      case .stopElectionTimer: electionTimer.stop()
      case .restartHeartbeatTimer: heartbeatTimer.restart()
      case .fireHeartbeatTimer: heartbeatTimer.fire()
      case .endElection:
        for question in questions { question.cancel() }
        questions = []
      case .beginLeading: for peer in machine.peers { pumps[peer] = pump(to: peer) }
      case .endLeading: endLeading()
      case .send(let request, let peer): pumps[peer]?.mailbox.yield(request)
      case .apply(let commit):
        outlet.yield(commit)
        let answer = store.apply(commit.command)
        clients.removeValue(forKey: Receipt(index: commit.index, term: commit.term))?
          .resume(returning: .applied(answer))
      }
    }
  }

  private func endLeading() {
    for pump in pumps.values {
      pump.mailbox.finish()
      pump.task.cancel()
    }
    pumps = [:]
    let left = clients.values
    clients = [:]
    for client in left { client.resume(returning: .unknown) }
  }

  /// Sends what is put into its mailbox, and waits for no reply before it sends the next.
  private func pump(to peer: ServerID) -> Pump {
    let (mail, mailbox) = AsyncStream<AppendEntries>.makeStream()
    let task = Task {
      await withDiscardingTaskGroup { group in
        for await request in mail {
          group.addTask {
            guard let reply = try? await self.network.send(request, to: peer) else { return }
            await self.receive(reply, from: peer, to: request)
          }
        }
      }
    }
    return Pump(mailbox: mailbox, task: task)
  }
}

/// What the machine wants done, in this order, before the next event.
enum Effect: Equatable {
  case restartElectionTimer, stopElectionTimer, restartHeartbeatTimer, fireHeartbeatTimer
  /// The questions of this election need no answer any more.
  case endElection
  case beginLeading, endLeading
  case send(AppendEntries, to: ServerID)
  case apply(Commit)
}

// MARK: - The log, by runs of one term

/// A log as a list of runs: terms never fall along a log, so each has one stretch of it.
struct Runs {
  private struct Run {
    let term: Term
    let first: LogIndex
    var commands: [Command]
    var last: LogIndex { LogIndex(first.number + commands.count - 1) }
  }

  private var runs: [Run] = []
  /// The same as the host saves it: kept along, since a report may cost nothing.
  private(set) var saved = Log()

  init(_ log: Log) {
    for entry in log.entries { note(entry) }
    saved = log
  }

  var lastIndex: LogIndex { runs.last?.last ?? 0 }
  var lastTerm: Term { runs.last?.term ?? 0 }

  mutating func append(_ entry: LogEntry) {
    note(entry)
    saved.append(entry)
  }

  private mutating func note(_ entry: LogEntry) {
    if lastTerm == entry.term, !runs.isEmpty {
      runs[runs.count - 1].commands.append(entry.command)
    } else {
      runs.append(Run(term: entry.term, first: lastIndex.next, commands: [entry.command]))
    }
  }

  mutating func truncate(after index: LogIndex) {
    while let run = runs.last, run.last > index {
      if run.first > index {
        runs.removeLast()
      } else {
        runs[runs.count - 1].commands.removeLast(run.last.number - index.number)
      }
    }
    saved.truncate(after: index)
  }

  /// Which run holds `index`, found by halves.
  private func place(of index: LogIndex) -> Int? {
    guard index >= 1, index <= lastIndex else { return nil }
    var (low, high) = (0, runs.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if runs[middle].first <= index { low = middle } else { high = middle - 1 }
    }
    return low
  }

  func term(at index: LogIndex) -> Term? {
    index == 0 ? 0 : place(of: index).map { runs[$0].term }
  }

  func firstIndex(of term: Term) -> LogIndex? { runs.last { $0.term == term }?.first }

  func entries(from start: LogIndex, through end: LogIndex) -> [LogEntry] {
    guard start <= end, var place = place(of: start) else { return [] }
    var found: [LogEntry] = []
    while place < runs.count, runs[place].first <= end {
      let run = runs[place]
      let low = max(start.number - run.first.number, 0)
      let high = min(end.number - run.first.number + 1, run.commands.count)
      found += run.commands[low..<high].map { LogEntry(term: run.term, command: $0) }
      place += 1
    }
    return found
  }

  /// What goes into one message: 64 of them at the most.
  func entries(from start: LogIndex) -> [LogEntry] {
    entries(from: start, through: min(LogIndex(start.number + 63), lastIndex))
  }

  /// What a follower says that has not the leader's entry at `index` (end of §5.3).
  func hint(at index: LogIndex) -> AppendEntries.Conflict {
    guard let place = place(of: index) else {
      return AppendEntries.Conflict(term: nil, firstIndex: lastIndex.next)
    }
    return AppendEntries.Conflict(term: runs[place].term, firstIndex: runs[place].first)
  }

  /// Where a leader goes on that was refused at `index`: behind its own last entry of the hint's
  /// term, or where the follower's stretch of that term begins.
  func parting(from hint: AppendEntries.Conflict?, before index: LogIndex) -> LogIndex {
    guard let hint else { return max(1, index) }
    let shared = runs.last { $0.term == hint.term && $0.first < index }
    let place = shared.map { $0.last.next } ?? hint.firstIndex
    return max(1, min(place, index))
  }
}
