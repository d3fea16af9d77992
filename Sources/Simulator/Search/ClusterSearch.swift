public import Contracts
public import Raft

/// Tries everything that can happen to a small cluster, up to a depth: every order of messages,
/// any of them lost or repeated, every timeout, every crash.
///
/// Rules are called one at a time, as a host calls them between two messages; conversations are
/// not begun, since all that they do is to carry. Situations that look the same are gone on from
/// once, and by the shortest way: so what is found is told in as few steps as there can be. They
/// look the same if all servers report the same after the same calls, in whatever order, the same
/// was sent, and the same may still happen. A call after which a server reports what it did before,
/// and that sends nothing new, is taken for one that changes nothing.
public struct ClusterSearch<Server: RaftServer>: Sendable {
  /// How far a search goes.
  public struct Bounds: Hashable, Sendable {
    /// Elections begun, commands taken, and crashes, in all.
    public var timeouts: Int
    public var commands: Int
    public var restarts: Int
    /// Steps from the start.
    public var depth: Int
    /// Different situations; with the frontier, this bounds the memory.
    public var situations: Int

    public init(
      timeouts: Int, commands: Int = 0, restarts: Int = 0, depth: Int = .max, situations: Int
    ) {
      self.timeouts = timeouts
      self.commands = commands
      self.restarts = restarts
      self.depth = depth
      self.situations = situations
    }
  }

  /// What a search came to.
  public struct Result: Sendable {
    /// How many different situations were seen.
    public var situations = 0
    /// Every situation so many steps away was seen.
    public var depth = 0
    /// Whether there was nothing left to try within the bounds.
    public var isComplete = false
    public var breach: Breach?
  }

  /// The shortest way to something that must not happen.
  public struct Breach: Sendable {
    public let broken: InvariantBroken
    public let steps: Int
    public let events: [ClusterEvent]
  }

  let servers: Int
  /// What is on the servers' disks when all of them start; S1's first, empty where this has none.
  let disks: [PersistentState]
  let rules: SearchRules<Server>
  let bounds: Bounds

  /// - Parameter servers: two or more; a server alone waits for nobody.
  public init(
    servers: Int, from disks: [PersistentState] = [], rules: SearchRules<Server>, bounds: Bounds
  ) {
    self.servers = servers
    self.disks = disks
    self.rules = rules
    self.bounds = bounds
  }

  /// Where the search has been, so that the way to each situation is known.
  private struct Step {
    let parent: Int
    let move: SearchMove
  }

  /// Searches, nearest situations first, until something is wrong, a bound is reached, or `mayGoOn`
  /// says no.
  ///
  /// To be run in a simulation that runs jobs in order.
  public func run(while mayGoOn: () -> Bool = { true }) async -> Result {
    let lives = SearchLives(servers: servers, rules: rules)
    let start = await begin(in: lives)
    var seen: Set<Int> = [key(of: start, in: lives)]
    var steps: [Step] = []
    var frontier: [(place: Int, world: SearchWorld)] = [(-1, start)]
    var result = Result(situations: 1)
    while !frontier.isEmpty, result.depth < bounds.depth {
      var next: [(place: Int, world: SearchWorld)] = []
      for (place, world) in frontier {
        for move in moves(in: world, of: lives) {
          guard let found = await self.next(world, move, in: lives) else { continue }
          guard seen.insert(key(of: found, in: lives)).inserted else { continue }
          steps.append(Step(parent: place, move: move))
          result.situations += 1
          if !found.invariants.broken.isEmpty {
            result.breach = await breach(at: steps.count - 1, of: steps, in: lives)
            return result
          }
          next.append((steps.count - 1, found))
        }
        guard result.situations < bounds.situations, mayGoOn() else { return result }
      }
      frontier = next
      result.depth += 1
    }
    result.isComplete = frontier.isEmpty
    return result
  }

  private func key(of world: SearchWorld, in lives: SearchLives<Server>) -> Int {
    var hasher = Hasher()
    for place in world.places {
      hasher.combine(lives.lives[place].appearance)
      hasher.combine(lives.lives[place].experience)
    }
    hasher.combine(world.sent)
    hasher.combine(world.restarts)
    hasher.combine(world.timeouts)
    hasher.combine(world.commands)
    return hasher.finalize()
  }

  /// Goes the way once more, and tells it.
  private func breach(
    at last: Int, of steps: [Step], in lives: SearchLives<Server>
  ) async -> Breach? {
    var moves: [SearchMove] = []
    var place = last
    while place >= 0 {
      moves.append(steps[place].move)
      place = steps[place].parent
    }
    var events: [ClusterEvent] = []
    var time = Duration.zero
    var world = await begin(in: lives) { events.append(ClusterEvent(time: time, kind: $0)) }
    for move in moves.reversed() {
      time += .milliseconds(1)
      let next = await next(world, move, in: lives) {
        events.append(ClusterEvent(time: time, kind: $0))
      }
      if let next { world = next }
    }
    guard let broken = world.invariants.broken.first else { return nil }
    events.append(ClusterEvent(time: time, kind: .broken(broken)))
    return Breach(broken: broken, steps: moves.count, events: events)
  }
}
