/// Looks for an order of the operations on one key that explains every answer, each operation
/// between its call and its return (Herlihy and Wing; the search is Wing and Gong's, with Lowe's
/// memory of what has been tried).
///
/// It goes through calls and returns in order of time, with all the ways in mind in which the
/// operations so far may have taken effect, and lets one take effect at the last moment only: when
/// it returns, or when another that returns can't be explained without it. Four observations keep
/// the number of ways small, however many clients there are:
///
/// - What only looks can take effect as soon as it fits. That never costs anything.
/// - A write that nobody sees before the next one may be put just before that one, whenever there
///   has been one since its call; so it need not be tried at every place.
/// - Values that nobody ever looks for are all alike.
/// - A way that has used up less than another and is elsewhere the same makes the other needless.
struct LinearizationSearch {
  /// What an operation does to the value, or demands of it. Values are numbers here.
  enum Effect: Hashable {
    case write(Int)
    case read(Int)
    /// Found the expected value, and put another in its place.
    case swap(from: Int, to: Int)
    /// Did not find this value.
    case mismatch(Int)
  }

  struct Operation {
    let effect: Effect
    let called: Int64
    /// Nil where nobody knows: it may take effect at any later time, or never.
    let returned: Int64?
  }

  enum Finding: Equatable {
    case ordered
    /// Up to the return of this operation, no order explains the answers.
    case stuck(Int)
    /// Too many ways to look at all of them.
    case undecided
  }

  private struct Event {
    let time: Int64
    let isReturn: Bool
    let operation: Int
  }

  /// The value of a key that has none.
  static let nothing = 0

  private let operations: [Operation]
  private var budget: Int
  private var ways: [LinearizationWay]
  /// The operations between call and return, by slot.
  private var slots: [Int?] = []
  private var slotOf: [Int: Int] = [:]
  private var callEvent: [Int: Int] = [:]
  /// Operations without a known end: their kinds, and how many of each have been called.
  private var kinds: [Effect] = []
  private var kindOf: [Effect: Int] = [:]
  private var called: [Int] = []
  private var swapKinds: [Int] = []

  /// `values` are those that the key may have at the beginning.
  init(_ operations: [Operation], from values: [Int] = [nothing], budget: Int) {
    self.operations = operations
    ways = values.map { LinearizationWay(value: $0) }
    self.budget = budget
  }

  /// How many operations may be between call and return at once, on one key.
  private static let mostPending = 128

  mutating func run() -> Finding {
    for (number, event) in events().enumerated() {
      if !event.isReturn {
        guard call(event.operation, at: number) else { return .undecided }
        continue
      }
      guard let next = finish(event.operation, at: number) else { return .undecided }
      guard !next.isEmpty else { return .stuck(event.operation) }
      ways = next
      for kind in LinearizationWay.forgetCommon(in: &ways) { called[kind] -= 1 }
    }
    return .ordered
  }

  /// Calls and returns in order of time; of one moment, calls first: then both may be first.
  private func events() -> [Event] {
    var events: [Event] = []
    for (number, operation) in operations.enumerated() {
      events.append(Event(time: operation.called, isReturn: false, operation: number))
      if let returned = operation.returned {
        events.append(Event(time: returned, isReturn: true, operation: number))
      }
    }
    return events.sorted {
      ($0.time, $0.isReturn ? 1 : 0, $0.operation) < ($1.time, $1.isReturn ? 1 : 0, $1.operation)
    }
  }
}

// MARK: - Calls

extension LinearizationSearch {
  /// False where too much is pending.
  private mutating func call(_ number: Int, at event: Int) -> Bool {
    let operation = operations[number]
    guard operation.returned != nil else {
      offer(operation.effect)
      return true
    }
    let slot = slots.firstIndex(of: nil) ?? slots.count
    guard slot < Self.mostPending else { return false }
    if slot == slots.count { slots.append(number) } else { slots[slot] = number }
    slotOf[number] = slot
    callEvent[number] = event
    for place in ways.indices { look(&ways[place]) }
    return true
  }

  /// Notes an operation that may take effect from now on, or never.
  private mutating func offer(_ effect: Effect) {
    let kind = kindOf[effect] ?? kinds.count
    if kind == kinds.count {
      kindOf[effect] = kind
      kinds.append(effect)
      called.append(0)
      if case .swap = effect { swapKinds.append(kind) }
    }
    called[kind] += 1
  }

  /// Lets everything take effect that only looks, and finds what it was told.
  private func look(_ way: inout LinearizationWay) {
    for (slot, number) in slots.enumerated() {
      guard let number, way.done & (1 << UInt128(slot)) == 0 else { continue }
      let fits =
        switch operations[number].effect {
        case .read(let value): way.value == value
        case .mismatch(let value): way.value != value
        case .write, .swap: false
        }
      if fits { way.done |= 1 << UInt128(slot) }
    }
  }
}

