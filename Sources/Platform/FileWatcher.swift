public import Foundation

/// Tells when one of a few files is saved.
///
/// It looks four times a second. That works the same on every system and file system, and with
/// editors that write in place as with those that put a new file where the old one was.
public struct FileWatcher: Sendable {
  private let files: [URL]
  private let interval: Duration

  public init(_ files: [URL], interval: Duration = .milliseconds(250)) {
    self.files = files
    self.interval = interval
  }

  /// One element for each save, or for several that come close together.
  public var changes: AsyncStream<Void> {
    let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    var seen = state
    let watching = Task {
      while true {
        try await Task.sleep(for: interval)
        var now = state
        guard now != seen else { continue }
        // A file may be saved in several writes: wait until it has come to rest.
        repeat {
          seen = now
          try await Task.sleep(for: .milliseconds(40))
          now = state
        } while now != seen
        continuation.yield()
      }
    }
    continuation.onTermination = { _ in watching.cancel() }
    return changes
  }

  private struct Stamp: Hashable {
    let modified: Date?
    let size: UInt64?
    let number: UInt64?
  }

  private var state: [Stamp] {
    files.map { file in
      let facts = try? FileManager.default.attributesOfItem(atPath: file.path)
      return Stamp(
        modified: facts?[.modificationDate] as? Date,
        size: (facts?[.size] as? NSNumber)?.uint64Value,
        number: (facts?[.systemFileNumber] as? NSNumber)?.uint64Value)
    }
  }
}
