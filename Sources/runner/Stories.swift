import Contracts
import Dashboard
import Foundation
import Grading
import Platform
import Traces

#if CHAPTER_01
  import Chapter01
  import Solution01
#endif
#if CHAPTER_02
  import Chapter02
  import Solution02
#endif
#if CHAPTER_03
  import Chapter03
  import Solution03
#endif
#if CHAPTER_04
  import Chapter04
  import Solution04
#endif

/// The lines of a run that is shown and not judged, or nil where this build has no such run.
func story(for request: Request) throws -> [String]? {
  switch (request.chapter, request.subject) {
  #if CHAPTER_01
    case (1, .learner): try tasksStory(Chapter01.State.self, request)
    case (1, .solution): try tasksStory(Solution01.State.self, request)
  #endif
  #if CHAPTER_02
    case (2, .learner): try counterStory(Chapter02.State.self, request)
    case (2, .solution): try counterStory(Solution02.State.self, request)
  #endif
  #if CHAPTER_03
    case (3, .learner): try electionsStory(Chapter03.State.self, request)
    case (3, .solution): try electionsStory(Solution03.State.self, request)
  #endif
  #if CHAPTER_04
    case (4, .learner): try replicationStory(Chapter04.State.self, request)
    case (4, .solution): try replicationStory(Solution04.State.self, request)
  #endif
  default: nil
  }
}

/// Searches the clusters of a chapter, telling as it goes; false if something is wrong there, and
/// nil where this build has nothing to search.
func found(by story: SearchStory, _ request: Request) throws -> Bool? {
  switch (request.chapter, request.subject) {
  #if CHAPTER_03
    case (3, .learner): try story.search(Chapter03.State.self) { print($0) }
    case (3, .solution): try story.search(Solution03.State.self) { print($0) }
  #endif
  #if CHAPTER_04
    case (4, .learner): try story.search(Chapter04.State.self) { print($0) }
    case (4, .solution): try story.search(Solution04.State.self) { print($0) }
  #endif
  default: nil
  }
}

/// One part, or, without its name, the names of all.
private func tasksStory<State: TasksChapter>(
  _: State.Type, _ request: Request
) throws -> [String]? {
  guard request.verb == .simulate else { return nil }
  guard let part = request.values["part"] else { return TasksStory<State>.parts }
  return try TasksStory<State>.lines(part: part, width: request.number("width", or: 100))
}

private func counterStory<State: CounterChapter>(
  _: State.Type, _ request: Request
) throws -> [String]? {
  let seed = request.number("seed", or: UInt64(1))
  let width = request.number("width", or: 100)
  switch request.verb {
  case .explore:
    return try CounterStory<State>.increment(
      seed: seed, tasks: request.number("tasks", or: 2), width: width)
  case .simulate:
    return try CounterStory<State>.cluster(
      servers: request.number("servers", or: 3), seed: seed, width: width)
  case .check, .search, .pace: return nil
  }
}

private func electionsStory<State: ElectionsChapter>(
  _: State.Type, _ request: Request
) throws -> [String]? {
  if request.verb == .pace {
    try ElectionsPace<State>.run(
      request.number("runs", or: 1), servers: request.number("servers", or: 5),
      seconds: request.number("seconds", or: 10), tracing: request.values["trace"] == "all")
    return []
  }
  guard request.verb == .simulate,
    let faults = ElectionScenario(rawValue: request.values["faults", default: "none"])
  else { return nil }
  let servers = request.number("servers", or: 3)
  return try shown(
    ElectionsStory<State>.run(
      servers: servers, seed: request.number("seed", or: UInt64(1)),
      faults: faults, keeping: request.values["keep"].flatMap(KeptFaults.init),
      losing: request.values["lose"].flatMap(LostMessages.init),
      byHand: request.values["by-hand"].flatMap { HandMadeFaults($0, servers: servers) }), request)
}

/// Does work that is to be measured, and says how much memory it took, in bytes: so many commands,
/// the picture of so many events, or else so many runs with clients and faults.
private func replicationPace<State: ReplicationChapter>(
  _: State.Type, _ request: Request
) throws -> [String] {
  let servers = request.number("servers", or: 5)
  if let commands = request.values["commands"].flatMap(Int.init) {
    try ReplicationPace<State>.replicate(commands, servers: servers)
  } else if let path = request.values["html"] {
    let trace = try ReplicationPace<State>.trace(events: request.number("events", or: 50_000))
    try write(Picture(of: trace).html, to: path)
  } else {
    try ReplicationPace<State>.run(
      request.number("runs", or: 1), servers: servers,
      seconds: request.number("seconds", or: 10))
  }
  return ["\(ProcessGuard.peakMemory)"]
}

private func replicationStory<State: ReplicationChapter>(
  _: State.Type, _ request: Request
) throws -> [String]? {
  if request.verb == .pace { return try replicationPace(State.self, request) }
  guard request.verb == .simulate,
    let faults = ReplicationScenario(rawValue: request.values["faults", default: "none"])
  else { return nil }
  let servers = request.number("servers", or: 3)
  guard faults.sizes.contains(servers) else { return nil }
  return try shown(
    ReplicationStory<State>.run(
      servers: servers, seed: request.number("seed", or: UInt64(1)), faults: faults,
      keeping: request.values["keep"].flatMap(KeptFaults.init),
      losing: request.values["lose"].flatMap(LostMessages.init),
      byHand: request.values["by-hand"].flatMap { HandMadeFaults($0, servers: servers) }), request)
}

/// A run as a story or as a diagram, whichever is asked for; its trace and its picture in files.
private func shown(_ run: ToldRun, _ request: Request) throws -> [String] {
  if let path = request.values["trace"] {
    try write(run.trace.lines, to: path)
  }
  if let path = request.values["html"] {
    try write(Picture(of: run.trace).html, to: path)
  }
  if let path = request.values["svg"] {
    let millisecond: Int64 = 1_000_000
    let start = request.number("from", or: Int64(0)) * millisecond
    let end = request.number("to", or: Int64(3_600_000)) * millisecond
    let still = Still(of: run.trace, between: start...max(start, end))
    try write(Data(still.svg.utf8), to: path)
  }
  let width = request.number("width", or: 100)
  return request.values["as"] == "diagram" ? run.diagram(width: width) : run.story(width: width)
}

/// Writes a file that somebody asked for.
///
/// - Throws: `Unwritten`, with a sentence.
private func write(_ data: Data, to path: String) throws {
  do {
    let file = URL(fileURLWithPath: path)
    if path.contains("/\(Examiner.pictures)/") {
      // The folder of our own: the first picture makes it.
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
    try data.write(to: file, options: .atomic)
  } catch {
    throw Unwritten(path: path)
  }
}

/// A file could not be written.
struct Unwritten: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path) cannot be written: is there such a folder, may you write in it, is the disk full?"
  }
}
