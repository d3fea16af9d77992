/// A solution's text, in which the bodies that a learner writes stand between markers:
///
///     // BEGIN 1.1 In turn
///     …
///     // END 1.1
public struct MarkedSource: Sendable {
  /// The lines of one marked body.
  public struct Region: Hashable, Sendable {
    /// The step's number and title, as they stand in `todo`.
    public let heading: String
    /// The positions of the marker lines, and of what is between them, counted from 0.
    public let begin: Int
    public let end: Int
    /// The spaces before the marker.
    public let indent: String
    /// The function that this is the body of, with its labels.
    public internal(set) var function: String?

    /// The step's number, such as "1.1".
    public var step: String { String(heading.prefix { $0 != " " }) }
    public var body: Range<Int> { begin + 1..<end }
    /// The line that stands in a skeleton instead.
    public var todo: String { "\(indent)todo(\"\(heading)\")" }
  }

  public let lines: [String]
  public let regions: [Region]

  /// - Parameter opening: the word that a region begins with.
  /// - Throws: `MarkerError` where markers do not match, or stand inside one another.
  public init(_ text: String, opening: String = "BEGIN") throws(MarkerError) {
    let source = EditableSource(text)
    lines = source.lines
    regions = try Self.findRegions(in: lines, opening: opening).map { region in
      var region = region
      region.function = source.function(around: region.begin)
      return region
    }
  }

  private static func findRegions(
    in lines: [String], opening: String
  ) throws(MarkerError) -> [Region] {
    var regions: [Region] = []
    var open: (heading: String, line: Int, indent: String)?
    for (index, line) in lines.enumerated() {
      let indent = String(line.prefix { $0 == " " })
      let text = line.dropFirst(indent.count)
      if let heading = text.after("// \(opening) ") {
        if let open {
          throw MarkerError(
            line: index + 1,
            "\(opening) \(heading) stands inside \(open.heading), of line \(open.line)")
        }
        open = (heading, index + 1, indent)
      } else if let number = text.after("// END ") {
        guard let begin = open else {
          throw MarkerError(line: index + 1, "END \(number) has no \(opening)")
        }
        let region = Region(
          heading: begin.heading, begin: begin.line - 1, end: index, indent: begin.indent)
        guard region.step == number else {
          throw MarkerError(
            line: index + 1,
            "END \(number) does not match \(opening) \(region.step) of line \(begin.line)"
          )
        }
        regions.append(region)
        open = nil
      }
    }
    if let open { throw MarkerError(line: open.line, "\(opening) \(open.heading) has no END") }
    return regions
  }
}

/// Markers that do not match.
public struct MarkerError: Error, Hashable, CustomStringConvertible {
  public let line: Int
  public let problem: String

  init(line: Int, _ problem: String) {
    self.line = line
    self.problem = problem
  }

  public var description: String { "line \(line): \(problem)" }
}

/// What is made from a solution: the learner's first file, and the reference without its markers.
///
/// The solution is the one source, so a skeleton cannot promise what the solution does not keep.
public enum Skeleton {
  /// The solution with one `todo` in place of each marked body.
  public static func cut(_ solution: String) throws(MarkerError) -> String {
    let source = try MarkedSource(solution)
    return source.replacing { [$0.todo] }
  }

  /// The solution without the marker lines.
  public static func stripped(_ solution: String) throws(MarkerError) -> String {
    let source = try MarkedSource(solution)
    return source.replacing { Array(source.lines[$0.body]) }
  }
}

extension MarkedSource {
  /// The text with each marked body, markers included, replaced by other lines.
  public func replacing(_ replacement: (Region) -> [String]) -> String {
    var result: [String] = []
    var next = 0
    for region in regions {
      result += lines[next..<region.begin]
      result += replacement(region)
      next = region.end + 1
    }
    return (result + lines[next...]).joined(separator: "\n")
  }
}

extension Substring {
  /// What follows `prefix`, without the spaces at its end; nil where the text begins otherwise.
  fileprivate func after(_ prefix: String) -> String? {
    guard hasPrefix(prefix) else { return nil }
    var rest = dropFirst(prefix.count)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
