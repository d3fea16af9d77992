internal import Contracts
internal import Raft
internal import Simulator

/// Where a search begins: all servers start at once, from these disks.
///
/// A way through many elections is long, and a search is wide. So it begins in the middle as well:
/// with disks that a cluster may be left with whose servers all have crashed.
struct SearchStart: Sendable {
  let name: String
  let servers: Int
  var disks: [PersistentState] = []
  let timeouts: Int
  var commands = 0
  var restarts = 0

  /// Those of chapter 3.
  static let elections: [SearchStart] = [
    SearchStart(name: "two servers, from the start", servers: 2, timeouts: 3, restarts: 1),
    SearchStart(name: "three servers, from the start", servers: 3, timeouts: 3, restarts: 1),
    SearchStart(name: "four servers, from the start", servers: 4, timeouts: 2),
    SearchStart(
      name: "S1 has voted for S2, and crashes", servers: 3,
      disks: [
        PersistentState(currentTerm: 1, votedFor: 2), PersistentState(currentTerm: 1, votedFor: 2),
        PersistentState(),
      ], timeouts: 2, restarts: 1),
  ]

  /// Those of chapter 4.
  static let replication: [SearchStart] = [
    SearchStart(
      name: "three servers, from the start", servers: 3, timeouts: 2, commands: 2),
    SearchStart(
      name: "Figure 8, with three servers", servers: 3, disks: PaperLogs.smallFigure8,
      timeouts: 2),
    SearchStart(
      name: "Figure 7, with three servers", servers: 3, disks: PaperLogs.smallFigure7,
      timeouts: 2, commands: 1),
    SearchStart(
      name: "a follower without anything", servers: 3, disks: PaperLogs.lagging, timeouts: 2,
      commands: 1, restarts: 1),
    SearchStart(
      name: "two servers, from the start", servers: 2, timeouts: 2, commands: 2, restarts: 1),
    SearchStart(
      name: "four servers, one entry each to lose", servers: 4, disks: PaperLogs.four,
      timeouts: 2),
  ]
}

extension PaperLogs {
  /// Figure 8, before (c), with as few servers as it takes: S1 holds an entry of term 2 that it
  /// has told nobody of, and S3 one of term 3.
  static let smallFigure8 = [disk(1, 2, term: 3), disk(1, term: 3), disk(1, 3, term: 3)]

  /// A leader to be, a follower that is behind it, and one that has what never was.
  static let smallFigure7 = [
    disk(1, 1, 4, 4, term: 4), disk(1, term: 4), disk(1, 1, 2, 2, 2, term: 3),
  ]

  static let lagging = [disk(1, 1, term: 1), disk(1, 1, term: 1), disk(term: 0)]

  /// S1 and S2 hold the log that is ahead, and two of four are no majority.
  static let four = [
    disk(1, 2, term: 2), disk(1, 2, term: 2), disk(1, term: 2), disk(1, 1, term: 1),
  ]
}
