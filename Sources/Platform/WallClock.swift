public import Foundation

/// The time on the wall: for the name of a backup and the seconds of a progress line, and for
/// nothing that is graded.
public struct WallClock: Sendable {
  private let read: @Sendable () -> Date

  public static let system = WallClock { Date() }

  /// A clock that stands still, for tests.
  public static func stopped(at date: Date) -> WallClock { WallClock { date } }

  public var now: Date { read() }

  /// The local date and time, as it can stand in the name of a file: "2026-11-20T21-15-07".
  public func stamp(in zone: TimeZone = .current) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second], from: now)
    func two(_ number: Int?) -> String { String(format: "%02d", number ?? 0) }
    let date = [String(format: "%04d", parts.year ?? 0), two(parts.month), two(parts.day)]
    let time = [two(parts.hour), two(parts.minute), two(parts.second)]
    return date.joined(separator: "-") + "T" + time.joined(separator: "-")
  }
}

/// Something that is done in a while, unless it is called off before.
public struct Delayed: Sendable {
  private let task: Task<Void, any Error>

  public init(by delay: Duration, _ body: @escaping @Sendable () -> Void) {
    task = Task {
      try await Task.sleep(for: delay)
      body()
    }
  }

  public func callOff() { task.cancel() }
}
