internal import Contracts
internal import Raft

/// One life of a server: from a start to a crash. What belongs to a life ends with it.
final class Incarnation: @unchecked Sendable {
  let seat: Seat
  /// Holds the server; let go when the life ends, which breaks the circle between the two.
  var host: (any AnyHost)?
  private(set) var electionTimer: HostTimer!
  private(set) var heartbeatTimer: HostTimer!
  /// Who reads the server's commits.
  let consumer = Consumer()
  /// The clients that wait here, by the numbers of their commands.
  var clients: [Int: Client] = [:]
  private let afterlife: Afterlife
  /// The server as last seen.
  var situation: Situation?
  /// The latest term in which the server took an AppendEntries for its leader's.
  var heard: Term?
  private(set) var isOver = false
  private var isLookDue = false
  private var pending: [Int: Pending] = [:]

  struct Client {
    let command: Command
    let continuation: UnsafeContinuation<Submission, Never>
  }

  private struct Pending {
    let peer: ServerID
    let continuation: UnsafeContinuation<Message, any Error>
  }

  init(_ seat: Seat) {
    self.seat = seat
    afterlife = seat.cluster.afterlife
    electionTimer = HostTimer(.election, of: self)
    heartbeatTimer = HostTimer(.heartbeat, of: self)
  }

  var cluster: Cluster { seat.cluster }
  var id: ServerID { seat.id }

  func timer(_ kind: TimerKind) -> HostTimer {
    kind == .election ? electionTimer : heartbeatTimer
  }

  func end() {
    isOver = true
    host = nil
    electionTimer = nil
    heartbeatTimer = nil
    afterlife.take(pending.sorted { $0.key < $1.key }.map(\.value.continuation))
    pending = [:]
    consumer.end()
    let unheard = clients.sorted { $0.key < $1.key }
    clients = [:]
    for (number, client) in unheard { tell(.crashed, to: client, number) }
  }

  /// Has the server looked at once everything has run that is ready now: a conversation has just
  /// been given something, and will have carried it to a rule by then.
  func lookSoon() {
    guard !isLookDue, !isOver else { return }
    isLookDue = true
    cluster.after(1) { [self] in
      isLookDue = false
      host?.look()
    }
  }

  /// Starts the conversation of a timer that has elapsed.
  func elapse(_ kind: TimerKind, generation: Int) {
    guard !isOver, seat.mayGoOn() else { return }
    if seat.isPaused {
      seat.hold { [self] in elapse(kind, generation: generation) }
    } else {
      host?.elapse(kind, generation: generation)
    }
  }
}

// MARK: - Conversations that wait for a reply

extension Incarnation {
  /// Waits for the reply to a request that has just left.
  func reply(to request: Int, from peer: ServerID) async throws -> Message {
    try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        if isOver { return afterlife.take([continuation]) }
        if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
        pending[request] = Pending(peer: peer, continuation: continuation)
        cluster.after(cluster.options.replyDeadline.nanoseconds) { [self] in giveUp(request) }
      }
    } onCancel: {
      pending.removeValue(forKey: request)?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Waits until the cluster ends: a server that has crashed is told nothing.
  func waitForTheEnd() async throws -> Message {
    try await withUnsafeThrowingContinuation { afterlife.take([$0]) }
  }

  /// Hands a reply to the conversation that waits for it.
  func answer(_ envelope: Envelope) {
    guard !isOver else { return seat.lose(envelope) }
    if seat.isPaused { return seat.hold { [self] in answer(envelope) } }
    guard let number = envelope.answers, let waiting = pending.removeValue(forKey: number) else {
      return cluster.record(.lost(envelope, .unawaited))
    }
    cluster.record(.delivered(envelope))
    waiting.continuation.resume(returning: envelope.message)
    lookSoon()
  }

  private func giveUp(_ request: Int) {
    guard !isOver, pending[request] != nil else { return }
    if seat.isPaused { return seat.hold { [self] in giveUp(request) } }
    guard let waiting = pending.removeValue(forKey: request) else { return }
    cluster.record(.unreachable(id, request: request, peer: waiting.peer))
    waiting.continuation.resume(throwing: Unreachable(waiting.peer))
    lookSoon()
  }
}

/// Where conversations wait whose server has crashed: nobody tells them anything before the
/// cluster ends.
final class Afterlife: @unchecked Sendable {
  private var waiting: [UnsafeContinuation<Message, any Error>] = []
  private var hasEnded = false

  /// After the end, a conversation that still asks for more is left where it is.
  func take(_ continuations: [UnsafeContinuation<Message, any Error>]) {
    if !hasEnded { waiting.append(contentsOf: continuations) }
  }

  func end() {
    hasEnded = true
    for continuation in waiting { continuation.resume(throwing: CancellationError()) }
    waiting = []
  }
}

/// A timer of a server's life.
///
/// Each restart, stop and expiry begins a new generation; an expiry counts only if its generation
/// is still the present one when the server is visited to deliver it.
final class HostTimer: RestartableTimer, @unchecked Sendable {
  private let kind: TimerKind
  private let life: Incarnation
  private(set) var generation = 0
  private var due: Int64?
  /// When this timer next looks whether it is due. One such look serves many restarts.
  private var lookAt = Int64.max

  init(_ kind: TimerKind, of life: Incarnation) {
    self.kind = kind
    self.life = life
  }

  func restart() {
    guard !life.isOver else { return }
    generation += 1
    let due = life.cluster.simulation.nanoseconds + life.cluster.period(of: kind)
    self.due = due
    life.cluster.record(.timerSet(life.id, kind, due: .nanoseconds(due)))
    if due < lookAt { lookLater(at: due) }
  }

  func stop() {
    guard !life.isOver else { return }
    generation += 1
    due = nil
    life.cluster.record(.timerStopped(life.id, kind))
  }

  func fire() {
    guard !life.isOver else { return }
    generation += 1
    due = nil
    life.cluster.record(.timerFired(life.id, kind))
    life.elapse(kind, generation: generation)
  }

  /// Lets it elapse now, if it runs.
  func elapse() {
    if due != nil { fire() }
  }

  private func lookLater(at time: Int64) {
    lookAt = time
    life.cluster.after(time - life.cluster.simulation.nanoseconds) { [self, life] in
      // A later restart may have asked for an earlier look: then this one is of no more use.
      guard !life.isOver, lookAt == time else { return }
      lookAt = .max
      guard let due else { return }
      if due > life.cluster.simulation.nanoseconds { return lookLater(at: due) }
      self.due = nil
      life.elapse(kind, generation: generation)
    }
  }
}

extension Cluster {
  /// How long a timer runs that is restarted now, in nanoseconds.
  fileprivate func period(of kind: TimerKind) -> Int64 {
    switch kind {
    case .heartbeat:
      return options.heartbeatInterval.nanoseconds
    case .election:
      let range = options.electionTimeout
      return Int64(range.lowerBound + timeouts.pick(from: range.count)) * 1_000_000
    }
  }
}
