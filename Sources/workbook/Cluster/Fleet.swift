internal import Foundation
internal import Grading
internal import Platform
internal import Synchronization
internal import Traces

/// Servers as processes of their own on this machine, and what can be done to them.
///
/// They end with this process, however it ends: each watches a pipe that closes with it, and one
/// that is paused is woken by the system to be ended (SIGHUP to an orphaned group).
final class Fleet: Sendable {
  /// What is to be started.
  struct Plan: Sendable {
    let runner: URL
    let chapter: Chapter
    let subject: Subject
    let servers: Int
    /// Where the servers keep what must outlive them, a folder each.
    let folder: URL
    let root: URL
    /// Whether the servers tell what happens in them.
    var isTraced = false
    /// How long a server may take to start; it reads its whole log first.
    var startLimit = Duration.seconds(30)
  }

  enum Condition: Hashable, Sendable {
    case starting, running, paused, killed
    case ended(EndedServer)
  }

  /// The time after which a follower stands for election, and a leader's pace. Both are handed
  /// to the servers, so that what waits for them knows.
  static let electionTimeout: ClosedRange<Duration> = .milliseconds(300) ... .milliseconds(600)
  static let heartbeat = Duration.milliseconds(75)

  struct Seat {
    let peerPort: Int
    let clientPort: Int
    var condition = Condition.killed
    var child: RunningChild?
    var lines: [String] = []
    var life: Task<Void, Never>?
  }

  let plan: Plan
  let seats: Mutex<[Seat]>
  /// What is wrong with the network.
  struct Ways {
    /// Which servers each one is cut off from.
    var cuts: [Int: Set<Int>] = [:]
    /// By how many milliseconds what a server sends is delayed.
    var delays: [Int: Int] = [:]
  }

  let ways = Mutex(Ways())
  private let tell: @Sendable (EndedServer) -> Void
  /// What happened, where that is wanted.
  let trace: FleetTrace?
  /// Keeps the folder for this fleet until all its servers are gone.
  let lock: Mutex<FileLock?>

  var servers: ClosedRange<Int> { 1...plan.servers }
  let clientPorts: [Int]

  /// Prepares the servers without starting them.
  ///
  /// - Parameters:
  ///   - keeps: whether they go on with what an earlier fleet left in the folder.
  ///   - tell: told of a server that ends by itself.
  /// - Throws: `Trouble`, where another fleet uses the folder, or there are no free ports.
  init(
    _ plan: Plan, keeps: Bool = false, tell: @escaping @Sendable (EndedServer) -> Void = { _ in }
  ) throws {
    self.plan = plan
    self.tell = tell
    lock = Mutex(try Self.prepare(plan, keeps: keeps))
    trace =
      plan.isTraced ? try FleetTrace(plan.folder.appendingPathComponent("traces")) : nil
    var chance = SystemRandomNumberGenerator()
    guard let ports = LoopbackPort.free(2 * plan.servers, using: &chance) else {
      throw Trouble("This machine has no \(2 * plan.servers) free ports between 20000 and 32000.")
    }
    let made = (0..<plan.servers).map {
      Seat(peerPort: ports[2 * $0], clientPort: ports[2 * $0 + 1])
    }
    seats = Mutex(made)
    clientPorts = made.map(\.clientPort)
  }

  /// Takes the folder for this fleet, and empties it unless it is to be kept.
  private static func prepare(_ plan: Plan, keeps: Bool) throws -> FileLock {
    let manager = FileManager.default
    let note = plan.folder.appendingPathComponent("servers")
    let text = "chapter \(plan.chapter.number), \(plan.servers) servers\n"
    do {
      try manager.createDirectory(at: plan.folder, withIntermediateDirectories: true)
      guard let lock = try FileLock(plan.folder.appendingPathComponent("lock")) else {
        throw Trouble("Servers of another run use \(plan.folder.path) at the moment. End it first.")
      }
      let before = try? String(contentsOf: note, encoding: .utf8)
      if keeps, let before, before != text {
        throw Trouble(
          "\(plan.folder.path) holds the logs of \(before.dropLast()). Servers that come or go "
            + "between two starts could elect two leaders (§6). Leave --keep out to begin anew.")
      }
      if !keeps {
        for name in try manager.contentsOfDirectory(atPath: plan.folder.path) where name != "lock" {
          try manager.removeItem(at: plan.folder.appendingPathComponent(name))
        }
      }
      try Data(text.utf8).write(to: note)
      return lock
    } catch let trouble as Trouble {
      throw trouble
    } catch {
      throw Trouble(
        "\(plan.folder.path) cannot be written: the folder may be read-only, or the disk full.")
    }
  }

