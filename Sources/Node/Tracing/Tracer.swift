internal import Contracts
internal import Raft
internal import Synchronization
internal import Traces

/// Tells what happens on a node, as the simulator tells it of its servers. From any thread.
final class Tracer: Sendable {
  private struct Memory {
    /// The server as it was seen last.
    var situation: Situation
    /// The number of the message that it was given last; nil for a timer or a command.
    var given: Int?
    /// What the disk holds.
    var saved: Trace.State
    var clients = 0
  }

  private let id: ServerID
  private let file: TraceFile
  private let memory: Mutex<Memory>
  /// Of the entries that are applied at once, the last ones are told: a server that starts again
  /// applies its whole log.
  private static let mostOfApplied = 1_000

  /// Begins to tell of a life, which begins with what was saved.
  init(_ file: TraceFile, of id: ServerID, restoring saved: PersistentState, takesCommands: Bool) {
    self.id = id
    self.file = file
    let none = ReplicationReport(
      persistent: saved, role: .follower, votes: [], leader: nil, commitIndex: 0, lastApplied: 0,
      nextIndex: [:], matchIndex: [:])
    let situation = Situation(
      persistent: saved, role: .follower, votes: [], replication: takesCommands ? none : nil)
    memory = Mutex(Memory(situation: situation, saved: Trace.State(saved)))
    tell(.started) { event in
      event.after = Trace.State(situation)
      event.log = Self.change(of: saved.log, since: Log())
    }
  }

  func tell(
    _ kind: Trace.Kind, peer: ServerID? = nil, number: Int? = nil,
    _ fill: (inout Trace.Event) -> Void = { _ in }
  ) {
    file.add { time in
      var event = Trace.Event(at: time, kind, id, peer: peer, number: number)
      fill(&event)
      return event
    }
  }

  private func give(_ number: Int?) { memory.withLock { $0.given = number } }

  // MARK: - What the server does

  /// A rule that the host has called for a message.
  struct Call {
    let request: PeerRequest
    let reply: PeerReply
    /// The message's.
    let number: Int
  }

  /// Tells what has changed since the server was seen last: by the call, if there was one, or else
  /// by its own conversations. In a visit to the server.
  func see(_ now: Situation, after call: Call? = nil) {
    let (before, given) = memory.withLock { memory in
      defer { memory.situation = now }
      return (memory.situation, memory.given)
    }
    let (old, new) = (Trace.State(before), Trace.State(now))
    let log = Self.change(of: now.persistent.log, since: before.persistent.log)
    guard call != nil || old != new || log != nil else { return }
    tell(call == nil ? .changed : .called, number: call?.number ?? given) { event in
      if let call {
        event.word = call.request.kind.rawValue
        event.peer = call.request.sender
        event.message = Trace.Message(call.reply)
      }
      event.before = old
      event.after = old == new ? nil : new
      event.log = log
    }
    if now.role != before.role || (now.role == .candidate && new.term != old.term) {
      tellRole(now, before.role)
    }
    tellApplied(now, since: before)
  }

  private func tellRole(_ now: Situation, _ before: Role) {
    let votes = now.role == .leader ? now.votes.sorted() : []
    tell(.role) { event in
      event.word = now.role.rawValue
      event.votes = votes
      event.sentence = Trace.roleSentence(
        id, now.role, now.persistent.currentTerm, before, votes)
    }
  }

  private func tellApplied(_ now: Situation, since before: Situation) {
    guard let applied = now.replication?.lastApplied, let old = before.replication?.lastApplied,
      applied > old
    else { return }
    for index in max(old.number, applied.number - Self.mostOfApplied) + 1...applied.number {
      tell(.applied) { event in
        event.index = LogIndex(index)
        event.command = now.persistent.log[LogIndex(index)].map { Trace.short($0.command) }
      }
    }
  }

  private static func change(of log: Log, since earlier: Log) -> Trace.LogChange? {
    let change = log.changes(since: earlier)
    guard change.kept < earlier.lastIndex || !change.appended.isEmpty else { return nil }
    return Trace.LogChange(kept: change.kept, appended: change.appended.map(Trace.Entry.init))
  }

