internal import Foundation
internal import Platform

/// A part of README.md that a command writes, between two markers.
struct Recorded {
  static let path = "README.md"
  /// What `certify --record` writes.
  static let certificates = Recorded(name: "certify")
  /// What `bench --record` writes.
  static let figures = Recorded(name: "bench")

  let name: String

  private var first: String { "<!-- \(name) --record -->" }
  private var last: String { "<!-- end of \(name) --record -->" }

  /// The lines that stand there now.
  ///
  /// - Throws: `Trouble` where the markers are missing.
  func lines(in surroundings: Surroundings) throws -> [String] {
    let (lines, place) = try place(in: surroundings)
    return lines[place].filter { !$0.isEmpty }
  }

  /// Puts `new` there, and says so unless it stood there already.
  func put(_ new: [String], in surroundings: Surroundings) throws {
    var (lines, place) = try place(in: surroundings)
    let old = lines
    lines.replaceSubrange(place, with: [""] + new + [""])
    guard lines != old else {
      surroundings.screen.complain("\(Self.path) says so already.")
      return
    }
    try surroundings.write(lines.joined(separator: "\n"), to: Self.path)
    surroundings.screen.complain("\(Self.path) says so now.")
  }

  private func place(in surroundings: Surroundings) throws -> ([String], Range<Int>) {
    let lines = try surroundings.read(Self.path)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = lines.firstIndex(of: first), let last = lines.firstIndex(of: last),
      first < last
    else {
      throw Trouble("\(Self.path) has no place for this: a line '\(first)', and '\(last)' below.")
    }
    return (lines, first + 1..<last)
  }
}
