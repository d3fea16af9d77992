internal import Raft

extension FaultPlan {
  /// What may go wrong in a plan that chance draws up.
  public struct Kinds: OptionSet, Hashable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let crashes = Kinds(rawValue: 1)
    public static let pauses = Kinds(rawValue: 2)
    public static let cuts = Kinds(rawValue: 4)
    public static let conditions = Kinds(rawValue: 8)
    /// Consumers of commits that stand still for a while (chapter 4); not among `all`.
    public static let consumers = Kinds(rawValue: 16)
    public static let all: Kinds = [.crashes, .pauses, .cuts, .conditions]
  }

  /// Faults drawn from a seed, until `end`: by then everything is put right again, but for a
  /// minority that may stay down, as a cluster must get by without one.
  ///
  /// Mostly one thing goes wrong at a time, and for about as long as an election takes; now and
  /// then the whole cluster crashes at once.
  public static func seeded(
    _ seed: UInt64, servers count: Int, until end: Duration, kinds: Kinds = .all,
    leavingDown down: Int = 0
  ) -> FaultPlan {
    var draft = Draft(seed: seed, count: count, end: end)
    draft.drawUp(kinds)
    draft.putRight(kinds, leavingDown: down)
    return FaultPlan(draft.entries)
  }

  /// A plan while it is drawn up.
  private struct Draft {
    var entries: [Entry] = []
    private var random: SeededGenerator
    private let servers: [ServerID]
    private let end: Int64
    private var time: Int64 = 0

    init(seed: UInt64, count: Int, end: Duration) {
      random = SeededGenerator(seed: seed ^ 0xFA_17_5E_ED)
      servers = (1...max(count, 1)).map { ServerID($0) }
      self.end = end.nanoseconds / 1_000_000
    }

    private mutating func draw(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + random.pick(from: range.count)
    }

    private mutating func server() -> ServerID { servers[draw(0...servers.count - 1)] }

    private mutating func add(_ fault: Fault) {
      entries.append(Entry(.milliseconds(time), fault))
    }

    mutating func drawUp(_ kinds: Kinds) {
      let possible: [Kinds] = [.crashes, .pauses, .cuts, .conditions, .consumers]
        .filter(kinds.contains)
      guard !possible.isEmpty else { return }
      time = Int64(draw(0...400))
      while time < end {
        let kind = possible[draw(0...possible.count - 1)]
        if kind == .crashes { crashes() }
        if kind == .pauses { pauses() }
        if kind == .cuts { cuts() }
        if kind == .consumers { consumers() }
        if kind == .conditions { add(.conditions(draw(0...1) == 0 ? .rough : .calm)) }
        time += Int64(draw(20...800))
      }
    }

    /// A crash, and the restart some time later or at the end; now and then of every server.
    private mutating func crashes() {
      let start = time
      let fallen = draw(0...9) == 0 ? servers : [server()]
      for id in fallen {
        time = start
        add(.crash(id))
        time = min(start + Int64(draw(1...1_000)), end)
        add(.restart(id))
      }
      time = start
    }

    private mutating func pauses() {
      let start = time
      let id = server()
      add(.pause(id))
      time = min(start + Int64(draw(50...1_000)), end)
      add(.resume(id))
      time = start
    }

    private mutating func consumers() {
      let start = time
      let id = server()
      add(.blockConsumer(id))
      time = min(start + Int64(draw(100...2_000)), end)
      add(.unblockConsumer(id))
      time = start
    }

    private mutating func cuts() {
      switch draw(0...4) {
      case 0: add(.isolate(server()))
      case 1: add(.cut(from: server(), to: server()))
      case 2:
        let shuffled = servers.shuffled(using: &random)
        let size = draw(1...servers.count)
        add(.partition([Array(shuffled[..<size]), Array(shuffled[size...])]))
      default: add(.heal)
      }
    }

    mutating func putRight(_ kinds: Kinds, leavingDown down: Int) {
      entries = entries.enumerated()
        .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
      time = end
      add(.heal)
      add(.conditions(.calm))
      for id in servers {
        add(.resume(id))
        add(.restart(id))
        if kinds.contains(.consumers) { add(.unblockConsumer(id)) }
      }
      for id in servers.shuffled(using: &random).prefix(down) { add(.crash(id)) }
    }
  }
}
