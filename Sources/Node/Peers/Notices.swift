internal import Platform
internal import Synchronization

/// What a node has to say to the person who looks at its terminal: of each subject at most one
/// line a second, since what goes wrong once goes wrong a thousand times.
final class Notices: Sendable {
  private let last = Mutex<[String: Int64]>([:])
  private let say: @Sendable (String) -> Void

  init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

  func note(_ subject: String, _ sentence: String) {
    let now = MonotonicClock.nanoseconds
    let isDue = last.withLock { last in
      if let before = last[subject], now - before < 1_000_000_000 { return false }
      // Subjects are few; strangers' are no reason to remember more.
      if last.count >= 256 { last = [:] }
      last[subject] = now
      return true
    }
    if isDue { say(sentence) }
  }
}
