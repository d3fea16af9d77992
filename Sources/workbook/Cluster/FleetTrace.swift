internal import Foundation
internal import Grading
internal import Platform
internal import Raft
internal import Synchronization
internal import Traces

/// What happened in a fleet: each server writes what it saw, and here stands what was done to them.
///
/// All processes of a machine have one clock, so that what they wrote can be put in order.
final class FleetTrace: Sendable {
  /// Time 0, as `MonotonicClock` counts.
  let start = MonotonicClock.nanoseconds
  private let folder: URL
  private let noted = Mutex<(events: [Trace.Event], files: [URL], isOver: Bool)>(([], [], false))

  /// - Parameter folder: for the servers' files; what is there is removed.
  /// - Throws: `Trouble`, where it cannot be written.
  init(_ folder: URL) throws {
    self.folder = folder
    do {
      try? FileManager.default.removeItem(at: folder)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw Trouble("\(folder.path) cannot be written: it may be read-only, or the disk full.")
    }
  }

  /// The file for a server's next life.
  func file(for server: Int) -> URL {
    noted.withLock { noted in
      let file = folder.appendingPathComponent("S\(server)-\(noted.files.count + 1).jsonl")
      noted.files.append(file)
      return file
    }
  }

  /// How a server is told to write that file.
  func words(for server: Int) -> [String] {
    ["--trace", file(for: server).path, "--trace-start", "\(start)"]
  }

  /// Notes what was done to a server, or to the network.
  ///
  /// - Parameter delay: how much later everything arrives that the server sends, where that has
  ///   changed, in nanoseconds.
  func note(
    _ kind: Trace.Kind, _ server: Int? = nil, peer: Int? = nil, delay: Int64? = nil
  ) {
    noted.withLock { noted in
      guard !noted.isOver else { return }
      var event = Trace.Event(
        at: MonotonicClock.nanoseconds - start, kind, server.map(ServerID.init(_:)),
        peer: peer.map(ServerID.init(_:)))
      event.delay = delay
      if let id = event.server, let delay { event.sentence = Trace.slowSentence(id, by: delay) }
      noted.events.append(event)
    }
  }

  /// From here on servers end since the run is over, and not since something happened.
  func end() { noted.withLock { $0.isOver = true } }

  /// All that was written, in one.
  ///
  /// - Throws: `Trouble`, where a server's file cannot be read.
  func merged(_ header: Trace.Header) throws -> Trace {
    let (noted, files) = noted.withLock { ($0.events, $0.files) }
    var events = noted
    for file in files {
      // A server that was killed at once has not begun its file, or not ended the first line.
      guard let data = try? Data(contentsOf: file), data.contains(UInt8(ascii: "\n")) else {
        continue
      }
      do {
        events += try Trace(lines: data).events
      } catch {
        throw Trouble("\(file.path): \(error)")
      }
    }
    // What happened at the same time stays in the order in which one of them wrote it.
    let order = events.indices.sorted { (events[$0].time, $0) < (events[$1].time, $1) }
    return Trace(header: header, events: MergedMessages(order.map { events[$0] }).events)
  }
}

/// Sees to it that whatever arrived was sent, and that whatever was sent arrives, is lost, or is on
/// its way in the end. Servers that were killed could not tell of their last moment.
private struct MergedMessages {
  private(set) var events: [Trace.Event] = []
  private var sent: Set<Int> = []
  /// Where messages are that never arrive.
  private var open: [Int: Way] = [:]
  private var cuts: Set<Way> = []
  private var down: Set<ServerID> = []

  private struct Way: Hashable {
    let from, to: ServerID
  }

  init(_ events: [Trace.Event]) {
    let arrived = Set(
      events.lazy.filter { $0.kind == .delivered || $0.kind == .lost }.compactMap(\.number))
    self.events.reserveCapacity(events.count)
    for event in events { add(event, arrived) }
  }

  private mutating func add(_ event: Trace.Event, _ arrived: Set<Int>) {
    var event = event
    switch event.kind {
    case .sent:
      if let number = event.number { sent.insert(number) }
    case .delivered:
      tellSender(of: event)
      (event.message, event.answers) = (nil, nil)
    case .lost:
      // Of what a killed server could not tell, not even the loss is told.
      guard let number = event.number, sent.contains(number) else { return }
    case .cut:
      if let from = event.server, let to = event.peer { cuts.insert(Way(from: from, to: to)) }
    case .healed: cuts = []
    case .crashed: if let id = event.server { down.insert(id) }
    case .started: if let id = event.server { down.remove(id) }
    default: break
    }
    events.append(event)
    if event.kind == .sent, let number = event.number, !arrived.contains(number),
      let from = event.server, let to = event.peer
    {
      open[number] = Way(from: from, to: to)
    }
    if [.sent, .cut, .crashed].contains(event.kind) { lose(at: event.time) }
  }

  /// Puts back what a killed server has sent and could not tell.
  private mutating func tellSender(of event: Trace.Event) {
    guard let number = event.number, let sender = event.peer, let message = event.message,
      sent.insert(number).inserted
    else { return }
    var sending = Trace.Event(
      at: event.time, .sent, sender, peer: event.server, number: number)
    (sending.message, sending.answers) = (message, event.answers)
    events.append(sending)
  }

  /// Tells of messages that something that has happened keeps from arriving.
  private mutating func lose(at time: Int64) {
    for (number, way) in open.sorted(by: { $0.key < $1.key }) {
      let isCut = cuts.contains(way)
      guard isCut || down.contains(way.from) || down.contains(way.to) else { continue }
      open[number] = nil
      var event = Trace.Event(at: time, .lost, way.to, peer: way.from, number: number)
      event.word = isCut ? "cut" : "down"
      events.append(event)
    }
  }
}
