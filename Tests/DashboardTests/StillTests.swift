import Foundation
import Grading
import Platform
import Raft
import Testing
import Traces

/// The pictures in the chapters' texts.
@Suite struct StillTests {
  /// A picture in a text is what the reference gives today.
  ///
  /// The command that makes it anew is `swift run workbook`, the words, `--svg` and the file.
  @Test(arguments: [
    ("leader-killed", "simulate 3 --faults leader-killed --from 155 --to 375"),
    ("isolated-leader", "simulate 4 --faults isolated-leader --from 575 --to 632"),
  ])
  func `a picture in a text is made by the tool`(_ name: String, _ words: String) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("workbook-still-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("still.svg")
    let child = ChildProcess(
      executable: Anchor.runner,
      arguments: words.split(separator: " ").map(String.init)
        + ["--subject", "solution", "--svg", file.path],
      environment: ["SWIFT_DETERMINISTIC_HASHING": "1"])
    let end = try await child.run { _ in }
    #expect(end == .exited(0))
    let path = "Chapters/Pictures/\(name).svg"
    let committed = try String(
      contentsOf: Examiner.root().appendingPathComponent(path), encoding: .utf8)
    #expect(
      try String(contentsOf: file, encoding: .utf8) == committed,
      "swift run workbook \(words) --solution --svg \(path)")
  }

  @Test func `a picture fetches nothing, and runs nothing`() throws {
    var trace = try trace()
    var event = Trace.Event(at: 1, .called, 1)
    (event.word, event.command) = ("propose", "</text><script>alert(1)</script>&")
    trace.events.insert(event, at: 3)
    let svg = Still(of: trace, between: 0...1_000_000_000).svg
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("refuses “&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;”"))
    for word in ["<script", "href", "url(h", "@import", "<image", "https:"] {
      #expect(!svg.contains(word), "\(word)")
    }
  }

  @Test func `what is lost ends in a cross, and a long while is cut short`() throws {
    let trace = try trace()
    let lost = try #require(trace.events.first { $0.kind == .lost })
    let sent = try #require(trace.events.first { $0.kind == .sent && $0.number == lost.number })
    let svg = Still(of: trace, between: sent.time...lost.time).svg
    #expect(svg.contains("class='cross'"))
    let whole = Still(of: trace, between: 0...trace.events[trace.events.count - 1].time).svg
    #expect(whole.contains("ms later</text>"))
    #expect(Still(of: trace, between: 0...0).svg.contains(">S3</text>"))
  }
}