  func saved(_ state: PersistentState) {
    let now = Trace.State(state)
    let isNew = memory.withLock { memory in
      defer { memory.saved = now }
      return memory.saved != now
    }
    if isNew { tell(.saved) { $0.after = now } }
  }

  // MARK: - Timers

  func timer(_ kind: Trace.Kind, _ timer: TimerKind, dueIn period: Int64? = nil) {
    if kind == .timerElapsed { give(nil) }
    file.add { time in
      var event = Trace.Event(at: time, kind, id)
      event.timer = timer.rawValue
      event.due = period.map { time + $0 }
      return event
    }
  }

  // MARK: - Clients

  /// Tells of a command that a client hands over, and gives that client a number.
  func submitted(_ command: Command) -> Int {
    let client = memory.withLock { memory in
      memory.clients += 1
      memory.given = nil
      return memory.clients
    }
    tell(.submitted, number: client) { $0.command = Trace.short(command) }
    return client
  }

  func answered(_ command: Command, _ outcome: Outcome, to client: Int) {
    let text = Trace.short(command)
    tell(.answered, number: client) { event in
      event.command = text
      event.sentence =
        switch outcome {
        case .applied(let answer): "\(id) answers “\(text)”: \(Self.words(answer))"
        case .refused(let leader?): "\(id) refuses “\(text)”: \(leader) leads"
        case .refused(nil): "\(id) refuses “\(text)”: it knows no leader"
        case .unknown: "\(id) cannot say what becomes of “\(text)”"
        }
    }
  }

  private static func words(_ answer: KeyValue.Answer) -> String {
    switch answer {
    case .done: "done"
    case .value(nil): "no value"
    case .value(let value?): "“\(Trace.short(Command(value)))”"
    case .swapped(let isSwapped): isSwapped ? "swapped" : "not swapped"
    case .notUnderstood: "not understood"
    }
  }

  // MARK: - Messages

  /// A message leaves, or is lost at once.
  ///
  /// - Parameter question: the number of the request that it answers.
  func sent(
    _ message: Trace.Message, _ number: Int, to peer: ServerID, answers question: Int? = nil,
    _ loss: Loss?
  ) {
    tell(.sent, peer: peer, number: number) { event in
      event.message = message
      event.answers = question
    }
    if let loss { lost(number, from: id, to: peer, loss) }
  }

  /// A message is lost on its way between two servers, of which this is one.
  func lost(_ number: Int, from sender: ServerID, to receiver: ServerID, _ loss: Loss) {
    file.add { time in
      var event = Trace.Event(at: time, .lost, receiver, peer: sender, number: number)
      event.word = loss.rawValue
      return event
    }
  }

  /// A message arrives. It is told with what it says, since its sender may be killed before it has
  /// told of it.
  func delivered(
    _ message: Trace.Message, _ number: Int, from peer: ServerID, answers question: Int? = nil
  ) {
    give(number)
    tell(.delivered, peer: peer, number: number) { event in
      event.message = message
      event.answers = question
    }
  }
}

extension Trace.State {
  init(_ situation: Situation) {
    let persistent = situation.persistent
    self.init(
      term: persistent.currentTerm, votedFor: persistent.votedFor, role: situation.role,
      commitIndex: situation.replication?.commitIndex,
      lastApplied: situation.replication?.lastApplied, lastIndex: persistent.log.lastIndex,
      lastTerm: persistent.log.lastTerm)
  }

  /// What a disk holds.
  fileprivate init(_ disk: PersistentState) {
    self.init(
      term: disk.currentTerm, votedFor: disk.votedFor, role: nil, commitIndex: nil,
      lastApplied: nil, lastIndex: disk.log.lastIndex, lastTerm: disk.log.lastTerm)
  }
}

extension Trace.Message {
  init(_ request: PeerRequest) {
    switch request {
    case .requestVote(let request): self.init(request)
    case .appendEntries(let request): self.init(request)
    }
  }

  init(_ reply: PeerReply) {
    switch reply {
    case .requestVote(let reply): self.init(reply)
    case .appendEntries(let reply): self.init(reply)
    }
  }
}
