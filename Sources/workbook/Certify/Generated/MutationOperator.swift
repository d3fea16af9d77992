internal import Grading

/// A kind of mistake that people make anywhere, and all places of a body where it can be made.
struct MutationOperator: Sendable {
  let name: String
  let changes: @Sendable (CodeBody) -> [CodeBody.Change]

  /// In the order in which they get to name a change that several of them make.
  static let all = [
    comparison, dropGuard, dropConjunct, always, negate, earlyCheck, dropAssignment, dropCall,
    dropJump, swapArguments, offByOne, logic, dropOperand, boolean, minMax, arithmetic,
  ]

  /// An operator that puts other words in the place of single ones.
  private static func exchange(
    _ name: String, _ table: [String: [String]],
    where isMeant: @escaping @Sendable (CodeBody, Int) -> Bool
  ) -> MutationOperator {
    MutationOperator(name: name) { body in
      body.pieces.indices.flatMap { index in
        isMeant(body, index)
          ? (table[body.pieces[index].text] ?? []).map { body.change(index, to: $0) } : []
      }
    }
  }

  /// `==` and `!=`; one sign too many or too few; the other way round, also as in `sorted(by: >)`.
  static let comparison = exchange(
    "comparison",
    [
      "==": ["!="], "!=": ["=="], "<": ["<=", ">"], "<=": ["<", ">="], ">": [">=", "<"],
      ">=": [">", "<="],
    ]
  ) { body, index in
    body.isBinary(index) || (body.text(at: index - 1) == ":" && body.text(at: index + 1) == ")")
  }

  static let logic = exchange("logic", ["&&": ["||"], "||": ["&&"]]) { $0.isBinary($1) }

  static let boolean = exchange("boolean", ["true": ["false"], "false": ["true"]]) { _, _ in true }

  static let minMax = exchange("min-max", ["min": ["max"], "max": ["min"]]) { body, index in
    body.text(at: index + 1) == "("
  }

  static let arithmetic = exchange(
    "arithmetic",
    ["+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "+=": ["-="], "-=": ["+="]]
  ) { $0.isBinary($1) }

  /// A number one higher or lower; one step forward or back too many or too few.
  static let offByOne = MutationOperator(name: "off-by-one") { body in
    body.pieces.indices.flatMap { index -> [CodeBody.Change] in
      let piece = body.pieces[index]
      let isMember = body.text(at: index - 1) == "."
      if ["next", "previous"].contains(piece.text), isMember {
        return [
          body.change(index - 1..<index + 1, to: ""),
          body.change(index, to: "\(piece.text).\(piece.text)"),
        ]
      }
      guard !isMember, piece.isNumber, let number = Int(piece.text) else { return [] }
      return [body.change(index, to: "\(number + 1)")]
        + (number > 0 ? [body.change(index, to: "\(number - 1)")] : [])
    }
  }

  /// Two arguments of a call, or two parts of a tuple or a list, that both have labels or none.
  static let swapArguments = MutationOperator(name: "swap-arguments") { body in
    body.pieces.indices.flatMap { open -> [CodeBody.Change] in
      // Of two numbers, the least and the greatest are the same in either order.
      guard ["(", "["].contains(body.pieces[open].text), let close = body.closing(of: open),
        !["min", "max"].contains(body.text(at: open - 1))
      else { return [] }
      let values = body.parts(of: open + 1..<close).map { part in
        let isLabelled = part.count > 2 && body.pieces[part.lowerBound + 1].text == ":"
        return (range: part.dropFirst(isLabelled ? 2 : 0), isLabelled: isLabelled)
      }
      return values.indices.flatMap { one in
        values[(one + 1)...].filter { $0.isLabelled == values[one].isLabelled }.map { other in
          let (first, second) = (values[one].range, other.range)
          return body.change(
            first.startIndex..<second.endIndex,
            to: body.source(second.startIndex..<second.endIndex)
              + body.source(
                from: body.end(of: first.endIndex - 1), to: body.start(of: second.startIndex))
              + body.source(first.startIndex..<first.endIndex))
        }
      }
    }
  }
}
