import Dashboard
import Foundation
import Grading
import Platform

/// The program that links the chapters and runs the learner's code: always a child of another.
@main struct Runner {
  static func main() {
    ProcessGuard.writeLineByLine()
    let words = Array(CommandLine.arguments.dropFirst())
    switch words.first {
    case "node": Nodes.run(Array(words.dropFirst()))
    case "load": Loads.run(Array(words.dropFirst()))
    default: break
    }
    ProcessGuard.endWithParent()
    ProcessGuard.limit(memory: 2 << 30, fileSize: Examiner.outputLimit)
    guard let request = Request(words) else {
      fail(Request.usage, code: 64)
    }
    switch request.verb {
    case .check: check(request)
    case .explore, .simulate, .pace: tell(request)
    case .search: search(request)
    }
  }

  private static func check(_ request: Request) -> Never {
    guard let step = request.step, let report = request.values["report"] else {
      fail(Request.usage, code: 64)
    }
    let runs = request.number("runs", or: 0)
    guard
      let checks = checks(on: step, of: request.chapter, subject: request.subject, runs: runs)
    else {
      fail("chapter \(request.chapter) is not part of this build", code: 69)
    }
    Examination.run(checks, reportPath: report) { trace in
      guard let folder = request.values["pictures"] else { return nil }
      let name = "\(step).html"
      let file = URL(fileURLWithPath: folder).appendingPathComponent(name)
      try? FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      // Without a picture, the verdict is as true.
      guard (try? Picture(of: trace).html.write(to: file, options: .atomic)) != nil else {
        return nil
      }
      return "\(Examiner.pictures)/\(name)"
    }
  }

  /// Writes the lines of a run that is shown and not judged.
  private static func tell(_ request: Request) -> Never {
    do {
      guard let lines = try story(for: request) else {
        fail("there is nothing to show of chapter \(request.chapter) in this build", code: 69)
      }
      for line in lines { print(line) }
      exit(0)
    } catch let error as Unwritten {
      fail("\(error)", code: 74)
    } catch {
      fail("\(error)", code: 70)
    }
  }

  /// Writes each line as it is known, since a search takes its time; exits with 1 for a find.
  private static func search(_ request: Request) -> Never {
    let story = SearchStory(
      depth: request.values["depth"].flatMap(Int.init),
      seconds: request.number("seconds", or: 20), width: request.number("width", or: 100)
    ) { Double(MonotonicClock.nanoseconds) / 1e9 }
    do {
      guard let isRight = try found(by: story, request) else {
        fail("there is nothing to search in chapter \(request.chapter) of this build", code: 69)
      }
      exit(isRight ? 0 : 1)
    } catch {
      fail("\(error)", code: 70)
    }
  }

  private static func fail(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(code)
  }
}

/// What another program asks this one to do.
struct Request {
  enum Verb: String { case check, explore, simulate, search, pace }

  static let usage = """
    usage: runner check STEP --subject learner|solution --report FILE [--pictures FOLDER]
                  [--runs N]
           runner explore STEP --subject … --seed S --tasks N --width W
           runner simulate CHAPTER --subject … --seed S --servers N --faults NAME --width W
                  [--keep FAULTS] [--lose MESSAGES] [--by-hand FAULTS]
                  [--as story|diagram] [--trace FILE] [--html FILE]
                  [--svg FILE] [--from MS] [--to MS]
           runner simulate CHAPTER --subject … --part NAME --width W
           runner search CHAPTER --subject … --seconds S [--depth D] --width W
           runner pace CHAPTER --subject … --runs N --seconds S [--servers N] [--trace all]
           runner pace 4 --subject … --commands N [--servers N]
           runner pace 4 --subject … --events N --html FILE
    """

  let verb: Verb
  let chapter: Int
  /// Nil where the whole chapter is meant.
  let step: String?
  let subject: Subject
  let values: [String: String]

  init?(_ words: [String]) {
    guard words.count >= 2, words.count % 2 == 0, let verb = Verb(rawValue: words[0]) else {
      return nil
    }
    self.verb = verb
    var values: [String: String] = [:]
    for index in stride(from: 2, to: words.count, by: 2) {
      guard words[index].hasPrefix("--") else { return nil }
      values[String(words[index].dropFirst(2))] = words[index + 1]
    }
    self.values = values
    guard let subject = Subject(rawValue: values["subject", default: "learner"]) else { return nil }
    self.subject = subject
    if let number = Int(words[1]), Curriculum.chapter(number) != nil {
      chapter = number
      step = nil
    } else if let (chapter, step) = Curriculum.step(words[1]) {
      self.chapter = chapter.number
      self.step = step.number
    } else {
      return nil
    }
  }

  /// The whole number called `name`, or else `standard`.
  func number<Number: LosslessStringConvertible>(_ name: String, or standard: Number) -> Number {
    values[name].flatMap(Number.init) ?? standard
  }
}
