/// What is to be done later, the earliest first; of the same moment, in the order of the asking.
struct TimerHeap {
  private struct Entry {
    let due: Int64
    let number: Int
    let body: () -> Void

    func isBefore(_ other: Entry) -> Bool { (due, number) < (other.due, other.number) }
  }

  private var entries: [Entry] = []
  private var count = 0

  /// When the earliest is due.
  var next: Int64? { entries.first?.due }

  mutating func add(due: Int64, _ body: @escaping () -> Void) {
    count += 1
    entries.append(Entry(due: due, number: count, body: body))
    var place = entries.count - 1
    while place > 0, entries[place].isBefore(entries[(place - 1) / 2]) {
      entries.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  /// Takes out everything that is due.
  mutating func due(at time: Int64) -> [() -> Void] {
    var bodies: [() -> Void] = []
    while let first = entries.first, first.due <= time {
      bodies.append(first.body)
      removeFirst()
    }
    return bodies
  }

  private mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var place = 0
    while true {
      let children = (2 * place + 1)..<min(2 * place + 3, max(entries.count, 2 * place + 1))
      guard let least = children.min(by: { entries[$0].isBefore(entries[$1]) }),
        entries[least].isBefore(entries[place])
      else { return }
      entries.swapAt(place, least)
      place = least
    }
  }
}
