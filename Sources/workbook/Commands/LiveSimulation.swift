internal import Dashboard
internal import Foundation
internal import Grading
internal import Platform

/// A run of a simulated cluster on a page: played again whenever its file is saved, or a person
/// asks for another.
actor LiveSimulation {
  /// What is played.
  struct Cast {
    let chapter: Chapter
    let subject: Subject
    var seed: UInt64
    let servers: Int
    let faults: String
    /// Which of the random faults are kept, in the runner's words.
    let kept: [String]
    /// Which messages are lost besides, in the runner's words.
    let lost: [String]
    /// What is done by hand besides.
    var byHand: HandMadeFaults?

    /// In the runner's words.
    var words: [String] {
      [
        "simulate", "\(chapter.number)", "--seed", "\(seed)", "--servers", "\(servers)",
        "--faults", faults,
      ] + kept + lost + (byHand.map { ["--by-hand", $0.description] } ?? [])
    }
  }

  private struct State: Encodable {
    let run: Int
    let isTrouble: Bool
    let said: String
    /// What was done by hand, in the words of `HandMadeFaults`.
    let byHand: String
  }

  private let surroundings: Surroundings
  private let turns = Turns()
  private var cast: Cast
  private var page: LivePage?
  private var runs = 0

  init(_ cast: Cast, in surroundings: Surroundings) {
    self.cast = cast
    self.surroundings = surroundings
  }

  /// Serves the page until the process is stopped.
  ///
  /// - Parameter port: 0 is one that is free.
  func serve(port: Int, opening: Bool) async throws {
    let page = try LivePage.serving(.simulation, port: port) { await self.carryOut($0) }
    self.page = page
    let files = cast.chapter.paths
    let changes = FileWatcher(files.map(surroundings.url)).changes
    await playFirst()
    surroundings.screen.say("Watch it in a browser: \(page.address)")
    if opening, let address = URL(string: page.address) { _ = await surroundings.open(address) }
    if cast.subject == .learner {
      surroundings.screen.say(
        "Save \(files.joined(separator: " or ")), and it runs again. Ctrl-C ends it.")
    }
    for await _ in changes where cast.subject == .learner {
      await play("Your code has changed, and ran again.")
    }
  }

  private func playFirst() async {
    await play(
      cast.subject == .learner
        ? "Your own code. Save your file, and it runs again." : "The reference's code.")
  }

  /// Plays the run, and shows it from now on; or else why there is none.
  @discardableResult
  private func play(_ said: String) async -> LivePage.Answer {
    let cast = cast
    let storyteller = Storyteller(surroundings)
    do {
      let (story, trace) = try await turns.take {
        try await storyteller.record(cast.words, of: cast.chapter, subject: cast.subject)
      }
      runs += 1
      page?.offer(trace)
      surroundings.screen.say("\(story.first ?? ""). \(story.last ?? "")")
      return show(said, isTrouble: false)
    } catch {
      surroundings.screen.complain("\(error)")
      return show("\(error)", isTrouble: true)
    }
  }

  private func show(_ said: String, isTrouble: Bool) -> LivePage.Answer {
    let state = State(
      run: runs, isTrouble: isTrouble, said: said, byHand: cast.byHand?.description ?? "")
    if let text = try? JSONText.encode(state) { page?.show(text) }
    return LivePage.Answer(isDone: !isTrouble, [said])
  }

  /// Carries out what somebody asks for on the page.
  private func carryOut(_ line: String) async -> LivePage.Answer {
    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = parts.count == 2 ? parts[1] : ""
    switch parts.first {
    case "seed":
      guard let seed = UInt64(rest) else {
        return LivePage.Answer(isDone: false, ["A seed is a whole number from 0: `seed 7`."])
      }
      (cast.seed, cast.byHand) = (seed, nil)
      return await play("The run of seed \(seed).")
    case "hand" where rest.isEmpty:
      cast.byHand = nil
      return await play("Nothing is done by hand any more.")
    case "hand":
      guard let faults = HandMadeFaults(rest, servers: cast.servers) else {
        return LivePage.Answer(
          isDone: false, ["\(HandMadeFaults.usage) '\(rest)' is something else."])
      }
      cast.byHand = faults
      return await play("From there on, the run goes another way.")
    default:
      return LivePage.Answer(isDone: false, ["There are `seed 7` and `hand`, and not '\(line)'."])
    }
  }
}
