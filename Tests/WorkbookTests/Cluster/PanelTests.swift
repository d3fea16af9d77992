import Grading
import Testing

@testable import workbook

/// The table at the top of a terminal, while commands are typed below.
@Suite struct PanelTests {
  private let output = Recorder()

  private func screen(height: Int?, isInteractive: Bool = true) -> Screen {
    Screen(
      style: .plain, isInteractive: isInteractive, height: { height },
      output: { [output] in output.add($0) }, errors: { _ in })
  }

  @Test func `what is typed below stays where it is`() {
    let screen = screen(height: 12)
    #expect(screen.showPanel(["one", "two"]))
    let first = output.text
    // What was there scrolls away, the lower ten rows become a screen, and the cursor comes back.
    #expect(
      first == String(repeating: "\n", count: 12) + "\u{1B}[3;12r\u{1B}[12;1H"
        + "\u{1B}7\u{1B}[H\u{1B}[2Kone\r\n\u{1B}[2Ktwo\r\n\u{1B}8")
    screen.showPanel(["one", "three"])
    #expect(
      output.text == first + "\u{1B}7\u{1B}[H\u{1B}[2Kone\r\n\u{1B}[2Kthree\r\n\u{1B}8")
    screen.endPanel()
    #expect(output.text.hasSuffix("\u{1B}8\u{1B}[r\u{1B}[12;1H\n"))
    let end = output.text
    screen.endPanel()
    #expect(output.text == end)
  }

  @Test(arguments: [(9, true), (nil, true), (40, false)])
  func `where there is no room, or nobody looks on, nothing is drawn`(
    _ height: Int?, _ isInteractive: Bool
  ) {
    let screen = screen(height: height, isInteractive: isInteractive)
    #expect(!screen.showPanel(["one", "two"]))
    screen.endPanel()
    #expect(output.text == "")
  }
}
