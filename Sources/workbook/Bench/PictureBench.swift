internal import Foundation
internal import Platform

/// What the page of a long run costs.
extension Bench {
  /// The page of 50,000 events: how big it is, and how soon a browser shows it, where there is one.
  func pictures() async throws -> [Figure] {
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let page = folder.appendingPathComponent("run.html")
      _ = try await pace(chapter: 4, ["--events", "50000", "--html", page.path])
      let html = try String(contentsOf: page, encoding: .utf8)
      let size = Figure("page of 50,000 events", .megabytes(html.utf8.count), wanted: .under(10))
      guard let browser else {
        surroundings.screen.complain(
          "There is no Chromium here: how soon a page opens is left out.")
        return [size]
      }
      // In the page, time begins when somebody asks for it; what follows its scripts comes last.
      let last = """
        <script>
        draw(); tell(); document.body.append("\\nopened: " + performance.now() + "\\n");
        </script></body>
        """
      try html.replacingOccurrences(of: "</body>", with: last)
        .write(to: page, atomically: true, encoding: .utf8)
      let lines = try await run(
        browser,
        [
          "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
          "--window-size=1200,900", "--user-data-dir=\(folder.path)/profile", "--dump-dom",
          page.absoluteString,
        ])
      guard
        let time = lines.lazy.compactMap({ $0.wholeMatch(of: /opened: ([0-9.]+)/) }).first,
        let milliseconds = Double(time.1)
      else { throw Trouble("The browser did not say when the page was there.") }
      return [
        size,
        Figure(
          "opened in a browser, drawn and told",
          .init(number: milliseconds / 1_000, unit: "s", digits: 2), wanted: .under(2)),
      ]
    }
  }

  /// A browser of the PATH that works without a window.
  private var browser: String? {
    let folders = surroundings.environment["PATH", default: ""].split(separator: ":")
    return ["chromium", "chromium-browser", "google-chrome"].lazy
      .flatMap { name in folders.map { "\($0)/\(name)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
