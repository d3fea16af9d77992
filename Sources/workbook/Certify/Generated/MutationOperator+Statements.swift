internal import Grading

/// What is left out, or asked too early.
extension MutationOperator {
  /// Whether something waits before this place: what was true then may be no longer.
  private static func isRecheck(_ index: Int, in body: CodeBody) -> Bool {
    body.contains("await", in: 0..<index)
  }

  /// A `guard` is left out; after an `await`, it is the check that looks again.
  static let dropGuard = MutationOperator(name: "drop-guard") { body in
    body.conditions.filter { $0.keyword == "guard" }.map { conditions in
      let isRecheck = isRecheck(conditions.statement.lowerBound, in: body)
      return body.change(conditions.statement, to: "", kind: isRecheck ? "drop-recheck" : nil)
    }
  }

  /// One of several conditions is left out.
  static let dropConjunct = MutationOperator(name: "drop-conjunct") { body in
    body.conditions.flatMap { conditions -> [CodeBody.Change] in
      let parts = conditions.parts
      guard parts.count > 1 else { return [] }
      return parts.indices.map { index in
        let kind = isRecheck(parts[index].lowerBound, in: body) ? "drop-recheck" : nil
        guard index + 1 == parts.count else {
          let rest = parts[index].lowerBound..<parts[index + 1].upperBound
          return body.change(rest, to: body.source(parts[index + 1]), kind: kind)
        }
        let last = parts[index - 1].lowerBound..<parts[index].upperBound
        return body.change(last, to: body.source(parts[index - 1]), kind: kind)
      }
    }
  }

  /// What was to be done on one condition is always done.
  static let always = MutationOperator(name: "always") { body in
    body.conditions.filter { $0.keyword == "if" && $0.parts.count == 1 }.map(\.parts[0])
      .filter(body.isExpression).map { body.change($0, to: "true") }
  }

  /// A condition turned round, unless turning its comparison round does the same.
  static let negate = MutationOperator(name: "negate") { body in
    body.conditions.flatMap(\.parts).filter { body.isExpression($0) && !body.isEquation($0) }.map {
      body.pieces[$0.lowerBound].text == "!" && !body.isCompound($0)
        ? body.change($0, to: body.source($0.dropFirst()))
        : body.change($0, to: "!(\(body.source($0)))")
    }
  }

  /// What is to be looked at after waiting is looked at before.
  static let earlyCheck = MutationOperator(name: "early-check") { body in
    body.conditions.flatMap { conditions in
      zip(conditions.parts, conditions.parts.dropFirst()).filter { waiting, check in
        body.contains("await", in: waiting) && !body.contains("await", in: check)
      }.map { waiting, check in
        body.change(
          waiting.lowerBound..<check.upperBound,
          to: "\(body.source(check)), \(body.source(waiting))")
      }
    }
  }

  static let dropAssignment = MutationOperator(name: "drop-assignment") { body in
    body.statements.filter(body.isAssignment).map { body.change($0, to: "") }
  }

  static let dropCall = MutationOperator(name: "drop-call") { body in
    body.statements.filter { statement in
      let first = body.pieces[statement.lowerBound]
      return first.isWord && !CodeBody.keywords.contains(first.text)
        && !body.isAssignment(statement)
        && [")", "}"].contains(body.pieces[statement.upperBound - 1].text)
    }.map { body.change($0, to: "") }
  }

  /// A `continue` or `break` is left out.
  static let dropJump = MutationOperator(name: "drop-jump") { body in
    body.statements.filter { ["continue", "break"].contains(body.pieces[$0.lowerBound].text) }
      .map { body.change($0, to: "") }
  }

  /// One side of `&&` or `||` is left out.
  static let dropOperand = MutationOperator(name: "drop-operand") { body in
    body.pieces.indices.filter { ["&&", "||"].contains(body.pieces[$0].text) }
      .flatMap { index -> [CodeBody.Change] in
        let weaker: Set<String> = body.pieces[index].text == "&&" ? ["&&", "||"] : ["||"]
        let stops = weaker.union(CodeBody.expressionEnds)
        guard let left = body.operand(before: index, stops: stops),
          let right = body.operand(after: index, stops: stops)
        else { return [] }
        let both = left.lowerBound..<right.upperBound
        return [
          body.change(both, to: body.source(right)), body.change(both, to: body.source(left)),
        ]
      }
  }
}

extension CodeBody {
  /// Words that begin a statement which is neither a call nor an assignment.
  fileprivate static let keywords: Set<String> = [
    "if", "guard", "while", "for", "switch", "case", "default", "do", "defer", "repeat", "return",
    "throw", "break", "continue", "let", "var", "async", "func",
  ]

  /// Before and behind these, an operand of `&&` or `||` ends.
  fileprivate static let expressionEnds: Set<String> = [
    ",", "=", "?", ":", "{", "else", "return", "if", "guard", "while", "in",
  ]

  fileprivate func isAssignment(_ statement: Range<Int>) -> Bool {
    let first = pieces[statement.lowerBound]
    guard first.text != "_", !Self.keywords.contains(first.text) else { return false }
    let equals = next(from: statement.lowerBound) {
      ["=", "+=", "-=", "*=", "/="].contains(pieces[$0].text) && isBinary($0)
    }
    return equals.map { $0 < statement.upperBound } ?? false
  }
}
