internal import Synchronization

/// What a client asks the replicated state machine to do. Raft never looks inside (Raft, §2).
public struct Command: Hashable, Codable, Sendable {
  public let text: String

  public init(_ text: String) { self.text = text }
}

extension Command: ExpressibleByStringLiteral, CustomStringConvertible {
  public init(stringLiteral text: String) { self.init(text) }
  public var description: String { text }
}

/// A command, and the term in which a leader received it (Raft, §5.3).
public struct LogEntry: Hashable, Codable, Sendable {
  public let term: Term
  public let command: Command

  public init(term: Term, command: Command) {
    self.term = term
    self.command = command
  }
}

/// A server's log: entries at 1, 2, 3, … (Raft, §5.3).
///
/// A value, but copies share their storage as long as one is a beginning of the other. So a server
/// can put its whole log into every report at the cost of one reference, and go on appending
/// without a copy being made for the reader's sake.
public struct Log: Sendable {
  private var storage: Storage
  private var count: Int

  public init() { self.init([]) }

  public init(_ entries: [LogEntry]) {
    storage = Storage(entries)
    count = entries.count
  }

  /// The index of the last entry; 0 when the log is empty.
  public var lastIndex: LogIndex { LogIndex(count) }

  /// The term of the last entry; 0 when the log is empty.
  public var lastTerm: Term { term(at: lastIndex) ?? 0 }

  public var isEmpty: Bool { count == 0 }

  /// All entries, in order, as an array of their own: O(n).
  public var entries: [LogEntry] { storage.slice(0..<count) }

  /// The entry at `index`, or nil where this log has none.
  public subscript(index: LogIndex) -> LogEntry? {
    guard index >= 1, index <= lastIndex else { return nil }
    return storage.entry(index.number - 1)
  }

  /// The term of the entry at `index`: 0 before the first, nil after the last.
  public func term(at index: LogIndex) -> Term? {
    index == 0 ? 0 : self[index]?.term
  }

  /// The entries from `index` to the last; empty where there are none.
  public func suffix(from index: LogIndex) -> [LogEntry] {
    let start = max(index.number - 1, 0)
    return start < count ? storage.slice(start..<count) : []
  }

  /// As many entries from `index` on as go well into one message: at least one if there are any,
  /// at most a thousand, and no more once their commands come to a megabyte.
  public func batch(from index: LogIndex) -> [LogEntry] {
    let start = max(index.number - 1, 0)
    guard start < count else { return [] }
    var size = 0
    var end = start
    while end < min(count, start + 1_000), size < 1 << 20 {
      size += storage.entry(end).command.text.utf8.count
      end += 1
    }
    return storage.slice(start..<end)
  }

  /// Adds an entry after the last: O(1), unless another log went on differently from here.
  public mutating func append(_ entry: LogEntry) {
    if !storage.append(entry, after: count) {
      storage = Storage(storage.slice(0..<count))
      _ = storage.append(entry, after: count)
    }
    count += 1
  }

  public mutating func append(contentsOf entries: some Sequence<LogEntry>) {
    for entry in entries { append(entry) }
  }

  /// Drops every entry after `index`.
  public mutating func truncate(after index: LogIndex) {
    count = min(count, max(index.number, 0))
  }
}

extension Log {
  /// How a log differs from an earlier one: what it kept, and what came after that.
  public struct Change: Sendable, Equatable {
    public let kept: LogIndex
    public let appended: [LogEntry]

    public init(kept: LogIndex, appended: [LogEntry]) {
      self.kept = kept
      self.appended = appended
    }
  }

  /// What changed since `earlier`: O(what changed) while the two share their storage.
  ///
  /// Hosts write this to disk and invariants look at nothing else, so that checking after every
  /// step costs what the step changed and not what the log holds.
  public func changes(since earlier: Log) -> Change {
    let kept: Int
    if storage === earlier.storage {
      kept = min(count, earlier.count)
    } else {
      kept = zip(entries, earlier.entries).prefix { $0 == $1 }.count
    }
    return Change(kept: LogIndex(kept), appended: suffix(from: LogIndex(kept + 1)))
  }
}

extension Log: Hashable, Codable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public static func == (left: Log, right: Log) -> Bool {
    left.count == right.count
      && (left.storage === right.storage || left.entries == right.entries)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(entries) }

  public init(arrayLiteral entries: LogEntry...) { self.init(entries) }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([LogEntry].self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(entries)
  }

  public var description: String {
    "[" + entries.map { "\($0.term):\($0.command)" }.joined(separator: " ") + "]"
  }
}

/// The entries that several logs share. It only grows: what one log truncates, another may show.
private final class Storage: Sendable {
  private let entries: Mutex<[LogEntry]>

  init(_ entries: [LogEntry]) { self.entries = Mutex(entries) }

  func entry(_ offset: Int) -> LogEntry { entries.withLock { $0[offset] } }

  func slice(_ range: Range<Int>) -> [LogEntry] { entries.withLock { Array($0[range]) } }

  /// Appends, unless somebody has gone on past `count` with another entry; says whether the entry
  /// stands there now.
  func append(_ entry: LogEntry, after count: Int) -> Bool {
    entries.withLock {
      guard $0.count == count else { return $0[count] == entry }
      $0.append(entry)
      return true
    }
  }
}
