internal import Dispatch

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A thread for what blocks, such as waiting for a disk: one thing after another, in order.
public struct Worker: Sendable {
  private let queue: DispatchQueue

  public init(_ name: String) {
    queue = DispatchQueue(label: name, qos: .userInitiated)
  }

  public func run(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }
}

/// A clock that only goes forward, whatever is done to the time on the wall.
public enum MonotonicClock {
  /// Nanoseconds since some moment in the past.
  public static var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
