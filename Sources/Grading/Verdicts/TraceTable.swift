public import Simulator

/// Events as a table a person can read: time down, one column for each who takes part.
public struct TraceTable: Sendable {
  private enum Row {
    case event(TraceEvent)
    /// So many events before this row came again, so many times, and for the last time then.
    case again(events: Int, times: Int, last: Duration)

    var time: Duration {
      switch self {
      case .event(let event): event.time
      case .again(_, _, let last): last
      }
    }

    /// How many events this row stands for.
    var count: Int {
      switch self {
      case .event: 1
      case .again(let events, let times, _): events * times
      }
    }

    func text(in lane: String) -> String? {
      guard case .event(let event) = self, event.lane == lane else { return nil }
      return event.text
    }
  }

  public let lines: [String]

  /// At most `most` events are shown: the last ones, since the end is what needs explaining.
  ///
  /// Where that leaves some out, a round that comes again and again is told once: twenty
  /// heartbeats would take the place of what went wrong before them.
  public init(_ events: [TraceEvent], width: Int, most: Int = 24) {
    let lanes = Self.lanes(of: events)
    let rows = events.count > most ? Self.folded(events) : events.map(Row.event)
    let shown = rows.suffix(most)
    let times = shown.map { Messages.describe($0.time) }
    let timeWidth = max(4, times.map(\.count).max() ?? 0)
    let laneWidths = lanes.map { lane in
      max(lane.count, shown.compactMap { $0.text(in: lane)?.count }.max() ?? 0)
    }
    let isInColumns = timeWidth + laneWidths.reduce(0, { $0 + $1 + 3 }) <= width
    var lines: [String] = []
    let earlier = events.count - shown.reduce(0) { $0 + $1.count }
    if earlier > 0 { lines.append("… \(earlier) earlier \(earlier == 1 ? "event" : "events")") }
    if isInColumns { lines.append(Self.row("time", timeWidth, Array(zip(lanes, laneWidths)))) }
    // Too wide for columns: one event a line, and who it is of.
    let laneWidth = lanes.map(\.count).max() ?? 0
    for (row, time) in zip(shown, times) {
      switch row {
      case .event where isInColumns:
        let cells = lanes.map { row.text(in: $0) ?? "" }
        lines.append(Self.row(time, timeWidth, Array(zip(cells, laneWidths))))
      case .event(let event):
        lines.append(Self.row(time, timeWidth, [(event.lane, laneWidth), (event.text, 0)]))
      case .again(let events, let times, _):
        let round = events == 1 ? "event" : "\(events) events"
        lines.append("… the last \(round) \(times) times more, until \(time)")
      }
    }
    self.lines = lines
  }

  /// The events, with each round that comes again and again told once.
  private static func folded(_ events: [TraceEvent]) -> [Row] {
    var rows: [Row] = []
    var place = 0
    while place < events.count {
      let found = (1...longestRound).lazy
        .map { (round: $0, times: repeats(of: $0, at: place, in: events)) }
        .first { $0.times > 1 && $0.round * $0.times >= leastFolded }
      guard let (round, times) = found else {
        rows.append(.event(events[place]))
        place += 1
        continue
      }
      rows += events[place..<place + round].map(Row.event)
      place += (times + 1) * round
      rows.append(.again(events: round, times: times, last: events[place - 1].time))
    }
    return rows
  }

  /// How often the `round` events at `place` come once more, one round right after the other.
  private static func repeats(of round: Int, at place: Int, in events: [TraceEvent]) -> Int {
    var end = place + round
    while end < events.count, events[end].lane == events[end - round].lane,
      events[end].text == events[end - round].text
    {
      end += 1
    }
    return (end - place) / round - 1
  }

  /// Fewer events than this are shown: a line about them would be hardly shorter.
  private static let leastFolded = 6

  /// The longest round that is looked for: a leader, four peers, and what each says.
  private static let longestRound = 12

  /// Who takes part, in the order of first appearance; but task 1 stands before task 2.
  private static func lanes(of events: [TraceEvent]) -> [String] {
    var lanes: [String] = []
    for event in events where !lanes.contains(event.lane) { lanes.append(event.lane) }
    func word(_ lane: String) -> String { String(lane.reversed().drop(while: \.isNumber)) }
    func number(_ lane: String) -> Int {
      Int(lane.reversed().prefix(while: \.isNumber).reversed().map(String.init).joined()) ?? 0
    }
    let words = lanes.map(word)
    return lanes.sorted { left, right in
      let places = (words.firstIndex(of: word(left)) ?? 0, words.firstIndex(of: word(right)) ?? 0)
      return places.0 == places.1 ? number(left) < number(right) : places.0 < places.1
    }
  }

  private static func row(_ time: String, _ width: Int, _ cells: [(String, Int)]) -> String {
    let padded = cells.map { text, width in
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let left = String(repeating: " ", count: width - time.count) + time
    let line = left + "   " + padded.joined(separator: "   ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
