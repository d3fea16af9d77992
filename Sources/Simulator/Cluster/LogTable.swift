public import Raft

/// The logs of a cluster as a person would draw them: index across, servers down, terms in the
/// cells (Raft, Figures 6 and 7).
///
/// Left of a server's bar stands what it knows to be committed. Where the logs are too long for the
/// line, their ends are shown.
public struct LogTable: Hashable, Sendable {
  /// One server's log.
  public struct Row: Hashable, Sendable {
    public let server: ServerID
    /// Nil while the server is down: then the log is what its disk holds.
    public let role: Role?
    public let term: Term
    public let log: Log
    public let commitIndex: LogIndex

    public init(
      _ server: ServerID, role: Role?, term: Term, log: Log, commitIndex: LogIndex = 0
    ) {
      self.server = server
      self.role = role
      self.term = term
      self.log = log
      self.commitIndex = commitIndex
    }

    fileprivate var label: String {
      switch role {
      case nil: "\(server) down"
      case .follower: "\(server) term \(term)"
      case .candidate: "\(server) stands in term \(term)"
      case .leader: "\(server) leads term \(term)"
      }
    }
  }

  public let rows: [Row]

  public init(_ rows: [Row]) { self.rows = rows }

  /// A line of indices and one for each server, at most `width` columns wide.
  public func lines(width: Int = 100) -> [String] {
    let labels = rows.map(\.label)
    let head = (labels.map(\.count).max() ?? 0) + 2
    let last = rows.map { max($0.log.lastIndex, $0.commitIndex) }.max() ?? 0
    guard last > 0 else { return labels.map { $0.padded(to: head) + "no entries" } }
    let terms = rows.map { $0.log.lastTerm.description.count }.max() ?? 1
    // A blank before each cell, and the bar behind it.
    let cell = max(last.description.count, terms) + 2
    let room = max(1, (width - head - 2) / cell)
    let first = LogIndex(max(1, last.number - room + 1))
    let shown = (first.number...last.number).map { LogIndex($0) }
    let isCut = first > 1
    let start = isCut ? "… " : "  "
    let top = shown.map { $0.description.padded(leftTo: cell - 1) + " " }.joined()
    return [("index".padded(to: head) + start + top).trimmed]
      + zip(rows, labels).map { row, label in
        (label.padded(to: head) + start + row.cells(shown, cell)).trimmed
      }
  }
}

extension LogTable.Row {
  fileprivate func cells(_ shown: [LogIndex], _ width: Int) -> String {
    if let first = shown.first, log.lastIndex < first {
      return log.isEmpty ? "  empty" : "  ends at \(log.lastIndex)"
    }
    return shown.map { index in
      let term = log.term(at: index)?.description ?? ""
      let bar = index == commitIndex && role != nil ? "│" : " "
      return term.padded(leftTo: width - 1) + bar
    }.joined()
  }
}

extension Cluster {
  /// The servers' logs as they are now; of a server that is down, what its disk holds.
  public var logTable: LogTable {
    LogTable(
      seats.map { seat in
        guard let situation = seat.incarnation?.situation else {
          return LogTable.Row(
            seat.id, role: nil, term: seat.disk.currentTerm, log: seat.disk.log)
        }
        return LogTable.Row(
          seat.id, role: situation.role, term: situation.currentTerm, log: situation.log,
          commitIndex: situation.commitIndex)
      })
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  fileprivate func padded(leftTo width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  fileprivate var trimmed: String { String(reversed().drop { $0 == " " }.reversed()) }
}