// MARK: - Returns

extension LinearizationSearch {
  /// The ways in which `number` has taken effect by its return; nil when the budget is spent.
  private mutating func finish(_ number: Int, at event: Int) -> [LinearizationWay]? {
    guard let slot = slotOf[number] else { return ways }
    defer {
      slots[slot] = nil
      slotOf[number] = nil
    }
    let bit: UInt128 = 1 << UInt128(slot)
    let isWrite = if case .write = operations[number].effect { true } else { false }
    var seen = Set(ways)
    var open = ways
    var finished: Set<LinearizationWay> = []
    while let way = open.popLast() {
      budget -= 1
      if budget < 0 { return nil }
      if way.done & bit != 0 {
        var after = way
        after.done &= ~bit
        finished.insert(after)
        continue
      }
      if isWrite, way.lastWrite > callEvent[number] ?? event { finished.insert(way) }
      for next in moves(from: way, for: number, at: event) where seen.insert(next).inserted {
        open.append(next)
      }
    }
    return LinearizationWay.needed(finished)
  }

  /// What may take effect next, where it can be of any use.
  private func moves(from way: LinearizationWay, for goal: Int, at event: Int) -> [LinearizationWay]
  {
    let wanted = wants(of: way)
    var next: [LinearizationWay] = []
    var written: [Int: Int] = [:]
    for (slot, number) in slots.enumerated() {
      guard let number, way.done & (1 << UInt128(slot)) == 0 else { continue }
      switch operations[number].effect {
      case .write(let value):
        guard number == goal || wanted.includes(value, instead: way.value) else { continue }
        // Of two that write the same, the one that must be over sooner.
        if let other = written[value], returns(other) <= returns(number) { continue }
        written[value] = number
      case .swap(let from, let to) where from == way.value:
        next.append(after(way, value: to, slot: slot, event: nil))
      case .swap, .read, .mismatch: continue
      }
    }
    for (value, number) in written.sorted(by: { $0.key < $1.key }) {
      next.append(after(way, value: value, slot: slotOf[number], event: event))
    }
    for kind in possibleKinds(wanted, way) {
      switch kinds[kind] {
      case .write(let value) where value != way.value && written[value] == nil:
        next.append(after(way, value: value, kind: kind, event: event))
      case .swap(way.value, let to) where to != way.value:
        if wanted.includes(to, instead: way.value) {
          next.append(after(way, value: to, kind: kind, event: nil))
        }
      default: continue
      }
    }
    return next
  }

  private func returns(_ number: Int) -> Int64 { operations[number].returned ?? .max }

  /// The value has changed: by the operation in `slot`, or by one of `kind`.
  private func after(
    _ way: LinearizationWay, value: Int, slot: Int? = nil, kind: Int? = nil, event: Int?
  ) -> LinearizationWay {
    var after = way
    after.value = value
    if let slot { after.done |= 1 << UInt128(slot) }
    if let kind {
      after.used.insert(kind, at: after.used.firstIndex { $0 > kind } ?? after.used.count)
    }
    if let event { after.lastWrite = event }
    look(&after)
    return after
  }

  /// What the operations that have yet to take effect look for.
  private struct Wants {
    var values: Set<Int> = []
    /// Somebody waits for any value but the present one.
    var another = false

    func includes(_ value: Int, instead present: Int) -> Bool {
      values.contains(value) || (another && value != present)
    }
  }

  private func wants(of way: LinearizationWay) -> Wants {
    var wants = Wants()
    for (slot, number) in slots.enumerated() {
      guard let number, way.done & (1 << UInt128(slot)) == 0 else { continue }
      switch operations[number].effect {
      case .read(let value), .swap(let value, _): wants.values.insert(value)
      case .mismatch: wants.another = true
      case .write: break
      }
    }
    for kind in swapKinds where isLeft(kind, in: way) {
      if case .swap(let from, _) = kinds[kind] { wants.values.insert(from) }
    }
    return wants
  }

  /// Whether one of a kind is left that has not taken effect in this way.
  private func isLeft(_ kind: Int, in way: LinearizationWay) -> Bool {
    way.used.count { $0 == kind } < called[kind]
  }

  /// Which operations without a known end may be of use.
  private func possibleKinds(_ wanted: Wants, _ way: LinearizationWay) -> [Int] {
    let kinds =
      wanted.another
      ? Array(kinds.indices)
      : wanted.values.sorted().compactMap { kindOf[.write($0)] } + swapKinds
    return kinds.filter { isLeft($0, in: way) }
  }
}
