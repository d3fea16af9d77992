internal import Raft

/// A stretch of a run as a still picture, for a text: a space-time diagram in SVG.
///
/// Time from left to right, a lane for each server, messages as arrows. Where nothing happens for a
/// while, the while is cut short and its length told. The same trace gives the same picture.
public struct Still: Sendable {
  public let svg: String

  /// - Parameter span: the stretch, in nanoseconds since the run began.
  public init(of trace: Trace, between span: ClosedRange<Int64>) {
    var scene = StillScene(servers: trace.header.servers, span: span)
    for event in trace.events { scene.add(event) }
    svg = StillDrawing(scene, title: Self.title(of: trace.header)).svg
  }

  private static func title(of header: Trace.Header) -> String {
    "Chapter \(header.chapter), \(header.servers) servers, faults: \(header.scenario)"
      + (header.seed.map { ", seed \($0)" } ?? "")
  }
}

/// What is to be seen in a stretch of a run.
struct StillScene {
  struct Arrow {
    let from: Int
    let to: Int
    let start: Int64
    let end: Int64
    let message: Trace.Message
    let isReply: Bool
    /// A heartbeat, or the answer to one.
    let isBeat: Bool
    let isLost: Bool
  }

  /// What a server is from a time on.
  struct Look {
    let time: Int64
    let lane: Diagram.Lane
    let term: Int
  }

  struct Note {
    let server: Int
    let time: Int64
    let text: String
  }

  let span: ClosedRange<Int64>
  private(set) var arrows: [Arrow] = []
  private(set) var looks: [[Look]]
  private(set) var notes: [Note] = []
  /// When something befell the whole network, and what.
  private(set) var network: [(time: Int64, text: String)] = []
  private var sent: [Int: (event: Trace.Event, message: Trace.Message, isBeat: Bool)] = [:]

  init(servers: Int, span: ClosedRange<Int64>) {
    self.span = span
    looks = Array(repeating: [Look(time: 0, lane: .down, term: 0)], count: servers)
  }

  /// Whenever something is to be seen, in order.
  var moments: [Int64] {
    let changes = looks.joined().map(\.time).filter(span.contains)
    return Set(
      changes + arrows.flatMap { [$0.start, $0.end] } + notes.map(\.time) + network.map(\.time)
    ).sorted()
  }

  mutating func add(_ event: Trace.Event) {
    switch event.kind {
    case .sent: send(event)
    case .delivered, .lost: arrive(event)
    case .cut, .healed: tell(event.time, event.kind == .cut ? "cut" : "healed")
    default:
      guard let server = event.server?.number, looks.indices.contains(server - 1) else { return }
      look(event, at: server)
      guard span.contains(event.time) else { return }
      if event.kind == .timerElapsed, event.timer == "election" {
        notes.append(Note(server: server, time: event.time, text: "timer elapses"))
      }
      if let deed = Deed.words(for: event) {
        notes.append(Note(server: server, time: event.time, text: deed))
      }
    }
  }

  private mutating func look(_ event: Trace.Event, at server: Int) {
    guard let lane = event.lane, let last = looks[server - 1].last else { return }
    let term = (event.after ?? event.before)?.term.number ?? last.term
    guard lane != last.lane || term != last.term else { return }
    looks[server - 1].append(Look(time: event.time, lane: lane, term: term))
  }

  private mutating func send(_ event: Trace.Event) {
    guard let number = event.number, let message = event.message else { return }
    let asked = event.answers.flatMap { sent[$0] }
    sent[number] = (event, message, message.isHeartbeat || asked?.isBeat == true)
  }

  private mutating func arrive(_ event: Trace.Event) {
    guard let number = event.number, let (start, message, isBeat) = sent[number],
      let from = start.server?.number, let to = start.peer?.number,
      span.contains(start.time), span.contains(event.time)
    else { return }
    arrows.append(
      Arrow(
        from: from, to: to, start: start.time, end: event.time, message: message,
        isReply: start.answers != nil, isBeat: isBeat, isLost: event.kind == .lost))
  }

  private mutating func tell(_ time: Int64, _ text: String) {
    guard span.contains(time), network.last?.time != time else { return }
    network.append((time, text))
  }
}
