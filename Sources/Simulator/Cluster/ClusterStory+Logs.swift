internal import Contracts
internal import Raft

/// What happened to commands, and to the logs that hold them.
extension ClusterStory {
  /// A command that was handed over, and what the server said.
  static func proposed(_ id: ServerID, _ command: Command, _ proposal: Proposal) -> String {
    switch proposal {
    case .accepted(let index, _): "\(id) takes “\(LogHistory.short(command))” as index \(index)"
    case .refused(let leader): refused(id, command, leader)
    }
  }

  static func answered(_ id: ServerID, _ command: Command, _ submission: Submission) -> String? {
    let text = LogHistory.short(command)
    switch submission {
    case .heard(.applied(let answer)): return "\(id) answers “\(text)”: \(words(answer))"
    case .heard(.refused(let leader)): return refused(id, command, leader)
    case .heard(.unknown): return "\(id) cannot say what becomes of “\(text)”"
    case .late: return "\(id) has not answered “\(text)”, and its client waits no longer"
    case .crashed, .unreachable: return nil
    }
  }

  private static func refused(_ id: ServerID, _ command: Command, _ leader: ServerID?) -> String {
    "\(id) refuses “\(LogHistory.short(command))”: "
      + (leader.map { "\($0) leads" } ?? "it knows no leader")
  }

  private static func words(_ answer: KeyValue.Answer) -> String {
    switch answer {
    case .done: "done"
    case .value(nil): "no value"
    case .value(let value?): "“\(LogHistory.short(Command(value)))”"
    case .swapped(let isSwapped): isSwapped ? "swapped" : "not swapped"
    case .notUnderstood: "not understood"
    }
  }

  /// How a server's log and its commitIndex have changed; nil where they have not.
  static func moved(
    _ id: ServerID, from before: Situation, to after: Situation, leader: ServerID? = nil
  ) -> String? {
    var deeds: [String] = []
    let change = after.log.changes(since: before.log)
    if change.kept < before.log.lastIndex {
      let dropped = range(change.kept.next, before.log.lastIndex)
      deeds.append("drops \(dropped)" + (leader.map { ", unlike \($0)'s log" } ?? ""))
    }
    if !change.appended.isEmpty {
      let own = after.role == .leader ? " as leader of term \(after.currentTerm)" : ""
      let source = leader.map { " from \($0)" } ?? own
      deeds.append("appends \(range(change.kept.next, after.log.lastIndex))\(source)")
    }
    if after.commitIndex > before.commitIndex {
      deeds.append("commits \(range(before.commitIndex.next, after.commitIndex))")
    }
    guard let last = deeds.popLast() else { return nil }
    return "\(id) " + (deeds.isEmpty ? last : deeds.joined(separator: ", ") + ", and " + last)
  }

  private static func range(_ first: LogIndex, _ last: LogIndex) -> String {
    first == last ? "index \(first)" : "indices \(first) to \(last)"
  }

  /// Whether an event says no more than that a server has taken a command.
  static func takes(_ event: ClusterEvent) -> (id: ServerID, index: LogIndex, time: Duration)? {
    guard
      case .called(let id, .propose(_, let proposal), let before, let after) = event.kind,
      case .accepted(let index, _) = proposal, after.commitIndex == before.commitIndex
    else { return nil }
    return (id, index, event.time)
  }

  /// Whether an event is a command that is refused at once: then the refusal tells all.
  static func isRefusedAtOnce(_ events: [ClusterEvent], at place: Int) -> Bool {
    guard case .submitted(_, _, let number) = events[place].kind else { return false }
    return events[place...].prefix { $0.time == events[place].time }.contains {
      if case .answered(_, _, .heard(.refused), number) = $0.kind { true } else { false }
    }
  }

  /// The command that is taken next, at the same moment and with nothing told in between.
  static func takesNext(
    _ events: [ClusterEvent], after place: Int
  ) -> (id: ServerID, index: LogIndex, time: Duration)? {
    for event in events[(place + 1)...] where event.time == events[place].time {
      switch event.kind {
      case .saved, .timerSet, .timerFired, .timerElapsed, .sent: continue
      default: return takes(event)
      }
    }
    return nil
  }
}
