internal import Raft

extension Trace {
  /// The last events alone, after what the servers had come to by then.
  ///
  /// Pictures know a server by what has changed: so what it was before is told as one change.
  public func end(_ count: Int) -> Trace {
    guard events.count > count else { return self }
    var servers: [ServerID: Look] = [:]
    for event in events.dropLast(count) {
      guard let id = event.server else { continue }
      servers[id, default: Look()].follow(event)
    }
    let last = events.suffix(count)
    let time = last.first?.time ?? 0
    let begin = servers.sorted { $0.key < $1.key }.flatMap { $1.events(of: $0, at: time) }
    return Trace(header: header, events: begin + last)
  }

  /// What became of a server.
  private struct Look {
    var state: State?
    var log: [Entry] = []
    var isPaused = false

    mutating func follow(_ event: Event) {
      switch event.kind {
      case .saved: return
      case .crashed: self = Look()
      case .started: self = Look()
      case .paused: isPaused = true
      case .resumed: isPaused = false
      default: break
      }
      if let after = event.after { state = after }
      if let change = event.log {
        log.removeLast(max(0, log.count - change.kept.number))
        log += change.appended
      }
    }

    func events(of id: ServerID, at time: Int64) -> [Event] {
      guard let state else { return [] }
      var event = Event(at: time, .changed, id)
      event.before = state
      event.after = state
      event.log = LogChange(kept: 0, appended: log)
      return [event] + (isPaused ? [Event(at: time, .paused, id)] : [])
    }
  }
}
