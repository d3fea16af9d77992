internal import Contracts
internal import Raft
internal import Simulator
internal import Synchronization
internal import Traces

/// Follows a scene for a picture: what the server says and hears, and what it was seen to be.
///
/// A conversation is the server's own, and to look at it would change when its tasks take turns. So
/// it is taken for what its messages say, and looked at where a check calls a rule anyway.
final class SceneRecorder: Sendable {
  private struct Book {
    var messages = 0
    var looks: [ServerID: Trace.State] = [:]
  }

  private let simulation: Simulation
  private let book = Mutex(Book())

  init(_ simulation: Simulation) { self.simulation = simulation }

  func started(_ id: ServerID, from saved: PersistentState = PersistentState()) {
    let look = Trace.State(
      term: saved.currentTerm, votedFor: saved.votedFor, role: .follower, commitIndex: nil,
      lastApplied: nil, lastIndex: saved.log.lastIndex, lastTerm: saved.log.lastTerm)
    book.withLock { $0.looks[id] = look }
    note(.started, id) {
      $0.after = look
      $0.log = Trace.LogChange(of: saved.log, since: Log())
    }
  }

  func elapsed(_ timer: TimerKind, of id: ServerID) {
    note(.timerElapsed, id) { $0.timer = timer.rawValue }
  }

  /// - Returns: the message's number.
  func sent(
    _ message: Trace.Message, by sender: ServerID, to receiver: ServerID, answering: Int? = nil
  ) -> Int {
    changed(sender) { look in
      look.term = max(look.term, message.term)
      switch message.kind {
      case .requestVote: look.role = .candidate
      case .appendEntries: look.role = .leader
      case .requestVoteReply, .appendEntriesReply: break
      }
    }
    let number = book.withLock { book in
      book.messages += 1
      return book.messages
    }
    note(.sent, sender, peer: receiver, number: number) {
      $0.message = message
      $0.answers = answering
    }
    return number
  }

  func delivered(_ number: Int, to receiver: ServerID, from sender: ServerID) {
    note(.delivered, receiver, peer: sender, number: number)
  }

  func lost(_ number: Int, to receiver: ServerID, from sender: ServerID) {
    note(.lost, receiver, peer: sender, number: number) { $0.word = "cut" }
  }

  func unreachable(_ peer: ServerID, for id: ServerID, number: Int) {
    note(.unreachable, id, peer: peer, number: number)
  }

  /// A check called a rule, and looked at the server before and after it.
  func called(
    _ rule: String, of id: ServerID, before: some ServerReport, after: some ServerReport,
    describe: (inout Trace.Event) -> Void = { _ in }
  ) {
    let (before, after, log) = (
      Trace.State(before), Trace.State(after),
      Trace.LogChange(of: after.persistent.log, since: before.persistent.log)
    )
    book.withLock { $0.looks[id] = after }
    note(.called, id) {
      ($0.word, $0.before, $0.log) = (rule, before, log)
      if after != before { $0.after = after }
      describe(&$0)
    }
  }

  private func changed(_ id: ServerID, _ change: (inout Trace.State) -> Void) {
    let looks: (before: Trace.State, after: Trace.State)? = book.withLock { book in
      guard let before = book.looks[id] else { return nil }
      var after = before
      change(&after)
      book.looks[id] = after
      return after == before ? nil : (before, after)
    }
    guard let looks else { return }
    note(.changed, id) { ($0.before, $0.after) = (looks.before, looks.after) }
  }

  private func note(
    _ kind: Trace.Kind, _ server: ServerID, peer: ServerID? = nil, number: Int? = nil,
    describe: (inout Trace.Event) -> Void = { _ in }
  ) {
    var event = Trace.Event(
      at: simulation.now.nanoseconds, kind, server, peer: peer, number: number)
    describe(&event)
    simulation.note(event)
  }
}

extension Trace.State {
  fileprivate init(_ report: some ServerReport) {
    let (disk, replication) = (report.persistent, report as? ReplicationReport)
    self.init(
      term: disk.currentTerm, votedFor: disk.votedFor, role: report.role,
      commitIndex: replication?.commitIndex, lastApplied: replication?.lastApplied,
      lastIndex: disk.log.lastIndex, lastTerm: disk.log.lastTerm)
  }
}
