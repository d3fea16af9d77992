import Platform
import Testing

@testable import Dashboard

/// A live page, and a browser in which a script drives it from within. What the script notes goes
/// out as a command that the visit keeps to itself.
struct LiveVisit {
  let page: LivePage
  private let notes: AsyncStream<String>
  private let noted: AsyncStream<String>.Continuation

  private static let tools = """

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
    const said = (words) => at("said").textContent.includes(words);

    """

  init(
    _ scene: LivePage.Scene, _ script: String,
    command: @escaping LivePage.Command = { _ in LivePage.Answer(isDone: true, []) }
  ) throws {
    let (notes, noted) = AsyncStream<String>.makeStream()
    self.notes = notes
    self.noted = noted
    let driver =
      Self.tools + "(async () => {\n\(script)\nawait note(\"end\");\n})()"
      + ".catch((error) => note(\"error \" + error).then(() => note(\"end\")));"
    page = try LivePage(
      scene, port: 0, chance: SystemRandomNumberGenerator(), script: driver
    ) { line in
      guard line.hasPrefix("note ") else { return await command(line) }
      noted.yield(String(line.dropFirst(5)))
      return LivePage.Answer(isDone: true, [])
    }
  }

  /// Opens the page, and returns what its script noted once it has ended.
  func lines() async throws -> [String] {
    let browser = Task { [page, noted] in
      try await Browser.open(page.address)
      noted.finish()
    }
    var lines: [String] = []
    for await line in notes where line != "end" || !browser.isCancelled {
      if line == "end" { browser.cancel() } else { lines.append(line) }
    }
    return lines
  }
}
