internal import Grading

/// The file of what a chapter takes over, beside the solved one: whose bodies stand there.
struct InheritedDiff {
  let inheritance: Inheritance
  /// The steps of the earlier chapter whose bodies are the learner's own.
  let carried: [String]
  /// Everything outside of the marked places.
  let elsewhere: LineDiff

  init(_ inheritance: Inheritance, learner: String, solved: String) {
    self.inheritance = inheritance
    guard let own = try? MarkedSource(learner, opening: "FROM"),
      let theirs = try? MarkedSource(solved, opening: "FROM")
    else {
      carried = []
      elsewhere = LineDiff(from: Self.lines(learner), to: Self.lines(solved))
      return
    }
    var steps: [String] = []
    for region in theirs.regions {
      let there = own.regions.first { $0.heading == region.heading }
      let body = there.map { Array(own.lines[$0.body]) } ?? []
      let isSame = LineDiff(from: body, to: Array(theirs.lines[region.body])).isEmpty
      if !isSame, region.function != nil, steps.last != region.step { steps.append(region.step) }
    }
    carried = steps
    elsewhere = LineDiff(from: Self.rest(of: own), to: Self.rest(of: theirs))
  }

  private static func rest(of source: MarkedSource) -> [String] {
    lines(source.replacing { ["\($0.indent)// \($0.heading)"] })
  }

  private static func lines(_ text: String) -> [String] { EditableSource(text).lines }

  func lines(style: Style) -> [String] {
    var lines = [
      carried.isEmpty
        ? "\(inheritance.file): same"
        : "\(inheritance.file): your own \(carried.joined(separator: ", ")), which "
          + "diff \(inheritance.chapter) compares"
    ]
    if !elsewhere.isEmpty {
      lines += [style.strong("\(inheritance.file), elsewhere: differs")]
      lines += ChapterDiff.set(elsewhere.text(context: 2), style: style)
    }
    return lines
  }
}
