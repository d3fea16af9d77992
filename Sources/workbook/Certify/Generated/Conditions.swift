internal import Grading

/// The conditions of an `if`, a `guard` or a `while`.
struct Conditions: Sendable {
  let keyword: String
  /// The keyword, and what follows up to the end of the block (a guard's `else` block).
  let statement: Range<Int>
  /// What stands between the commas.
  let parts: [Range<Int>]
}

extension CodeBody {
  var conditions: [Conditions] {
    pieces.indices.compactMap { index in
      let keyword = pieces[index].text
      guard ["if", "guard", "while"].contains(keyword), index + 1 < pieces.count,
        let end = next(
          from: index + 1, where: { pieces[$0].text == (keyword == "guard" ? "else" : "{") }),
        let open = next(from: end, where: { pieces[$0].text == "{" }),
        let close = closing(of: open)
      else { return nil }
      return Conditions(
        keyword: keyword, statement: index..<close + 1, parts: parts(of: index + 1..<end))
    }
  }

  /// Whether a condition is an expression, and binds no name.
  func isExpression(_ condition: Range<Int>) -> Bool {
    !["let", "var", "case"].contains(pieces[condition.lowerBound].text)
  }

  func contains(_ word: String, in range: Range<Int>) -> Bool {
    pieces[range].contains { $0.text == word }
  }

  /// Whether the condition is one comparison that a flip negates already.
  func isEquation(_ condition: Range<Int>) -> Bool {
    ["==", "!="].contains { contains($0, in: condition) } && !isCompound(condition)
  }

  func isCompound(_ condition: Range<Int>) -> Bool {
    ["&&", "||"].contains { contains($0, in: condition) }
  }
}
