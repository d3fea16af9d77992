/// What is to happen later in virtual time, the earliest first; ties in the order of arrival.
struct SleepQueue {
  struct Entry {
    let due: Int64
    let number: Int
    let wake: (_ cancelled: Bool) -> Void
  }

  private var heap: [Entry] = []
  private var cancelled: Set<Int> = []
  private var nextNumber = 0

  /// How many sleepers there are that nobody has cancelled.
  var count: Int { heap.count - cancelled.count }

  /// When the earliest is due; `Int64.max` when there is none.
  private(set) var nextDue = Int64.max

  mutating func add(due: Int64, wake: @escaping (_ cancelled: Bool) -> Void) -> Int {
    nextNumber += 1
    heap.append(Entry(due: due, number: nextNumber, wake: wake))
    siftUp(from: heap.count - 1)
    nextDue = heap[0].due
    return nextNumber
  }

  /// The earliest sleeper, taken out; nil when there is none.
  mutating func popFirst() -> Entry? {
    while let entry = popTop() {
      if cancelled.isEmpty || cancelled.remove(entry.number) == nil { return entry }
    }
    return nil
  }

  /// Takes a sleeper out and hands it back to be woken; nil if it has been woken already.
  mutating func cancel(_ number: Int) -> Entry? {
    guard !cancelled.contains(number), let entry = heap.first(where: { $0.number == number })
    else { return nil }
    cancelled.insert(number)
    dropCancelledTop()
    return entry
  }

  private mutating func dropCancelledTop() {
    while let top = heap.first, cancelled.contains(top.number) {
      cancelled.remove(top.number)
      _ = popTop()
    }
  }

  private mutating func popTop() -> Entry? {
    guard let last = heap.popLast() else { return nil }
    guard let top = heap.first else {
      nextDue = .max
      return last
    }
    sink(last)
    nextDue = heap[0].due
    return top
  }

  /// Puts an entry in the place of the first, and lets it sink to where it belongs.
  private mutating func sink(_ entry: Entry) {
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, isBefore(heap[child + 1], heap[child]) { child += 1 }
      guard isBefore(heap[child], entry) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = entry
  }

  private mutating func siftUp(from start: Int) {
    var child = start
    while child > 0, isBefore(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
    left.due == right.due ? left.number < right.number : left.due < right.due
  }
}
