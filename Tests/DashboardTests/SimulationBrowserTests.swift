import Foundation
import Simulator
import Synchronization
import Testing
import Traces

@testable import Dashboard
@testable import Grading

/// The pages of a simulated run, and of messages on their way, in a real browser.
@Suite(Browser.isThere, .serialized) struct SimulationBrowserTests {
  private static let walk = """
    const clock = () => at("clock").textContent;
    const messages = () => document.querySelectorAll("#messages .message");
    const moments = async (count) => { for (let i = 0; i < count; i += 1) await pause(); };
    await see("the beginning", () => clock() === "0.000 s" && seats.length === 3);
    let steps = 0;
    while (!messages().length && steps < 50) { press("ArrowRight"); steps += 1; await moments(2); }
    await see("a message at its sender", () => messages().length === 1
      && at("now").textContent.includes("sends") && messages()[0].textContent.includes("RequestVote"));
    const [time, event] = [clock(), at("now").textContent];
    press("ArrowRight");
    await see("another step", () => at("now").textContent !== event);
    press("ArrowLeft");
    await see("the step before", () => at("now").textContent === event && clock() === time);
    press("-");
    await see("it slower", () => at("speed").value === "0.02");
    press("+");
    press("+");
    await see("it faster", () => at("speed").value === "0.1");
    press(" ");
    await see("time pass", () => view.playing && clock() > time);
    press(" ");
    await moments(5);
    const held = clock();
    await moments(10);
    await see("time stand still", () => !view.playing && clock() === held);
    at("slider").value = trace.end / 2;
    at("slider").dispatchEvent(new Event("input"));
    await see("the middle", () => clock() === seconds(trace.end / 2) && drawn("leader").length === 1);
    await see("a timer", () => document.querySelectorAll("#ring .timer:not(.over)").length === 2);
    await see("a log", () => document.querySelectorAll(".cell.committed").length > 1
      && at("store").textContent === "colourblue1");
    const lost = trace.arrows.find((arrow) => arrow.isLost && arrow.start > 0);
    goTo(lost.index);
    await see("a cross", () => document.querySelectorAll(".message.lost").length > 0);
    press("Home");
    await see("no message", () => messages().length === 0 && clock() === "0.000 s");
    at("speed").value = "10";
    press(" ");
    await see("the end", () => !view.playing && clock() === seconds(trace.end));
    at("slider").value = trace.end / 2;
    at("slider").dispatchEvent(new Event("input"));
    await moments(5);
    const half = clock();
    at("seed").value = "7";
    at("seeds").requestSubmit();
    await see("another run, at the same time", () => at("title").textContent.endsWith("seed 7")
      && clock() === half);
    press("1");
    press("k");
    await see("what is done by hand", () => at("by-hand").textContent.endsWith(" kill 1")
      && drawn("down").join() === "1");
    press("h");
    await see("both", () => byHand.length === 2 && byHand[1].endsWith(" heal"));
    goToTime(view.now - 1);
    press("p");
    await see("another way from there", () => byHand.length === 2 && byHand[1].endsWith(" pause 1"));
    press("z");
    await see("one left", () => byHand.length === 1 && byHand[0].endsWith(" kill 1"));
    press("z");
    await see("it undone", () => at("by-hand").hidden && drawn("down").length === 0);
    press("s");
    await see("it slow", () => byHand.length === 1 && byHand[0].endsWith(" slow 1 200")
      && seats[0].group.getAttribute("aria-label").includes("slow by 200 ms"));
    press("z");
    await see("it as before", () => byHand.length === 0
      && !seats[0].group.getAttribute("aria-label").includes("slow by"));
    press("1");
    const leads = drawn("leader")[0], stands = leads % 3 + 1;
    press(String(leads));
    press("e");
    await see("a leader that has no election timer", () => said("✗ No election timer runs on"));
    press(String(leads));
    press(String(stands));
    press("e");
    await see("an election", () => byHand[0]?.endsWith(` elect ${stands}`)
      && drawn("candidate").join() === String(stands));
    send("break");
    await see("trouble", () => said("✗ Your code crashed in this run."));
    """

