internal import Contracts
public import Raft
public import Traces

extension Trace {
  /// The events of a simulated cluster, as a trace has them.
  public init(_ events: [ClusterEvent], header: Header) {
    var tracer = Tracer()
    for event in events { tracer.add(event) }
    self.init(header: header, events: tracer.events)
  }

  /// Says, as the last event, which rule the run breaks.
  ///
  /// It is laid to the message and the servers of the invariant that noticed it, if one did, and
  /// else to `server`.
  public mutating func fail(
    _ rule: String, _ sentence: String, at time: Duration, by server: ServerID? = nil
  ) {
    let cause = events.first { $0.kind == .broken || $0.kind == .misuse }
    // A search has no clock of its own: what is last is never before what came first.
    let end = max(time.nanoseconds, events.last?.time ?? 0)
    var event = Event(at: end, .failed, cause?.server ?? server, number: cause?.number)
    event.peer = cause?.peer
    event.word = rule
    event.sentence = sentence
    events.append(event)
  }
}

/// Follows events, and puts beside each what belongs to it.
private struct Tracer {
  var events: [Trace.Event] = []
  /// What each server was given last: the message's number, or nil for a timer or a command.
  private var given: [ServerID: Int?] = [:]

  mutating func add(_ event: ClusterEvent) {
    let time = event.time.nanoseconds
    switch event.kind {
    case .started(let id, _, let situation):
      given[id] = .some(nil)
      var event = Trace.Event(at: time, .started, id)
      event.after = Trace.State(situation)
      event.log = Trace.LogChange(of: situation.log, since: Log())
      events.append(event)
    case .crashed(let id): plain(.crashed, id)
    case .paused(let id): plain(.paused, id)
    case .resumed(let id): plain(.resumed, id)
    case .consumerBlocked(let id): plain(.consumerBlocked, id)
    case .consumerUnblocked(let id): plain(.consumerUnblocked, id)
    case .healed: events.append(Trace.Event(at: time, .healed))
    case .cut(let from, let to): events.append(Trace.Event(at: time, .cut, from, peer: to))
    case .conditions(let conditions):
      var event = Trace.Event(at: time, .conditions)
      event.sentence = ClusterStory.weather(conditions)
      events.append(event)
    case .slowed(let id, let delay):
      var event = Trace.Event(at: time, .conditions, id)
      event.delay = delay.nanoseconds
      event.sentence = Trace.slowSentence(id, by: delay.nanoseconds)
      events.append(event)
    case .sent, .delivered, .duplicated, .lost, .unreachable: travel(event.kind, at: time)
    case .timerSet, .timerStopped, .timerFired, .timerElapsed: timer(event.kind, at: time)
    case .called, .changed, .role, .saved: state(event.kind, at: time)
    case .submitted, .answered, .applied: command(event.kind, at: time)
    case .misuse(let misuse):
      var event = Trace.Event(at: time, .misuse, misuse.server, number: lastSent(by: misuse.server))
      event.sentence = misuse.sentence
      events.append(event)
    case .broken(let broken): breach(broken, at: time)
    }
    func plain(_ kind: Trace.Kind, _ id: ServerID) {
      events.append(Trace.Event(at: time, kind, id))
    }
  }

  private mutating func travel(_ kind: ClusterEvent.Kind, at time: Int64) {
    switch kind {
    case .sent(let envelope):
      var event = Trace.Event(
        at: time, .sent, envelope.from, peer: envelope.to, number: envelope.number)
      event.answers = envelope.answers
      event.message = Trace.Message(envelope.message)
      events.append(event)
    case .delivered(let envelope):
      given[envelope.to] = envelope.number
      arrive(.delivered, envelope, at: time)
    case .duplicated(let envelope): arrive(.duplicated, envelope, at: time)
    case .lost(let envelope, let loss):
      arrive(.lost, envelope, at: time)
      events[events.count - 1].word = loss.rawValue
    case .unreachable(let id, let request, let peer):
      given[id] = .some(nil)
      events.append(Trace.Event(at: time, .unreachable, id, peer: peer, number: request))
    default: break
    }
  }

  private mutating func arrive(_ kind: Trace.Kind, _ envelope: Envelope, at time: Int64) {
    events.append(
      Trace.Event(at: time, kind, envelope.to, peer: envelope.from, number: envelope.number))
  }

  private mutating func timer(_ kind: ClusterEvent.Kind, at time: Int64) {
    switch kind {
    case .timerSet(let id, let timer, let due):
      add(.timerSet, id, timer)
      events[events.count - 1].due = due.nanoseconds
    case .timerStopped(let id, let timer): add(.timerStopped, id, timer)
    case .timerFired(let id, let timer): add(.timerFired, id, timer)
    case .timerElapsed(let id, let timer, _):
      given[id] = .some(nil)
      add(.timerElapsed, id, timer)
    default: break
    }
    func add(_ kind: Trace.Kind, _ id: ServerID, _ timer: TimerKind) {
      var event = Trace.Event(at: time, kind, id)
      event.timer = timer.rawValue
      events.append(event)
    }
  }
}

