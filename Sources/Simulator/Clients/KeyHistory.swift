internal import Contracts

/// The operations on one key, as the search wants them.
struct KeyHistory {
  let all: [ClientOperation]

  init(_ operations: [ClientOperation]) { all = operations }

  func finding(budget: Int) -> LinearizationSearch.Finding {
    finding(Part(certain: Set(all.indices.filter { all[$0].isCertain })), budget: budget)
  }

  /// Less than is known, so that what has no order here has none in the whole history either.
  private struct Part {
    /// Whose answers count. A write among the others may take effect after its call, or never.
    var certain: Set<Int>
    /// What was over by `start` has left some value, any at all.
    var start = Int64.min
    var end = Int64.max
  }

  private func finding(_ part: Part, budget: Int) -> LinearizationSearch.Finding {
    let numbers = all.indices.filter { all[$0].called <= part.end && !isOver($0, part.start) }
    let values = Values(numbers.map { all[$0] })
    var searched: [Int] = []
    var operations: [LinearizationSearch.Operation] = []
    for number in numbers {
      let operation = all[number]
      let isCertain = part.certain.contains(number) && operation.called >= part.start
      if isCertain, operation.isNonsense { return .stuck(number) }
      guard let effect = values.effect(of: operation, isCertain: isCertain) else { continue }
      searched.append(number)
      operations.append(
        LinearizationSearch.Operation(
          effect: effect, called: operation.called,
          returned: isCertain ? operation.returned : nil))
    }
    let isWhole = all.allSatisfy { $0.called >= part.start }
    var search = LinearizationSearch(
      operations, from: isWhole ? [LinearizationSearch.nothing] : values.all, budget: budget)
    let finding = search.run()
    return if case .stuck(let place) = finding { .stuck(searched[place]) } else { finding }
  }

  private func isOver(_ number: Int, _ time: Int64) -> Bool {
    all[number].isCertain && all[number].returned < time
  }
}

// MARK: - A few operations that say it all

extension KeyHistory {
  /// How many searches, and how long each, a small set of operations may cost.
  private static let searches = 300
  private static let budget = 10_000

  /// A small set of operations that has no order whatever the others did; the last of them is the
  /// one whose answer can't be.
  ///
  /// Writes say more than reads do, so reads are taken in only where writes are not enough. The
  /// last few operations are looked at first, then twice as many, and so on; then those are taken
  /// away that it does without.
  func core(endingWith last: Int) -> [ClientOperation] {
    let before = all.indices.filter { all[$0].isCertain && all[$0].returned <= all[last].returned }
      .sorted { (all[$0].called, $0) < (all[$1].called, $1) }
    let writes = before.filter { $0 == last || all[$0].isWrite }
    var searches = Self.searches
    for candidates in [writes, before] {
      var size = 2
      while true {
        let kept = Array(candidates.suffix(size))
        var part = Part(certain: Set(kept), end: all[last].returned)
        if kept.count < before.count, let first = kept.first { part.start = all[first].called }
        if isStuck(part, &searches) { return told(smaller(part, &searches), last) }
        if size >= candidates.count { break }
        size *= 2
      }
    }
    return told(Set(before), last)
  }

  private func isStuck(_ part: Part, _ searches: inout Int) -> Bool {
    guard searches > 0 else { return false }
    searches -= 1
    return if case .stuck = finding(part, budget: Self.budget) { true } else { false }
  }

  /// Takes away as much as can be, in larger pieces first.
  private func smaller(_ part: Part, _ searches: inout Int) -> Set<Int> {
    var part = part
    var core = part.certain.sorted { (all[$0].called, $0) < (all[$1].called, $1) }
    var size = max(core.count / 2, 1)
    while searches > 0 {
      var start = 0
      var isSmaller = false
      while start < core.count, core.count > 1 {
        let rest = Array(core[..<start] + core[min(start + size, core.count)...])
        part.certain = Set(rest)
        if !rest.isEmpty, isStuck(part, &searches) {
          core = rest
          isSmaller = true
        } else {
          start += size
        }
      }
      if size == 1, !isSmaller { break }
      size = max(size / 2, 1)
    }
    return Set(core)
  }

  /// The operations in order, the last one last; with them, who put what it found there.
  private func told(_ core: Set<Int>, _ last: Int) -> [ClientOperation] {
    let sorted = core.sorted { (all[$0].called, $0) < (all[$1].called, $1) }
    let end = core.contains(last) ? last : sorted.max { all[$0].returned < all[$1].returned }
    var told = sorted.filter { $0 != end }.map { all[$0] }
    guard let end else { return told }
    let start = told.first?.called ?? all[end].called
    if let value = all[end].found, !told.contains(where: { $0.puts(value) }),
      let source = all.last(where: { $0.puts(value) && $0.isCertain && $0.returned < start })
    {
      told.insert(source, at: 0)
    }
    return told + [all[end]]
  }
}

extension ClientOperation {
  /// Whether the client was told what came of it.
  fileprivate var isCertain: Bool { if case .ok = outcome { true } else { false } }

  /// Whether it may have changed something.
  fileprivate var isWrite: Bool {
    switch operation {
    case .get: false
    case .put, .delete: true
    case .compareAndSet: outcome != .ok(.swapped(false))
    }
  }

  /// The value that it found at its key.
  var found: String? {
    switch (operation, outcome) {
    case (.get, .ok(.value(let value))): value
    case (.compareAndSet(_, let expected, _), .ok(.swapped(true))): expected
    default: nil
    }
  }

  /// Whether it may have put `value` there.
  func puts(_ value: String) -> Bool {
    guard outcome != .failed else { return false }
    return switch operation {
    case .put(_, value): true
    case .compareAndSet(_, _, value): outcome != .ok(.swapped(false))
    default: false
    }
  }

  /// Whether the answer is none to this operation at all.
  var isNonsense: Bool {
    guard case .ok(let answer) = outcome else { return false }
    return switch (operation, answer) {
    case (.put, .done), (.delete, .done), (.get, .value), (.compareAndSet, .swapped): false
    default: true
    }
  }
}

/// The values on a key as numbers. Those that nobody looks for are all alike.
private struct Values {
  private var numbers: [String: Int] = [:]
  private static let other = 1

  init(_ operations: [ClientOperation]) {
    for operation in operations {
      if case .ok(.value(let value?)) = operation.outcome { note(value) }
      if case .compareAndSet(_, let expected?, _) = operation.operation { note(expected) }
    }
  }

  /// Every value there may be.
  var all: [Int] { Array(0..<numbers.count + 2) }

  private mutating func note(_ value: String) {
    if numbers[value] == nil { numbers[value] = numbers.count + 2 }
  }

  private func number(_ value: String?) -> Int {
    value.map { numbers[$0] ?? Self.other } ?? LinearizationSearch.nothing
  }

  /// What an operation does; nil where it does nothing that matters.
  func effect(of operation: ClientOperation, isCertain: Bool) -> LinearizationSearch.Effect? {
    if operation.outcome == .failed { return nil }
    switch operation.operation {
    case .put(_, let value): return .write(number(value))
    case .delete: return .write(LinearizationSearch.nothing)
    case .get:
      guard isCertain, case .ok(.value(let value)) = operation.outcome else { return nil }
      return .read(number(value))
    case .compareAndSet(_, let expected, let value):
      if case .ok(.swapped(false)) = operation.outcome {
        return isCertain ? .mismatch(number(expected)) : nil
      }
      return .swap(from: number(expected), to: number(value))
    }
  }
}
