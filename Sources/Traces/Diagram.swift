internal import Raft

/// A run as a space-time diagram: time down, one lane for each server, and messages across.
///
/// Compact enough for a terminal: a message is one row, at the moment at which it arrives or is
/// lost. Heartbeats that change nothing are left out; where there are many, their number is told.
public struct Diagram: Hashable, Codable, Sendable {
  /// How many rows there are in all, and those of them that are shown.
  public private(set) var total: Int
  public private(set) var rows: [Row]

  public struct Row: Hashable, Codable, Sendable {
    let time: Int64
    /// What each server is, from S1 on.
    let lanes: [Lane]
    let content: Content
  }

  enum Lane: String, Hashable, Codable, Sendable {
    case follower, candidate, leader, paused, down
  }

  enum Content: Hashable, Codable, Sendable {
    /// A message, with what there is to say of it, in more words and in fewer.
    case message(from: ServerID, to: ServerID, labels: [String], isLost: Bool)
    case deed(ServerID, String)
    case breach(ServerID, String)
    case network(String)
    case leftOut(Int)
  }

  public init(_ trace: Trace) {
    var drawing = Drawing(trace)
    for event in trace.events { drawing.add(event) }
    rows = drawing.rows
    total = rows.count
  }

  /// The last rows: those that lead to the first breach, if there is one.
  public func end(_ count: Int) -> Diagram {
    var end = self
    let breach = rows.firstIndex { if case .breach = $0.content { true } else { false } }
    end.rows = Array(rows.prefix((breach ?? rows.count - 1) + 1))
    end.total = end.rows.count
    end.rows = end.rows.suffix(count)
    return end
  }
}

/// Goes through a trace and notes the rows.
private struct Drawing {
  var rows: [Diagram.Row] = []
  private var lanes: [Diagram.Lane]
  private var messages: [Int: Trace.Message] = [:]
  /// Which request each reply answers.
  private var answered: [Int: Int] = [:]
  /// The numbers of the messages that changed something where they arrived.
  private let effective: Set<Int>
  /// Who has been shown a heartbeat of whom, and in which term.
  private var introduced: Set<[Int]> = []
  private var leftOut = 0
  private var cuts: [String] = []
  private var cutTime: Int64 = 0

  init(_ trace: Trace) {
    lanes = Array(repeating: .follower, count: trace.header.servers)
    effective = Set(
      trace.events.lazy.filter { $0.kind == .called && ($0.after != nil || $0.log != nil) }
        .compactMap(\.number)
        + trace.events.lazy.filter { $0.kind == .broken || $0.kind == .failed }
        .compactMap(\.number))
  }

  mutating func add(_ event: Trace.Event) {
    if event.kind != .cut { tellCuts() }
    switch event.kind {
    case .sent:
      guard let number = event.number else { return }
      messages[number] = event.message
      answered[number] = event.answers
    case .delivered, .lost: arrive(event)
    case .cut:
      if let from = event.server, let to = event.peer { cuts.append("\(from) → \(to)") }
      cutTime = event.time
    case .healed: note(event.time, .network("every way is open"))
    case .conditions: note(event.time, .network(event.sentence ?? ""))
    case .misuse, .broken:
      guard let id = event.server else { return }
      note(event.time, .breach(id, event.kind == .broken ? event.word ?? "" : "misuse"))
    default:
      guard let id = event.server, (1...lanes.count).contains(id.number) else { return }
      if let lane = event.lane { lanes[id.number - 1] = lane }
      if let deed = Deed.words(for: event) { note(event.time, .deed(id, deed)) }
    }
  }

  /// Cuts of one moment are told together.
  private mutating func tellCuts() {
    guard !cuts.isEmpty else { return }
    let text = "cut: " + cuts.joined(separator: ", ")
    cuts = []
    note(cutTime, .network(text))
  }

  private mutating func note(_ time: Int64, _ content: Diagram.Content) {
    if leftOut >= 6 {
      rows.append(Diagram.Row(time: time, lanes: lanes, content: .leftOut(leftOut)))
    }
    leftOut = 0
    rows.append(Diagram.Row(time: time, lanes: lanes, content: content))
  }

  private mutating func arrive(_ event: Trace.Event) {
    guard let to = event.server, let from = event.peer, let number = event.number,
      lanes.indices.contains(to.number - 1), lanes.indices.contains(from.number - 1)
    else { return }
    let message = messages[number]
    let isLost = event.kind == .lost
    if let message, isDull(message, number, from, to, isLost: isLost) {
      leftOut += 1
      return
    }
    note(
      event.time,
      .message(
        from: from, to: to, labels: message.map(Deed.labels) ?? ["a message", "?"], isLost: isLost))
  }

  /// Whether a message is a heartbeat, or the reply to one, that says nothing new.
  private mutating func isDull(
    _ message: Trace.Message, _ number: Int, _ from: ServerID, _ to: ServerID, isLost: Bool
  ) -> Bool {
    if message.isHeartbeat {
      let isFirst = introduced.insert([from.number, to.number, message.term.number]).inserted
      return !isFirst && !effective.contains(number)
    }
    guard message.kind == .appendEntriesReply, message.success == true,
      let request = answered[number], let asked = messages[request]
    else { return false }
    return asked.isHeartbeat && !effective.contains(number)
  }
}

extension Trace.Event {
  /// What its server is after it; nil where it does not say.
  var lane: Diagram.Lane? {
    switch kind {
    case .crashed: .down
    case .paused: .paused
    case .started, .called, .changed, .resumed:
      (after ?? before)?.role.map { role in
        switch role {
        case .follower: .follower
        case .candidate: .candidate
        case .leader: .leader
        }
      }
    default: nil
    }
  }
}
