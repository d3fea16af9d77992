#if canImport(Glibc)
  public import Glibc
#elseif canImport(Musl)
  public import Musl
#else
  public import Darwin
#endif

/// One object per thread, found in a few nanoseconds.
///
/// The runtime's hooks are global to the process and ask on every enqueued job whose it is.
public struct ThreadLocal<Object: AnyObject>: @unchecked Sendable {
  @usableFromInline let key: pthread_key_t

  public init() {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "this system has no thread-local keys left")
    self.key = key
  }

  /// The calling thread's object. It is not retained: whoever sets it keeps it alive.
  @inlinable public var value: Object? {
    get {
      pthread_getspecific(key).map {
        Unmanaged<Object>.fromOpaque($0).takeUnretainedValue()
      }
    }
    nonmutating set {
      pthread_setspecific(
        key, newValue.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) })
    }
  }
}

/// A thread, held so that another one can watch it and stop it where it stands.
public struct WatchedThread: @unchecked Sendable {
  private let thread: pthread_t

  /// The calling thread.
  public static var current: WatchedThread { WatchedThread(thread: pthread_self()) }

  /// Seconds of processor time that the thread has used, or nil where the system does not tell.
  ///
  /// Processor time, because a busy machine makes every thread slow on the wall clock. Linux only:
  /// on macOS there is no such clock for another thread, and wall time has to do.
  public var processorSeconds: Double? {
    #if os(Linux)
      var clock = clockid_t()
      guard pthread_getcpuclockid(thread, &clock) == 0 else { return nil }
      var time = timespec()
      guard clock_gettime(clock, &time) == 0 else { return nil }
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    #else
      return nil
    #endif
  }

  /// Ends the process by a trap in this thread, so that the backtrace shows where it stood.
  ///
  /// Twice, because the runtime's handler prints the backtrace and then lets the thread go on: the
  /// second trap comes when no handler is left. That is when the thread computes again; one that
  /// only waits is given three seconds.
  public func trap() {
    let before = processorSeconds
    pthread_kill(thread, SIGTRAP)
    for _ in 0..<30 {
      usleep(100_000)
      if let before, let now = processorSeconds, now - before > 0.15 { break }
    }
    pthread_kill(thread, SIGTRAP)
  }
}

/// The addresses of the Swift runtime's variables, by name.
public enum RuntimeSymbol {
  /// Where the runtime keeps the variable called `name`, or nil where this runtime has none.
  public static func address(of name: String) -> UnsafeMutableRawPointer? {
    dlsym(dlopen(nil, RTLD_LAZY), name)
  }
}