  /// Starts every server, and waits until each can be reached.
  ///
  /// - Throws: `Trouble` with the server's own sentence, where one cannot start.
  func start() async throws {
    for server in servers { launch(server) }
    for server in servers { try await waitUntilReady(server) }
  }

  func condition(of server: Int) -> Condition { seats.withLock { $0[server - 1].condition } }

  /// The servers that have not been killed or stopped.
  var running: [Int] { servers.filter { condition(of: $0) == .running } }

  /// What the servers that ended by themselves left behind, the first one's first.
  let lastWords = Mutex<[EndedServer]>([])

  // MARK: - A process

  func launch(_ server: Int) {
    let child = ChildProcess(
      executable: plan.runner, arguments: arguments(for: server),
      environment: Examiner.environment)
    seats.withLock { seats in
      seats[server - 1].condition = .starting
      seats[server - 1].lines = []
      seats[server - 1].life = Task { await self.live(server, child) }
    }
  }

  private func arguments(for server: Int) -> [String] {
    let peers = seats.withLock { seats in
      seats.enumerated().map {
        "\($0 + 1)=127.0.0.1:\($1.peerPort)/127.0.0.1:\($1.clientPort)"
      }
    }
    let milliseconds = { (time: Duration) in "\(Int(time / .milliseconds(1)))" }
    return [
      "node", "\(plan.chapter.number)", "--subject", plan.subject.rawValue, "--id", "\(server)",
      "--data", plan.folder.appendingPathComponent("S\(server)").path,
      "--peers", peers.joined(separator: ","), "--client", "127.0.0.1:\(clientPorts[server - 1])",
      "--election-timeout",
      milliseconds(Self.electionTimeout.lowerBound) + "-"
        + milliseconds(Self.electionTimeout.upperBound),
      "--heartbeat", milliseconds(Self.heartbeat), "--faults",
    ] + (trace?.words(for: server) ?? [])
  }

  /// One life of a server, from its start to its end.
  private func live(_ server: Int, _ child: ChildProcess) async {
    let end: ChildEnd
    do {
      end = try await child.run { running in
        let isWanted = self.seats.withLock { seats in
          seats[server - 1].child = running
          return seats[server - 1].condition != .killed
        }
        if !isWanted { running.kill() }
      } onLine: { line in
        self.hear(line, from: server)
      }
    } catch {
      hear("the process cannot be started: \(error)", from: server)
      end = .exited(1)
    }
    trace?.note(.crashed, server)
    let ended = seats.withLock { seats -> EndedServer? in
      seats[server - 1].child = nil
      guard seats[server - 1].condition != .killed else { return nil }
      let ended = EndedServer(
        server, end: end, lines: seats[server - 1].lines, root: plan.root)
      seats[server - 1].condition = .ended(ended)
      return ended
    }
    guard let ended else { return }
    lastWords.withLock { $0.append(ended) }
    tell(ended)
  }

  /// Lines of a server that are kept for the case that it ends.
  private static let mostLines = 200

  private func hear(_ line: String, from server: Int) {
    seats.withLock { seats in
      if line.hasPrefix(#"{"ready""#) {
        if seats[server - 1].condition == .starting { seats[server - 1].condition = .running }
        return
      }
      seats[server - 1].lines = seats[server - 1].lines.suffix(Self.mostLines - 1) + [line]
    }
  }

  func waitUntilReady(_ server: Int) async throws {
    let deadline = ContinuousClock.now + plan.startLimit
    while ContinuousClock.now < deadline {
      switch condition(of: server) {
      case .running: return
      case .ended(let ended): throw Trouble(ended.sentence)
      case .starting, .paused, .killed: try await Task.sleep(for: .milliseconds(5))
      }
    }
    throw Trouble(
      "S\(server) does not start: it has said nothing for "
        + "\(Messages.describe(plan.startLimit)).")
  }
}