// MARK: - What servers did

extension Tracer {
  private mutating func state(_ kind: ClusterEvent.Kind, at time: Int64) {
    switch kind {
    case .called(let id, let call, let before, let after):
      var event = Trace.Event(at: time, .called, id, number: given[id] ?? nil)
      switch call {
      case .requestVote(_, let candidate, let reply):
        (event.word, event.peer, event.message) = ("RequestVote", candidate, .init(reply))
      case .appendEntries(_, let leader, let reply):
        (event.word, event.peer, event.message) = ("AppendEntries", leader, .init(reply))
      case .propose(let command, let proposal):
        (event.word, event.number) = ("propose", nil)
        event.command = Trace.short(command)
        event.sentence = ClusterStory.proposed(id, command, proposal)
      }
      note(before, after, in: &event)
      insert(event)
    case .changed(let id, let before, let after):
      var event = Trace.Event(at: time, .changed, id, number: given[id] ?? nil)
      note(before, after, in: &event)
      events.append(event)
    case .role(let id, let role, let term, let before, let votes):
      var event = Trace.Event(at: time, .role, id)
      event.word = role.rawValue
      event.votes = votes
      event.sentence = Trace.roleSentence(id, role, term, before, votes)
      events.append(event)
    case .saved(let id, let disk):
      var event = Trace.Event(at: time, .saved, id)
      event.after = Trace.State(disk)
      events.append(event)
    default: break
    }
  }

  /// Puts a call before what came of it: the host hears of a call only when it is over, and by then
  /// invariants have seen what it did.
  private mutating func insert(_ call: Trace.Event) {
    let first = events.lastIndex { event in
      event.time != call.time || event.server != call.server
        || (event.kind != .role && event.kind != .broken)
    }
    let place = (first ?? -1) + 1
    for later in events.indices[place...] { events[later].number = call.number }
    events.insert(call, at: place)
  }

  private func note(_ before: Situation, _ after: Situation, in event: inout Trace.Event) {
    event.before = Trace.State(before)
    let now = Trace.State(after)
    if now != event.before { event.after = now }
    event.log = Trace.LogChange(of: after.log, since: before.log)
  }

  private mutating func command(_ kind: ClusterEvent.Kind, at time: Int64) {
    switch kind {
    case .submitted(let id, let command, let number):
      given[id] = .some(nil)
      var event = Trace.Event(at: time, .submitted, id, number: number)
      event.command = Trace.short(command)
      events.append(event)
    case .answered(let id, let command, let submission, let number):
      var event = Trace.Event(at: time, .answered, id, number: number)
      event.command = Trace.short(command)
      event.sentence = ClusterStory.answered(id, command, submission)
      events.append(event)
    case .applied(let id, let commit):
      var event = Trace.Event(at: time, .applied, id)
      event.index = commit.index
      event.command = Trace.short(commit.command)
      events.append(event)
    default: break
    }
  }

  /// Lays a breach to the server that was at it, and to what it had just sent or been given.
  private mutating func breach(_ broken: InvariantBroken, at time: Int64) {
    let last = events.last { event in
      guard event.kind != .broken, let server = event.server else { return false }
      return broken.servers.contains(server)
    }
    let actor = last?.server ?? broken.servers.first
    let before = events.last { $0.kind != .broken }
    let isSending = before?.kind == .sent && before?.server == actor
    var event = Trace.Event(at: time, .broken, actor)
    event.peer = broken.servers.first { $0 != actor }
    event.number = isSending ? before?.number : actor.flatMap { given[$0] ?? nil }
    event.word = broken.name
    event.sentence = broken.sentence
    events.append(event)
  }

  private func lastSent(by id: ServerID) -> Int? {
    events.last { $0.kind == .sent && $0.server == id }?.number
  }
}

extension Trace.State {
  fileprivate init(_ situation: Situation) {
    let hasCommits = situation.replication != nil
    self.init(
      term: situation.currentTerm, votedFor: situation.votedFor, role: situation.role,
      commitIndex: hasCommits ? situation.commitIndex : nil,
      lastApplied: hasCommits ? situation.lastApplied : nil,
      lastIndex: situation.log.lastIndex, lastTerm: situation.log.lastTerm)
  }

  fileprivate init(_ disk: PersistentState) {
    self.init(
      term: disk.currentTerm, votedFor: disk.votedFor, role: nil, commitIndex: nil,
      lastApplied: nil, lastIndex: disk.log.lastIndex, lastTerm: disk.log.lastTerm)
  }
}

extension Trace.Message {
  fileprivate init(_ message: Message) {
    switch message {
    case .requestVote(let request): self.init(request)
    case .requestVoteReply(let reply, to: _): self.init(reply)
    case .appendEntries(let request): self.init(request)
    case .appendEntriesReply(let reply, to: _): self.init(reply)
    }
  }
}
