import Grading
import Simulator
import Testing

/// The words and the layout of every kind of verdict, to the letter.
@Suite struct MessageTests {
  private let step = Curriculum.chapters[0].steps[1]
  private let place = Place(file: "Chapters/01-Tasks/State.swift", line: 38)
  private let rule = Rule(
    "1.2.at-once", "Files that do not need each other are read at once.", section: "SE-0317")

  private func text(_ verdict: Verdict, _ style: Style = .plain) -> String {
    Messages.lines(for: verdict, style: style).joined(separator: "\n")
  }

  @Test func passed() {
    #expect(text(Verdict(step: step, status: .passed)) == "  ✓ 1.2  At once")
  }

  @Test func `not written yet`() {
    let verdict = Verdict(step: step, status: .todo, place: place, unwritten: "1.2 At once")
    #expect(
      text(verdict) == "  ○ 1.2  At once: not written yet (Chapters/01-Tasks/State.swift:38)")
    #expect(
      Messages.testLines(for: verdict)
        == "1.2 At once: not written yet — Chapters/01-Tasks/State.swift:38")
  }

  @Test func `waits for another step`() {
    let verdict = Verdict(step: step, status: .todo, place: place, unwritten: "1.1 In turn")
    #expect(
      text(verdict)
        == "  ○ 1.2  At once: waits: 1.1 In turn is not written yet (Chapters/01-Tasks/State.swift:38)"
    )
    #expect(
      Messages.testLines(for: verdict)
        == "1.2 waits: 1.1 In turn is not written yet — Chapters/01-Tasks/State.swift:38")
  }

  @Test func `a broken rule, from what happened to what to type next`() {
    var finding = Finding(
      rule, "b was asked for at 1 s, when a had come.",
      facts: [Fact("it got", "three files of 1 s"), Fact("it took", "3 s")], reference: "1 s",
      replay: "swift run workbook explore 1.2 --seed 4")
    finding.trace = [
      TraceEvent(time: .zero, lane: "a", text: "asked for"),
      TraceEvent(time: .seconds(1), lane: "a", text: "there"),
      TraceEvent(time: .seconds(1), lane: "b", text: "asked for"),
    ]
    let verdict = Verdict(
      step: step, status: .failed, finding: finding, place: place, printed: ["reading a"])
    #expect(
      text(verdict) == """
          ✗ 1.2  At once
                 b was asked for at 1 s, when a had come.
                 Files that do not need each other are read at once. (SE-0317)
                   it got    three files of 1 s
                   it took   3 s    the reference says  1 s

                   time   a           b
                    0 s   asked for
                    1 s   there
                    1 s               asked for

                 Your code printed:
                   reading a
                 Chapters/01-Tasks/State.swift:38    swift run workbook hint 1.2
                 Again: swift run workbook explore 1.2 --seed 4
        """)
    #expect(
      Messages.testLines(for: verdict).hasPrefix(
        """
        1.2 At once: b was asked for at 1 s, when a had come. — Chapters/01-Tasks/State.swift:38
                 Files that do not need each other are read at once. (SE-0317)
                   it got    three files of 1 s
        """))
    #expect(
      Messages.summary(of: verdict)
        == "b was asked for at 1 s, when a had come. Files that do not need each other are read at once."
    )
  }

  @Test func `a crash names the rule that was being checked, and does not call it broken`() {
    let finding = Finding(rule, "readAtOnce() crashed: Index out of range.")
    #expect(
      text(Verdict(step: step, status: .crashed, finding: finding, place: place)) == """
          ✗ 1.2  At once
                 readAtOnce() crashed: Index out of range.
                 This was being checked: Files that do not need each other are read at once. (SE-0317)
                 Chapters/01-Tasks/State.swift:38    swift run workbook hint 1.2
        """)
  }

  @Test func `colour is for terminals only`() {
    let verdict = Verdict(step: step, status: .passed)
    #expect(text(verdict, Style(width: 80, isColoured: true)).contains("\u{1B}[32m"))
    #expect(!text(verdict, Style(width: 80, isColoured: false)).contains("\u{1B}"))
  }

  @Test func `a narrow terminal loses no word`() {
    let finding = Finding(
      rule, "This is a sentence that is a good deal longer than forty columns are wide.",
      facts: [Fact("it said", "a rather long list of things that do not fit in one line at all")])
    let narrow = Messages.lines(
      for: Verdict(step: step, status: .failed, finding: finding, place: place),
      style: Style(width: 40, isColoured: false))
    let words = narrow.joined(separator: " ").split(separator: " ")
    for word in (finding.happened + " " + finding.facts[0].text).split(separator: " ") {
      #expect(words.contains(word))
    }
    // All but the last line, which holds a path and a command to copy.
    for line in narrow.dropLast() { #expect(line.count <= 40, "\(line)") }
  }

  @Test(arguments: [
    (Duration.zero, "0 s"), (.milliseconds(250), "250 ms"), (.seconds(1), "1 s"),
    (.milliseconds(1500), "1.5 s"), (.nanoseconds(30), "30 ns"), (.seconds(3600), "3600 s"),
  ])
  func `durations as people say them`(_ duration: Duration, _ text: String) {
    #expect(Messages.describe(duration) == text)
  }

  @Test func `numbers without needless digits`() {
    #expect([3.0, 1.5, 2.0 / 3].map(Messages.trimmed) == ["3", "1.5", "0.667"])
  }
}

/// Traces as tables.
@Suite struct TraceTableTests {
  private let events = (0..<30).map {
    TraceEvent(
      time: .milliseconds($0), lane: $0.isMultiple(of: 2) ? "task 1" : "task 2",
      text: "does step \($0)")
  }

  @Test func `time down, one column each`() {
    #expect(
      TraceTable(Array(events.prefix(2)), width: 80).lines == [
        "time   task 1        task 2", " 0 s   does step 0", "1 ms                 does step 1",
      ])
  }

  @Test func `task 1 stands before task 2, whoever came first`() {
    let reversed = [(0, "task 2"), (1, "task 10"), (2, "you"), (3, "task 1")].map {
      TraceEvent(time: .milliseconds($0), lane: $1, text: "x")
    }
    #expect(TraceTable(reversed, width: 80).lines[0] == "time   task 1   task 2   task 10   you")
  }

  @Test func `a long trace shows its end, and says what it leaves out`() {
    let lines = TraceTable(events, width: 80, most: 10).lines
    #expect(lines.count == 12)
    #expect(lines[0] == "… 20 earlier events")
    #expect(lines[11].hasSuffix("does step 29"))
    #expect(TraceTable(events, width: 80, most: 29).lines[0] == "… 1 earlier event")
  }

  @Test func `a round that comes again and again is told once, if there is no room for all`() {
    let beats = (0..<20).map { number in
      TraceEvent(
        time: .milliseconds(30 + number), lane: "task \(number % 2 + 1)",
        text: number.isMultiple(of: 2) ? "asks" : "answers")
    }
    let lines = TraceTable(events.prefix(2) + beats + events.prefix(1), width: 80, most: 10).lines
    #expect(lines.count == 7)
    #expect(lines[1].hasSuffix("does step 0"))
    #expect(lines[4].hasSuffix("answers"))
    #expect(lines[5] == "… the last 2 events 9 times more, until 49 ms")
    #expect(TraceTable(beats, width: 80, most: 20).lines.count == 21)
  }

  @Test func `too narrow for columns, each event names whose it is`() {
    let lines = TraceTable(Array(events.prefix(2)), width: 25).lines
    #expect(lines == [" 0 s   task 1   does step 0", "1 ms   task 2   does step 1"])
  }
}