  @Test func `a run is walked through, forwards and back`() async throws {
    let player = Player()
    let visit = try LiveVisit(.simulation, Self.walk) { player.carryOut($0) }
    try player.begin(on: visit.page)
    let seen = try await visit.lines()
    visit.page.stop()
    #expect(
      seen == [
        "saw the beginning", "saw a message at its sender", "saw another step",
        "saw the step before", "saw it slower", "saw it faster", "saw time pass",
        "saw time stand still", "saw the middle", "saw a timer", "saw a log", "saw a cross",
        "saw no message", "saw the end", "saw another run, at the same time",
        "saw what is done by hand", "saw both", "saw another way from there", "saw one left",
        "saw it undone", "saw it slow", "saw it as before",
        "saw a leader that has no election timer", "saw an election", "saw trouble",
      ])
  }

  private func state(_ messages: String) -> String {
    let servers = (1...3).map {
      """
      {"view":{"server":\($0),"state":"\($0 == 1 ? "leader" : "follower")","term":2,"commit":0,\
      "applied":0,"last":0},"votedFor":1,"leader":1,"cut":[],"log":[],\
      "timer":\($0 == 1 ? "null" : #"{"left":1500,"full":2000}"#)}
      """
    }.joined(separator: ",")
    return #"{"servers":[\#(servers)],"store":[]\#(messages)}"#
  }

  @Test func `messages of servers fly once, and the lost ones end in a cross`() async throws {
    let page = Mutex<LivePage?>(nil)
    @Sendable func told(upTo number: Int) -> String {
      state(
        """
        ,"messages":[{"id":\(number - 1),"from":1,"to":2,"kind":"AppendEntries","reply":false,\
        "term":2,"lost":false,"progress":null},{"id":\(number),"from":3,"to":1,\
        "kind":"RequestVote","reply":true,"term":2,"lost":true,"progress":null}]
        """)
    }
    let visit = try LiveVisit(
      .cluster,
      """
      const classes = new Set(), places = new Set();
      new MutationObserver(() => {
        for (const group of document.querySelectorAll("#messages .message")) {
          classes.add(group.getAttribute("class"));
          places.add(group.querySelector(".shape").getAttribute("transform"));
        }
      }).observe(at("ring"), { subtree: true, childList: true, attributes: true });
      const timers = () => [...document.querySelectorAll("#ring .timer")]
        .map((timer) => parseInt(timer.getAttribute("stroke-dasharray")));
      // A browser that is busy may draw nothing while two messages fly. Then two others do.
      let number = 2;
      const isOver = () => known.has(number) && underway.length === 0;
      const flies = (isSeen) => () => {
        if (isOver()) send("tell " + (number += 2));
        return isSeen();
      };
      await see("no messages told", () => at("legend").textContent.includes("not drawn"));
      send("tell 2");
      await see("both kinds", flies(() => classes.has("message AppendEntries")
        && classes.has("message RequestVote reply")));
      await see("timers run", flies(() => timers()[0] === 0 && timers()[1] > 0));
      await see("a cross", flies(() => classes.has("message RequestVote reply lost")));
      await see("them fly", flies(() => places.size > 4));
      await see("an empty network", () => isOver()
        && !document.querySelector("#messages .message"));
      classes.clear();
      command("late " + number);
      await see("nothing again", () => said("done") && classes.size === 0);
      await see("the timers run out", () => timers().join() === "0,0,0");
      """
    ) { line in
      let words = line.split(separator: " ")
      let messages = told(upTo: words.last.flatMap { Int($0) } ?? 0)
      let later = messages.replacingOccurrences(of: #""left":1500"#, with: #""left":999"#)
      page.withLock { $0?.show(words.first == "late" ? later : messages) }
      return LivePage.Answer(isDone: true, ["done"])
    }
    page.withLock { $0 = visit.page }
    visit.page.show(state(""))
    let seen = try await visit.lines()
    visit.page.stop()
    #expect(
      seen == [
        "saw no messages told", "saw both kinds", "saw timers run", "saw a cross",
        "saw them fly", "saw an empty network", "saw nothing again", "saw the timers run out",
      ])
  }
}

/// Plays what a page asks for, as the command does, on servers that are always there.
private final class Player: Sendable {
  private let state = Mutex<(page: LivePage?, seed: UInt64, runs: Int)>((nil, 1, 0))

  func begin(on page: LivePage) throws {
    state.withLock { $0.page = page }
    show(try trace(), "Your own code.")
  }

  func carryOut(_ line: String) -> LivePage.Answer {
    if line.hasPrefix("seed "), let seed = UInt64(line.dropFirst(5)) {
      state.withLock { $0.seed = seed }
      show(try? trace(seed: seed), "Seed \(seed).")
    } else if line.hasPrefix("hand") {
      let text = String(line.dropFirst(5))
      let plan = HandMadeFaults(text, servers: 3)?.plan ?? FaultPlan()
      show(try? trace(seed: state.withLock { $0.seed }, plan: plan), "", byHand: text)
    } else {
      show(nil, "Your code crashed in this run.")
    }
    return LivePage.Answer(isDone: true, ["done"])
  }

  private func show(_ trace: Trace?, _ said: String, byHand: String = "") {
    state.withLock { state in
      if let trace {
        state.runs += 1
        state.page?.offer(trace.lines)
      }
      state.page?.show(
        """
        {"run":\(state.runs),"isTrouble":\(trace == nil),"said":"\(said)","byHand":"\(byHand)"}
        """)
    }
  }
}
