public import Simulator

/// Events as a table a person can read: time down, one column for each who takes part.
public struct TraceTable: Sendable {
  public let lines: [String]

  /// At most `most` events are shown: the last ones, since the end is what needs explaining.
  public init(_ events: [TraceEvent], width: Int, most: Int = 24) {
    let lanes = Self.lanes(of: events)
    let shown = events.suffix(most)
    let times = shown.map { Messages.describe($0.time) }
    let timeWidth = max(4, times.map(\.count).max() ?? 0)
    let laneWidths = lanes.map { lane in
      max(lane.count, shown.filter { $0.lane == lane }.map(\.text.count).max() ?? 0)
    }
    var lines: [String] = []
    if shown.count < events.count { lines.append("… \(events.count - shown.count) earlier events") }
    if timeWidth + laneWidths.reduce(0, { $0 + $1 + 3 }) <= width {
      lines.append(Self.row("time", timeWidth, Array(zip(lanes, laneWidths))))
      for (event, time) in zip(shown, times) {
        let cells = zip(lanes, laneWidths).map { ($0 == event.lane ? event.text : "", $1) }
        lines.append(Self.row(time, timeWidth, cells))
      }
    } else {
      // Too wide for columns: one event a line, and who it is of.
      let laneWidth = lanes.map(\.count).max() ?? 0
      for (event, time) in zip(shown, times) {
        lines.append(Self.row(time, timeWidth, [(event.lane, laneWidth), (event.text, 0)]))
      }
    }
    self.lines = lines
  }

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
