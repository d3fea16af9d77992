#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Something with a descriptor that a loop waits for.
protocol Watched: AnyObject {
  var descriptor: Int32 { get }
  /// Where the poller keeps it; nil while it does not.
  var place: Int? { get set }
  var wantsToRead: Bool { get }
  var wantsToWrite: Bool { get }
  /// Called when there is something to read (an end or an error included), or room to write.
  func isReady(toRead: Bool, toWrite: Bool)
}

/// The descriptors that a loop waits for. `poll` serves every system alike.
struct Poller {
  private var entries: [pollfd] = []
  private var owners: [any Watched] = []

  mutating func add(_ watched: any Watched) {
    watched.place = entries.count
    entries.append(pollfd(fd: watched.descriptor, events: Self.events(watched), revents: 0))
    owners.append(watched)
  }

  mutating func remove(_ watched: any Watched) {
    guard let place = watched.place else { return }
    watched.place = nil
    let last = entries.removeLast()
    let owner = owners.removeLast()
    guard place < entries.count else { return }
    entries[place] = last
    owners[place] = owner
    owner.place = place
  }

  mutating func removeAll() {
    for owner in owners { owner.place = nil }
    (entries, owners) = ([], [])
  }

  mutating func update(_ watched: any Watched) {
    guard let place = watched.place else { return }
    entries[place].events = Self.events(watched)
  }

  private static func events(_ watched: any Watched) -> Int16 {
    (watched.wantsToRead ? Int16(POLLIN) : 0) | (watched.wantsToWrite ? Int16(POLLOUT) : 0)
  }

  /// Waits until something is ready, for at most so many nanoseconds, and returns who is.
  mutating func wait(nanoseconds: Int64?) -> [(any Watched, Int16)] {
    // Rounded up, so that what waits for a moment finds that it has come.
    let milliseconds = nanoseconds.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
    var left = poll(&entries, nfds_t(entries.count), milliseconds)
    guard left > 0 else { return [] }
    var found: [(any Watched, Int16)] = []
    found.reserveCapacity(Int(left))
    for place in entries.indices where entries[place].revents != 0 {
      found.append((owners[place], entries[place].revents))
      left -= 1
      if left == 0 { break }
    }
    return found
  }

  /// Tells one that `wait` has found, unless it has been removed meanwhile.
  static func tell(_ watched: any Watched, _ events: Int16) {
    guard watched.place != nil else { return }
    let broken = events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    watched.isReady(
      toRead: broken || events & Int16(POLLIN) != 0,
      toWrite: events & Int16(POLLOUT) != 0)
  }
}

/// How another thread wakes a loop that waits.
final class WakePipe: Watched {
  let descriptor: Int32
  private let writing: Int32
  var place: Int?
  let wantsToRead = true
  let wantsToWrite = false

  init() throws(SystemError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw .last("making a pipe") }
    (descriptor, writing) = (ends[0], ends[1])
    for end in ends { Socket.prepare(end) }
  }

  deinit {
    Socket.close(descriptor)
    Socket.close(writing)
  }

  /// A pipe that is full wakes as well as one that is not.
  func write() {
    var byte: UInt8 = 1
    _ = Socket.write(writing, &byte, 1)
  }

  func isReady(toRead: Bool, toWrite: Bool) {
    var bytes: [UInt8] = Array(repeating: 0, count: 64)
    while Socket.read(descriptor, &bytes, bytes.count) == bytes.count {}
  }
}
