internal import Contracts
internal import Raft
internal import Traces

/// A run as a person would tell it: who stood, who voted for whom, who led, what became of
/// commands, and what went wrong.
///
/// Made of a run's events and of nothing else, so it is the same wherever the run is the same.
public enum ClusterStory {
  /// One line per thing worth telling, in order, at most `width` columns wide.
  public static func lines(_ events: [ClusterEvent], width: Int = 100) -> [String] {
    sentences(events).flatMap { folded($0.text, at: $0.time, width: width) }
  }

  private static func sentences(_ events: [ClusterEvent]) -> [(time: Duration, text: String)] {
    var told: [(time: Duration, text: String)] = []
    var cuts: [(from: ServerID, to: ServerID)] = []
    var taken: (id: ServerID, first: LogIndex, count: Int)?
    for (place, event) in events.enumerated() {
      if let one = takes(event) {
        // Commands that a server takes one after the other at one moment are told together.
        taken = (one.id, taken?.first ?? one.index, (taken?.count ?? 0) + 1)
        if let next = takesNext(events, after: place), next.id == one.id { continue }
        if let all = taken, all.count > 1 {
          told.append(
            (event.time, "\(all.id) takes \(all.count) commands, from index \(all.first) on"))
        } else if let sentence = sentence(event.kind) {
          told.append((event.time, sentence))
        }
        taken = nil
      } else if case .cut(let from, let to) = event.kind {
        cuts.append((from, to))
        let isLast = place + 1 == events.count || !isCut(events[place + 1], at: event.time)
        if isLast {
          told.append((event.time, cutSentence(cuts)))
          cuts = []
        }
      } else if event.kind == .healed, place + 1 < events.count,
        isCut(events[place + 1], at: event.time)
      {
        // A partition: what it cuts is told next.
      } else if let sentence = sentence(event.kind), !isRefusedAtOnce(events, at: place) {
        told.append((event.time, sentence))
      }
    }
    return told
  }

  private static func isCut(_ event: ClusterEvent, at time: Duration) -> Bool {
    if case .cut = event.kind { event.time == time } else { false }
  }

  /// Cuts of one moment, told together: "cut: S1 ↔ S2, S1 → S3".
  private static func cutSentence(_ cuts: [(from: ServerID, to: ServerID)]) -> String {
    var ways: [String] = []
    for (place, cut) in cuts.enumerated() {
      let isBack = cuts.firstIndex { $0.from == cut.to && $0.to == cut.from }
      if let isBack, isBack < place { continue }
      ways.append("\(cut.from) \(isBack == nil ? "→" : "↔") \(cut.to)")
    }
    return "cut: " + ways.joined(separator: ", ")
  }

  /// The sentence for an event; nil for what a story leaves out.
  private static func sentence(_ kind: ClusterEvent.Kind) -> String? {
    switch kind {
    case .started(let id, let life, let situation):
      life == 1 ? nil : "\(id) starts again\(remembering(situation))"
    case .crashed(let id): "\(id) crashes"
    case .paused(let id): "\(id) stands still"
    case .resumed(let id): "\(id) goes on"
    case .healed: "every way is open"
    case .conditions(let conditions): weather(conditions)
    case .slowed(let id, let delay): Trace.slowSentence(id, by: delay.nanoseconds)
    case .called(let id, .requestVote(let request, _, let reply), _, _) where reply.voteGranted:
      "\(id) votes for \(request.candidateID) in term \(request.term)"
    case .called(let id, .appendEntries(_, let leader, _), let before, let after):
      moved(id, from: before, to: after, leader: leader)
    case .called(let id, .propose(let command, let proposal), let before, let after):
      proposed(id, command, proposal)
        + (after.commitIndex > before.commitIndex ? ", and commits it" : "")
    case .changed(let id, let before, let after): moved(id, from: before, to: after)
    case .submitted(let id, let command, _):
      "\(id) is handed “\(LogHistory.short(command))”"
    case .answered(let id, let command, let submission, _): answered(id, command, submission)
    case .consumerBlocked(let id): "\(id) has nobody any more who reads its commits"
    case .consumerUnblocked(let id): "\(id) has its commits read again"
    case .role(let id, let role, let term, let before, let votes):
      Trace.roleSentence(id, role, term, before, votes)
    case .misuse(let misuse): misuse.sentence
    case .broken(let broken): "\(broken.sentence) (\(broken.name))"
    default: nil
    }
  }

  private static func remembering(_ situation: Situation) -> String {
    let vote = situation.votedFor.map { "its vote for \($0)" } ?? "no vote"
    let log = situation.log.isEmpty ? "" : ", and a log that ends at \(situation.log.lastIndex)"
    return ", remembering term \(situation.currentTerm) and \(vote)\(log)"
  }

  static func weather(_ conditions: NetworkConditions) -> String {
    if conditions.lost == 0, conditions.slow == 0, conditions.duplicated == 0 {
      return "the network is calm"
    }
    return "the network is rough: of 100 messages \(conditions.lost) are lost, "
      + "\(conditions.duplicated) arrive twice, \(conditions.slow) are slow"
  }

  /// The moment, and the sentence beside it, on further lines where it is too long.
  static func folded(_ sentence: String, at time: Duration, width: Int) -> [String] {
    let head = moment(time) + "  "
    let room = max(20, width - head.count)
    var lines: [String] = []
    var line = ""
    for word in sentence.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > room {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    let indent = String(repeating: " ", count: head.count)
    return lines.enumerated().map { ($0.offset == 0 ? head : indent) + $0.element }
  }

  /// A virtual time to the millisecond: " 1.204 s".
  static func moment(_ time: Duration) -> String {
    let milliseconds = time.nanoseconds / 1_000_000
    let rest = String(milliseconds % 1_000)
    let text =
      "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest) s"
    return String(repeating: " ", count: max(0, 8 - text.count)) + text
  }
}
