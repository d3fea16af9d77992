import Contracts
import Foundation
import Grading
import Node
import Platform

#if CHAPTER_03
  import Chapter03
  import Solution03
#endif
#if CHAPTER_04
  import Chapter04
  import Solution04
#endif

/// Hosts one server of a cluster until somebody ends this process.
///
/// Exit codes: 0 after a polite request to end, 64 for wrong arguments, 69 where this build has no
/// such server, 71 where it cannot start, 73 where another program uses a port, 74 where the disk
/// fails, 75 where the parent has ended.
enum Nodes {
  static let usage = """
    usage: runner node CHAPTER --subject learner|solution --id N --data FOLDER
             --peers 1=HOST:PORT/HOST:PORT,2=… --client HOST:PORT
             [--election-timeout 300-600] [--heartbeat 75] [--open] [--faults]
             [--trace FILE [--trace-start NANOSECONDS]]
           Each of --peers: where the other servers find it, and behind the slash, clients.
    """

  /// - Parameter arguments: what stands behind `node`.
  static func run(_ arguments: [String]) -> Never {
    ProcessGuard.endAfterParent()
    ProcessGuard.limit(memory: 8 << 30, fileSize: 1 << 40)
    ProcessGuard.allowManyFiles()
    Interrupts.endProcess(code: 0) {}
    do {
      let (chapter, subject, rest) = try split(arguments)
      let settings = try NodeSettings(arguments: rest)
      if let warning = settings.warning { say(warning) }
      let loop = try EventLoop()
      guard let node = try node(chapter, subject, settings, loop) else {
        fail("Chapter \(chapter) has no server that could run here, or not in this build.", 69)
      }
      print(#"{"ready":1,"client":"\#(node.client)","peer":"\#(node.peer)"}"#)
      loop.run()
      exit(0)
    } catch let problem as ArgumentProblem {
      fail("\(problem)\n\(usage)", 64)
    } catch {
      fail("\(error)", code(of: error))
    }
  }

  private static func split(
    _ arguments: [String]
  ) throws(ArgumentProblem) -> (Int, Subject, [String]) {
    var rest = arguments
    guard let chapter = rest.first.flatMap(Int.init) else {
      throw ArgumentProblem("The chapter's number comes first: 3 or 4.")
    }
    rest.removeFirst()
    guard let place = rest.firstIndex(of: "--subject") else { return (chapter, .learner, rest) }
    guard place + 1 < rest.count, let subject = Subject(rawValue: rest[place + 1]) else {
      throw ArgumentProblem("--subject is learner or solution.")
    }
    rest.removeSubrange(place...place + 1)
    return (chapter, subject, rest)
  }

  private static func node(
    _ chapter: Int, _ subject: Subject, _ settings: NodeSettings, _ loop: EventLoop
  ) throws -> RaftNode? {
    let listeners = RaftNode.Listeners(note: say) { fail("\($0)", code(of: $0)) }
    let chance = SystemRandomNumberGenerator()
    switch (chapter, subject) {
    #if CHAPTER_03
      case (3, .learner):
        return try RaftNode(
          Chapter03.State.self, settings, on: loop, chance: chance, listeners)
      case (3, .solution):
        return try RaftNode(
          Solution03.State.self, settings, on: loop, chance: chance, listeners)
    #endif
    #if CHAPTER_04
      case (4, .learner):
        return try RaftNode(
          Chapter04.State.self, settings, on: loop, chance: chance, listeners)
      case (4, .solution):
        return try RaftNode(
          Solution04.State.self, settings, on: loop, chance: chance, listeners)
    #endif
    default: return nil
    }
  }

  private static func code(of error: any Error) -> Int32 {
    switch error {
    case is DiskProblem: 74
    case let error as SystemError where error.isAddressInUse: 73
    default: 71
    }
  }

  private static func say(_ sentence: String) {
    FileHandle.standardError.write(Data((sentence + "\n").utf8))
  }

  private static func fail(_ sentence: String, _ code: Int32) -> Never {
    say(sentence)
    exit(code)
  }
}
