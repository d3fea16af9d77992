internal import Raft

extension Diagram {
  /// The diagram for a terminal: a line of names, and one line for each row.
  ///
  /// A follower's lane is `│`, a candidate's `┊`, a leader's `║`; a server that is down has none,
  /// and one that stands still `·`.
  public func lines(width: Int) -> [String] {
    guard let last = rows.last else { return [] }
    let page = Page(width: width, servers: last.lanes.count)
    let earlier = total - rows.count
    var lines = earlier > 0 ? ["… \(earlier) earlier \(earlier == 1 ? "row" : "rows")"] : []
    lines.append(page.names)
    for row in rows { lines.append(page.line(row)) }
    return lines
  }

  /// What the lanes mean, for the foot of a whole diagram.
  public static let legend = "│ follower   ┊ candidate   ║ leader   · stands still   ✗ lost"
}

/// Where the lanes stand on a line of a certain width.
private struct Page {
  private let width: Int
  private let lanes: [Int]
  /// "  1.204 s  "
  private static let margin = 11

  init(width: Int, servers: Int) {
    self.width = max(width, 40)
    let step = max(4, min(26, (self.width - Self.margin - 1) / max(servers, 1)))
    lanes = (0..<servers).map { Self.margin + 1 + $0 * step }
  }

  var names: String {
    var line = Line(width: width)
    line.put("time", at: 4)
    for (place, lane) in lanes.enumerated() { line.put("S\(place + 1)", at: lane) }
    return line.text
  }

  func line(_ row: Diagram.Row) -> String {
    var line = Line(width: width)
    for (lane, place) in zip(row.lanes, lanes) { line.put(Self.sign(of: lane), at: place) }
    if case .leftOut(let count) = row.content {
      line.put("⋮", at: 6)
      line.put(" \(count) heartbeats and replies ", at: lanes[0] + 2)
      return line.text
    }
    let moment = Self.moment(row.time)
    line.put(moment, at: 9 - moment.count)
    switch row.content {
    case .message(let from, let to, let labels, let isLost):
      draw(&line, lanes[from.number - 1], lanes[to.number - 1], labels, isLost)
    case .deed(let id, let text): write(&line, "●", text, at: lanes[id.number - 1])
    case .breach(let id, let text): write(&line, "✗", text, at: lanes[id.number - 1])
    case .network(let text): line.put("~ \(text) ", at: lanes[0] + 2)
    case .leftOut: break
    }
    return line.text
  }

  private static func sign(of lane: Diagram.Lane) -> String {
    switch lane {
    case .follower: "│"
    case .candidate: "┊"
    case .leader: "║"
    case .paused: "·"
    case .down: " "
    }
  }

  /// An arrow from lane to lane, with as much of the message on it as there is room for.
  private func draw(
    _ line: inout Line, _ from: Int, _ to: Int, _ labels: [String], _ isLost: Bool
  ) {
    let (left, right) = (min(from, to), max(from, to))
    guard left < right else { return line.put("↺", at: from) }
    for column in (left + 1)..<right { line.put("─", at: column) }
    line.put(from < to ? "├" : "┤", at: from)
    let head = to > from ? to - 1 : to + 1
    line.put(isLost ? "✗" : (to > from ? "▶" : "◀"), at: head)
    let room = right - left - 4
    guard let label = labels.first(where: { $0.count <= room }) ?? labels.last,
      label.count <= room + 1
    else { return }
    // Beside its sender, so that the eye finds both ends.
    line.put(label, at: from < to ? left + 2 : right - 1 - label.count)
  }

  /// A deed beside its lane: to the right, or to the left where it does not fit.
  private func write(_ line: inout Line, _ sign: String, _ text: String, at lane: Int) {
    line.put(sign, at: lane)
    let room = width - lane - 2
    if text.count <= room || lane - Page.margin < text.count + 2 {
      line.put(" \(text.count <= room ? text : text.prefix(max(0, room - 1)) + "…") ", at: lane + 1)
    } else {
      line.put(" \(text) ", at: lane - text.count - 2)
    }
  }

  /// A time to the millisecond: "1.204 s".
  private static func moment(_ time: Int64) -> String {
    let milliseconds = time / 1_000_000
    let rest = String(milliseconds % 1_000)
    return "\(milliseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest + " s"
  }
}

/// A line that is written on at places.
private struct Line {
  private var characters: [Character]

  init(width: Int) { characters = Array(repeating: " ", count: width) }

  mutating func put(_ text: String, at place: Int) {
    for (column, character) in zip(place..., text) where characters.indices.contains(column) {
      characters[column] = character
    }
  }

  var text: String { String(String(characters).reversed().drop { $0 == " " }.reversed()) }
}
