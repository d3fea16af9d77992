import Foundation
import Raft
import Testing
import Traces

/// The page in a real browser, driven by its keys.
@Suite(Browser.isThere, .serialized) struct BrowserTests {
  /// S2 votes for S1 and then for S3, in one term.
  private var twoVotes: Trace {
    var events: [Trace.Event] = []
    func add(
      _ milliseconds: Int64, _ kind: Trace.Kind, _ server: ServerID, peer: ServerID? = nil,
      number: Int? = nil, _ change: (inout Trace.Event) -> Void = { _ in }
    ) {
      var event = Trace.Event(
        at: milliseconds * 1_000_000, kind, server, peer: peer, number: number)
      change(&event)
      events.append(event)
    }
    func state(_ role: Role, _ term: Term, for candidate: ServerID? = nil) -> Trace.State {
      Trace.State(
        term: term, votedFor: candidate, role: role, commitIndex: nil, lastApplied: nil,
        lastIndex: 0, lastTerm: 0)
    }
    for id in 1...3 { add(0, .started, ServerID(id)) { $0.after = state(.follower, 0) } }
    var before = state(.follower, 0)
    for (place, candidate) in [ServerID(1), 3].enumerated() {
      let number = place + 1
      let request = RequestVote(term: 1, candidateID: candidate)
      add(100, .changed, candidate) {
        ($0.before, $0.after) = (state(.follower, 0), state(.candidate, 1, for: candidate))
      }
      add(100, .sent, candidate, peer: 2, number: number) { $0.message = .init(request) }
      add(105 + Int64(place), .delivered, 2, peer: candidate, number: number)
      let after = state(.follower, 1, for: candidate)
      add(105 + Int64(place), .called, 2, peer: candidate, number: number) {
        ($0.word, $0.message) = ("RequestVote", .init(.init(term: 1, voteGranted: true)))
        ($0.before, $0.after) = (before, after)
      }
      before = after
    }
    add(106, .broken, 2, peer: 3, number: 2) {
      ($0.word, $0.sentence) = ("one vote per server and term", "S2 voted twice in term 1.")
    }
    add(106, .failed, 2, number: 2) {
      ($0.word, $0.sentence) = ("3.8.safe", "S2 voted twice in term 1.")
    }
    events.sort { $0.time < $1.time }
    return Trace(
      header: Trace.Header(
        chapter: 3, servers: 3, seed: 5, scenario: "random",
        command: "swift run workbook simulate 3 --servers 3 --seed 5 --faults random"),
      events: events)
  }

  @Test func `the page opens at the broken rule`() async throws {
    let noted = try await Browser.walk(
      through: twoVotes,
      """
      note(words("title"));
      note(words("command"));
      note(words("finding-text").trim());
      note(words("now"));
      note(words("clock"));
      note([...document.querySelectorAll(".server.broken")].map((row) => row.textContent).join());
      note(trace.messages.get(trace.events[trace.bad].number).from);
      """)
    #expect(
      noted == [
        "Chapter 3: 3 servers, faults: random, seed 5",
        "swift run workbook simulate 3 --servers 3 --seed 5 --faults random",
        "✗ 3.8.safe S2 voted twice in term 1.",
        "S2 voted twice in term 1. (one vote per server and term)", "0.106 s",
        "S2followerterm 1 · votedFor S3", "3",
      ])
  }

  @Test func `keys go through the run`() async throws {
    let noted = try await Browser.walk(
      through: twoVotes,
      """
      const say = async () => { await frame(); note(words("clock") + " " + words("now")); };
      press("ArrowLeft"); await say();
      press("ArrowLeft"); await say();
      press("Home"); await say();
      press("ArrowRight"); press("ArrowRight"); press("ArrowRight"); await say();
      note(location.hash.replace("&", " "));
      press("v"); await say();
      press("End"); await say();
      """)
    #expect(
      noted == [
        "0.106 s S2: RequestVote → vote granted (term 1); votedFor S3",
        "0.106 s S2 receives RequestVote(term 1, candidate S3, last log 0 of term 0) from S3",
        "0.000 s S1 starts in term 0, with a log up to 0",
        "0.100 s S1: term 0 → 1, follower → candidate, votedFor S1",
        "#t=0.100000 e=3",
        "0.106 s S2 voted twice in term 1. (one vote per server and term)",
        "0.106 s S2 voted twice in term 1. (3.8.safe)",
      ])
  }

  @Test func `an address leads to its moment`() async throws {
    let noted = try await Browser.walk(
      through: twoVotes, at: "#t=0.1005",
      """
      note(words("clock"));
      for (const address of ["#t=0.105000&e=7", "#t=9", "#e=nonsense"]) {
        location.hash = address;
        await frame();
        await frame();
        note(words("clock"));
      }
      """)
    #expect(noted == ["0.101 s", "0.105 s", "0.106 s", "0.000 s"])
  }

  @Test func `what is not shown is no step`() async throws {
    let noted = try await Browser.walk(
      through: twoVotes,
      """
      const boxes = [...document.querySelectorAll("#filters input")];
      note(view.steps.length + " of " + boxes.length);
      boxes[0].click();
      note(view.steps.length);
      boxes.at(-1).click();
      note(view.steps.length);
      """)
    #expect(noted == ["13 of 11", "9", "7"])
  }

  @Test func `play goes on in time, and to the end`() async throws {
    let noted = try await Browser.walk(
      through: twoVotes,
      """
      press("Home");
      document.getElementById("speed").value = "1";
      press(" ");
      note(words("play").trim());
      for (let frames = 0; view.playing && frames < 200; frames += 1) await frame();
      await frame();
      note(words("play").trim() + " " + words("clock"));
      """)
    #expect(noted == ["pause space", "play space 0.106 s"])
  }

  @Test(arguments: [false, true])
  func `light or dark, everything is drawn`(_ isDark: Bool) async throws {
    let noted = try await Browser.walk(
      through: twoVotes, dark: isDark,
      """
      await frame();
      const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = new Set();
      for (let at = 0; at < pixels.length; at += 4) {
        seen.add(pixels[at] + " " + pixels[at + 1] + " " + pixels[at + 2]);
      }
      const colour = (name) => view.colours[name].match(/[0-9a-f]{2}|[0-9a-f]/gi)
        .map((part) => parseInt(part.length === 1 ? part + part : part, 16)).join(" ");
      note(["follower", "candidate", "vote", "bad", "t0", "t1"].map((name) => seen.has(colour(name))));
      note(matchMedia("(prefers-color-scheme: dark)").matches);
      """)
    #expect(noted == ["true,true,true,true,true,true", "\(isDark)"])
  }
}
