import Foundation
import Grading
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
  private static let script = """
    const leader = () => drawn("leader").length === 1 ? drawn("leader")[0] : 0;
    const follows = () => document.querySelectorAll("#ring .follows").length;
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
    await see("messages", () => document.querySelector("#messages .message"));
    press("h");
    await see("a whole network", () => document.querySelectorAll("#ring .cut").length === 0
      && leader() && follows() === 4);
    press("Escape");
    const stands = leader() % 5 + 1;
    press(String(stands));
    press("s");
    await see("it slow", () => said("Slow by 200 ms: S" + stands)
      && seats[stands - 1].group.getAttribute("aria-label").includes("slow by 200 ms"));
    press("h");
    await see("it quick", () => !seats[stands - 1].group.getAttribute("aria-label").includes("slow"));
    const term = seen.servers[stands - 1].view.term;
    press("e");
    await see("an election", () => said("The election timer has run out: S" + stands)
      && seen.servers[stands - 1].view.term > term);
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
      servers: 5, folder: folder, root: Examiner.root(), startLimit: .seconds(600))
    let fleet = try Fleet(plan)
    let session = ClusterSession(fleet: fleet, style: .plain)
    let visit = try LiveVisit(.cluster, Self.script) { await ClusterPage.run($0, session) }
    let page = ClusterPage(visit.page)
    let watch = FleetWatch(fleet) {
      page.pause
    } tell: {
      page.show($0)
    }
    let seen = try await fleet.run {
      watch.start()
      return try await visit.lines()
    }
    watch.end()
    page.close()
    #expect(
      seen == [
        "saw a leader", "saw the leader down", "saw a new leader", "saw advice", "saw the write",
        "saw the store", "saw committed cells", "saw the value", "saw all five", "saw a cut",
        "saw a leader of the majority", "saw messages", "saw a whole network", "saw it slow",
        "saw it quick", "saw an election",
      ])
  }
}

/// Where the products of the build are.
final class Anchor {
  static let runner = Examiner.forTests(anchor: Anchor.self).runner
}
