internal import Contracts
internal import Platform
internal import Raft

/// What the page of a cluster shows of a server.
struct ServerLook: Hashable, Sendable, Encodable {
  let view: ServerView
  let votedFor: Int?
  let leader: Int?
  /// The servers that it is cut off from.
  let cut: [Int]
  /// By how many milliseconds what it sends is delayed.
  let slow: Int
  /// Its election timer, where it runs.
  let timer: Timer?
  /// The end of its log, as much of it as has room on a page.
  let log: [NodeStatus.Entry]
  /// What the last entries wrote that it knows to be committed, the latest first.
  let store: [Item]

  private enum CodingKeys: String, CodingKey { case view, votedFor, leader, cut, slow, timer, log }

  /// How many entries are asked for, to know what was written lately.
  static let mostOfEntries = 64
  /// How many entries of a log are shown.
  private static let mostOfLog = 10
  private static let mostOfStore = 8

  init(_ view: ServerView, _ status: NodeStatus? = nil, cut: Set<Int> = [], slow: Int = 0) {
    self.view = view
    votedFor = status?.votedFor
    leader = status?.leader
    self.cut = cut.sorted()
    self.slow = slow
    timer = status?.timer.map(Timer.init)
    store = Self.store(status?.log ?? [], upTo: status?.commitIndex ?? 0)
    log = (status?.log ?? []).suffix(Self.mostOfLog).map {
      NodeStatus.Entry(index: $0.index, term: $0.term, command: Self.short($0.command))
    }
  }

  /// What anybody may have put into the store is shown up to here.
  private static func short(_ text: String) -> String {
    text.count > 60 ? text.prefix(60) + "…" : text
  }

  /// A timer that runs. A page is told how many milliseconds are left when it is told.
  struct Timer: Hashable, Encodable {
    let run: NodeStatus.Timer

    init(_ run: NodeStatus.Timer) { self.run = run }

    private enum Key: String, CodingKey { case left, full }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      let left = max(0, run.due - MonotonicClock.nanoseconds)
      try container.encode(left / 1_000_000, forKey: .left)
      try container.encode(run.period / 1_000_000, forKey: .full)
    }
  }

  /// A key, its value, and the index of the entry that wrote it.
  struct Item: Hashable, Encodable {
    let key: String
    let value: String
    let index: Int
  }

  /// A key that was swapped since is left out: what became of it depends on entries before these.
  static func store(_ entries: [NodeStatus.Entry], upTo commit: Int) -> [Item] {
    var items: [String: Item] = [:]
    for entry in entries where entry.index <= commit {
      switch KeyValue.Operation(Raft.Command(entry.command)) {
      case .put(let key, let value):
        items[key] = Item(key: short(key), value: short(value), index: entry.index)
      case .delete(let key), .compareAndSet(let key, _, _): items[key] = nil
      case .get, nil: break
      }
    }
    return Array(items.values.sorted { $0.index > $1.index }.prefix(mostOfStore))
  }
}
