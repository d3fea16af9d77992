/// Two texts, line beside line: what both have, what only one has.
struct LineDiff: Hashable {
  enum Line: Hashable {
    case both(String)
    case old(String)
    case new(String)
  }

  let lines: [Line]

  /// Indentation and white space at the end do not count, nor do empty lines at both ends.
  init(from old: [String], to new: [String]) {
    let old = Self.core(old)
    let new = Self.core(new)
    let changes = new.map(Self.key).difference(from: old.map(Self.key))
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in changes {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var lines: [Line] = []
    var (here, there) = (0, 0)
    while here < old.count || there < new.count {
      if removed.contains(here) {
        lines.append(.old(old[here]))
        here += 1
      } else if inserted.contains(there) {
        lines.append(.new(new[there]))
        there += 1
      } else {
        lines.append(.both(new[there]))
        here += 1
        there += 1
      }
    }
    self.lines = lines
  }

  var isEmpty: Bool {
    lines.allSatisfy { if case .both = $0 { true } else { false } }
  }

  /// The lines as text, `context` of them around each change; "…" stands for what is left out.
  func text(context: Int) -> [(sign: Character, text: String)] {
    let changed = lines.indices.filter { if case .both = lines[$0] { false } else { true } }
    var shown: Set<Int> = []
    for index in changed {
      shown.formUnion(max(0, index - context)...min(lines.count - 1, index + context))
    }
    var result: [(Character, String)] = []
    var last = -1
    for index in shown.sorted() {
      if index > last + 1 { result.append((" ", "…")) }
      last = index
      switch lines[index] {
      case .both(let text): result.append((" ", text))
      case .old(let text): result.append(("-", text))
      case .new(let text): result.append(("+", text))
      }
    }
    if last < lines.count - 1, last >= 0 { result.append((" ", "…")) }
    return result
  }

  private static func core(_ lines: [String]) -> [String] {
    var lines = lines[...]
    while lines.first.map(key)?.isEmpty == true { lines.removeFirst() }
    while lines.last.map(key)?.isEmpty == true { lines.removeLast() }
    return Array(lines)
  }

  private static func key(_ line: String) -> String {
    var text = line[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
