internal import Raft

/// The words of a diagram: short ones, since there is little room.
enum Deed {
  /// What a server did, after its name; nil for what a diagram leaves out.
  static func words(for event: Trace.Event) -> String? {
    switch event.kind {
    case .started: started(event)
    case .crashed: "crashes"
    case .paused: "stands still"
    case .resumed: "goes on"
    case .called where event.word == "RequestVote" && event.message?.voteGranted == true:
      "votes for \(event.peer?.description ?? "?")"
    case .called where event.word == "propose": taken(event)
    case .called, .changed: moved(event)
    case .role: role(event)
    default: nil
    }
  }

  private static func started(_ event: Trace.Event) -> String? {
    guard let after = event.after, event.time > 0 else { return nil }
    return "starts again, term \(after.term)"
  }

  private static func taken(_ event: Trace.Event) -> String? {
    let command = event.command.map { " “\($0)”" } ?? ""
    guard event.log?.appended.isEmpty == false else { return "refuses\(command)" }
    return "takes\(command) as index \(event.after?.lastIndex.description ?? "?")"
  }

  private static func role(_ event: Trace.Event) -> String? {
    switch event.word.flatMap(Role.init) {
    case .candidate: "stands"
    case .leader: "leads"
    case .follower: "follows"
    case nil: nil
    }
  }

  /// What happened to a log and its commitIndex.
  private static func moved(_ event: Trace.Event) -> String? {
    guard let before = event.before else { return nil }
    let after = event.after ?? before
    var deeds: [String] = []
    if let log = event.log {
      if log.kept < before.lastIndex { deeds.append("drops \(range(log.kept, before.lastIndex))") }
      if !log.appended.isEmpty { deeds.append("appends \(range(log.kept, after.lastIndex))") }
    }
    if let commit = after.commitIndex, let old = before.commitIndex, commit > old {
      deeds.append("commits \(range(old, commit))")
    }
    return deeds.isEmpty ? nil : deeds.joined(separator: ", ")
  }

  /// The indices after `first`, up to `last`.
  private static func range(_ first: LogIndex, _ last: LogIndex) -> String {
    first.next >= last ? "\(last)" : "\(first.next)–\(last)"
  }

  /// A message in words, from many to few.
  static func labels(_ message: Trace.Message) -> [String] {
    let term = message.term
    switch message.kind {
    case .requestVote: return ["RequestVote, term \(term)", "RequestVote \(term)", "vote? \(term)"]
    case .requestVoteReply:
      return message.voteGranted == true
        ? ["vote granted, term \(term)", "granted \(term)", "yes \(term)"]
        : ["vote refused, term \(term)", "refused \(term)", "no \(term)"]
    case .appendEntries where message.isHeartbeat:
      return ["heartbeat, term \(term)", "heartbeat \(term)", "beat \(term)"]
    case .appendEntries:
      let first = (message.prevLogIndex ?? 0)
      let entries = range(first, LogIndex(first.number + (message.count ?? 0)))
      return [
        "AppendEntries \(entries), term \(term)", "Append \(entries), term \(term)",
        "entries \(entries)", "\(entries)",
      ]
    case .appendEntriesReply:
      return message.success == true
        ? ["success, term \(term)", "success \(term)", "ok \(term)"]
        : ["no success, term \(term)", "refused \(term)", "no \(term)"]
    }
  }
}
