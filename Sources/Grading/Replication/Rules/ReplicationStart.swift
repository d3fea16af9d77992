internal import Raft
internal import Simulator

/// A cluster in which S1 is started again, with what its disk holds.
struct ReplicationStart: LockstepStart {
  let servers: Int
  let past: [PastTerm]
  /// What it is called in the paper, where it is a figure of it.
  let name: String?
  let saved: PersistentState
  var seat = Seat.first

  /// Nil where no cluster could have such a past.
  init?(servers: Int, past: [PastTerm], name: String? = nil) {
    guard let cluster = ModelCluster(size: servers, past: past) else { return nil }
    self.servers = servers
    self.past = past
    self.name = name
    let own = cluster[1]
    saved = PersistentState(currentTerm: own.term, votedFor: own.votedFor, log: own.log)
  }

  /// A cluster in which nothing has happened yet.
  init(servers: Int) {
    self.servers = servers
    past = []
    name = nil
    saved = PersistentState()
  }

  static func == (left: Self, right: Self) -> Bool {
    left.servers == right.servers && left.past == right.past && left.seat == right.seat
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(servers)
    hasher.combine(past)
    hasher.combine(seat)
  }
}
