import Foundation
import Grading
import Synchronization
import Testing

@testable import Dashboard
@testable import workbook

/// The live page in a real browser, on real processes of the reference.
@Suite(
  Browser.isThere, .serialized,
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: Anchor.runner.path),
    "There is no runner beside these tests. `swift build --build-tests` builds it."))
struct LiveBrowserTests {
  /// What is said from within the page goes out as a command that the test keeps to itself.
  private static let driver = """

    const send = (line) => fetch("/command", { method: "POST", body: JSON.stringify({ line }),
      headers: { "X-Workbook-Token": token } });
    const note = (words) => send("note " + words);
    window.addEventListener("error", (event) => note("error " + event.message));
    document.addEventListener("securitypolicyviolation", (event) => note("error " + event.blockedURI));
    const press = (key) => document.dispatchEvent(new KeyboardEvent("keydown", { key }));
    const pause = () => new Promise((done) => setTimeout(done, 20));
    async function see(what, isThere) {
      for (let tries = 0; tries < 9000; tries += 1) {
        if (isThere()) return note("saw " + what);
        await pause();
      }
      note("error: did not see " + what + ": " + at("line").textContent + at("said").textContent);
    }
    const drawn = (role) => [...document.querySelectorAll("#ring g." + role)]
      .map((group) => Number(group.getAttribute("aria-label").slice(1, 2)));
    const leader = () => drawn("leader").length === 1 ? drawn("leader")[0] : 0;
    const follows = () => document.querySelectorAll("#ring .follows").length;
    const said = (words) => at("said").textContent.includes(words);
    (async () => {
      await see("a leader", () => leader() && follows() === 4);
      const first = leader();
      press("l");
      await see("the leader down", () => drawn("down").includes(first) && said("Killed: S" + first));
      await see("a new leader", () => leader() && leader() !== first && follows() === 3);
      press("k");
      await see("advice", () => said("Choose servers first"));
      at("key").value = "colour";
      at("value").value = "dark blue";
      at("put").click();
      await see("the write", () => said("Done: a majority holds it"));
      await see("the store", () => at("store").textContent.includes("colourdark blue"));
      await see("committed cells", () => document.querySelectorAll(".cell.committed").length >= 4);
      at("get").click();
      await see("the value", () => said("get colour: dark blue"));
      press(String(first));
      press("r");
      await see("all five", () => drawn("down").length === 0 && follows() === 4);
      press(String(first));
      const cut = leader();
      press(String(cut));
      press(String(cut % 5 + 1));
      press("c");
      await see("a cut", () => document.querySelectorAll("#ring .cut").length === 6);
      await see("a leader of the majority", () => drawn("leader").some((one) => one !== cut));
      press("h");
      await see("a whole network", () => document.querySelectorAll("#ring .cut").length === 0
        && leader() && follows() === 4);
      await note("end");
    })().catch((error) => note("error " + error).then(() => note("end")));
    """

  /// Waits until a task that sleeps is woken when it asked to be, twenty times in a row.
  ///
  /// Hundreds of tests begin at once and share a thread for each core. Servers and a browser, which
  /// know nothing of that, would wait for this process longer than they wait for anybody.
  private func crowdHasGone() async throws {
    var times = 0
    while times < 20 {
      let asked = ContinuousClock.now
      try await Task.sleep(for: .milliseconds(20))
      times = ContinuousClock.now - asked < .milliseconds(60) ? times + 1 : 0
    }
  }

  @Test func `the page breaks a cluster, and shows it come back`() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-page-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await crowdHasGone()
    let plan = Fleet.Plan(
      runner: Anchor.runner, chapter: try #require(Curriculum.chapter(4)), subject: .solution,
      servers: 5, folder: folder, root: Examiner.root(), startLimit: .seconds(180))
    let fleet = try Fleet(plan)
    let session = ClusterSession(fleet: fleet, style: .plain)
    let (notes, noted) = AsyncStream<String>.makeStream()
    let live = try LivePage(
      port: 0, chance: SystemRandomNumberGenerator(), script: Self.driver
    ) { line in
      guard line.hasPrefix("note ") else { return await ClusterPage.run(line, session) }
      noted.yield(String(line.dropFirst(5)))
      return LivePage.Answer(isDone: true, [])
    }
    let page = ClusterPage(live)
    let watch = FleetWatch(fleet) {
      page.pause
    } tell: {
      page.show($0)
    }
    let seen = try await fleet.run {
      watch.start()
      let browser = Task {
        try await Browser.open(page.address)
        noted.finish()
      }
      var seen: [String] = []
      for await note in notes where note != "end" || !browser.isCancelled {
        if note == "end" { browser.cancel() } else { seen.append(note) }
      }
      return seen
    }
    watch.end()
    page.close()
    #expect(
      seen == [
        "saw a leader", "saw the leader down", "saw a new leader", "saw advice", "saw the write",
        "saw the store", "saw committed cells", "saw the value", "saw all five", "saw a cut",
        "saw a leader of the majority", "saw a whole network",
      ])
  }
}

/// Where the products of the build are.
private final class Anchor {
  static let runner = Examiner.forTests(anchor: Anchor.self).runner
}
