internal import Raft

/// One thing that happened to a server's persistent state, as it stands in its log file.
enum StoredChange: Hashable {
  /// The server's term and its vote: what it has promised (§5.1, §5.2).
  case promise(term: Term, votedFor: ServerID?)
  /// Every entry after `index` is gone (§5.3).
  case truncate(after: LogIndex)
  /// Entries from `index` on.
  case append(from: LogIndex, [LogEntry])
}

extension StoredChange {
  private enum Kind: UInt8 {
    case promise = 1
    case truncate, append
  }

  func write(to writer: inout ByteWriter) {
    switch self {
    case .promise(let term, let votedFor):
      writer.put(byte: Kind.promise.rawValue)
      writer.put(term.number)
      writer.put(votedFor != nil)
      if let votedFor { writer.put(votedFor.number) }
    case .truncate(let index):
      writer.put(byte: Kind.truncate.rawValue)
      writer.put(index.number)
    case .append(let index, let entries):
      writer.put(byte: Kind.append.rawValue)
      writer.put(index.number)
      writer.put(entries)
    }
  }

  init(from reader: inout ByteReader) throws(Malformed) {
    switch Kind(rawValue: try reader.byte()) {
    case .promise:
      let term = Term(try reader.number())
      self = .promise(term: term, votedFor: try reader.flag() ? ServerID(reader.number()) : nil)
    case .truncate:
      self = .truncate(after: LogIndex(try reader.number()))
    case .append:
      let index = LogIndex(try reader.number())
      self = .append(from: index, try reader.entries())
    case nil:
      throw Malformed("a record of a kind that this program does not know")
    }
  }
}

extension ByteWriter {
  mutating func put(_ entries: [LogEntry]) {
    put(unsigned: UInt64(entries.count))
    for entry in entries {
      put(entry.term.number)
      put(entry.command.text)
    }
  }
}

extension ByteReader {
  mutating func entries() throws(Malformed) -> [LogEntry] {
    // An entry takes two bytes at least: its term, and the length of its command.
    let count = try count(ofSize: 2)
    var entries: [LogEntry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count {
      let term = Term(try number())
      entries.append(LogEntry(term: term, command: Command(try text())))
    }
    return entries
  }
}

/// What the changes add up to.
///
/// An array beside the log's other facts: a file of a hundred thousand entries is read at once, and
/// nobody looks at the log before its end.
struct Replay {
  private(set) var currentTerm: Term = 0
  private(set) var votedFor: ServerID?
  private var entries: [LogEntry] = []

  /// About how many bytes a file takes that holds this and nothing else.
  var size: Int { entries.reduce(64) { $0 + $1.command.text.utf8.count + 8 } }

  var state: PersistentState {
    PersistentState(currentTerm: currentTerm, votedFor: votedFor, log: Log(entries))
  }

  mutating func apply(_ change: StoredChange) throws(Malformed) {
    switch change {
    case .promise(let term, let votedFor):
      currentTerm = term
      self.votedFor = votedFor
    case .truncate(let index):
      guard (0...entries.count).contains(index.number) else {
        throw Malformed("it cuts the log after \(index), and the log ends at \(entries.count)")
      }
      entries.removeLast(entries.count - index.number)
    case .append(let index, let more):
      guard index.number == entries.count + 1 else {
        throw Malformed("it goes on at \(index), and the log ends at \(entries.count)")
      }
      entries.append(contentsOf: more)
    }
  }
}
