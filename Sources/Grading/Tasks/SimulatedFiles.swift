internal import Contracts
internal import Simulator
internal import Synchronization

/// Files that arrive after a while, and a record of who read what and when.
final class SimulatedFiles: Files {
  /// One reading of one file.
  struct Reading: Sendable {
    let name: String
    let start: Duration
    /// When it was over, however it ended; nil while it is under way.
    var end: Duration?
    var wasCancelled = false
    var wasMissing = false
  }

  private let simulation: Simulation
  private let durations: [String: Duration]
  private let missing: Set<String>
  private let windingDown: Duration
  private let saysInOwnWords: Bool
  private let log = Mutex<[Reading]>([])

  init(
    _ simulation: Simulation, durations: [String: Duration], missing: Set<String>,
    windingDown: Duration, saysInOwnWords: Bool
  ) {
    self.simulation = simulation
    self.durations = durations
    self.missing = missing
    self.windingDown = windingDown
    self.saysInOwnWords = saysInOwnWords
  }

  /// Every reading so far, in the order in which they began.
  var readings: [Reading] { log.withLock { $0 } }

  /// The names of the files that are being read right now.
  var underWay: [String] { readings.filter { $0.end == nil }.map(\.name) }

  func read(_ name: String) async throws -> String {
    let number = log.withLock {
      $0.append(Reading(name: name, start: simulation.now))
      return $0.count - 1
    }
    simulation.record(name, "asked for")
    do {
      try await simulation.clock.sleep(for: durations[name] ?? .seconds(1))
    } catch {
      log.withLock { $0[number].wasCancelled = true }
      simulation.record(name, "cancelled")
      if windingDown > .zero {
        await simulation.sleepThrough(windingDown)
        simulation.record(name, "closed")
      }
      log.withLock { $0[number].end = simulation.now }
      throw saysInOwnWords ? Interrupted() : error
    }
    let isMissing = missing.contains(name)
    log.withLock {
      $0[number].end = simulation.now
      $0[number].wasMissing = isMissing
    }
    simulation.record(name, isMissing ? "is missing" : "there")
    if isMissing { throw NoSuchFile(name: name) }
    return Self.contents(of: name)
  }

  static func contents(of name: String) -> String { "contents of \(name)" }
}
