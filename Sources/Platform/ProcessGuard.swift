internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bounds for a process that runs code nobody has read yet.
public enum ProcessGuard {
  /// Memory that the process may take, and bytes that it may write to one file.
  public static func limit(memory: Int, fileSize: Int) {
    setLimit(core: 0)
    #if os(Linux)
      // macOS keeps no limit on address space; there, the time limit has to do.
      var memoryLimit = rlimit(rlim_cur: rlim_t(memory), rlim_max: rlim_t(memory))
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &memoryLimit)
      var fileLimit = rlimit(rlim_cur: rlim_t(fileSize), rlim_max: rlim_t(fileSize))
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &fileLimit)
    #else
      var fileLimit = rlimit(rlim_cur: rlim_t(fileSize), rlim_max: rlim_t(fileSize))
      setrlimit(RLIMIT_FSIZE, &fileLimit)
    #endif
    signal(SIGXFSZ, SIG_IGN)
  }

  private static func setLimit(core: Int) {
    var limit = rlimit(rlim_cur: rlim_t(core), rlim_max: rlim_t(core))
    #if os(Linux)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    #else
      setrlimit(RLIMIT_CORE, &limit)
    #endif
  }

  /// Ends this process as soon as its standard input closes.
  ///
  /// A parent that hands in a pipe and keeps the other end open takes its children with it,
  /// however it ends.
  public static func endWithParent() {
    Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(75) }
      }
    }.start()
  }

  /// Ends this process soon after its parent, whatever its standard input is: that of a server may
  /// be closed from the beginning.
  ///
  /// On a thread of its own, so that a process that computes without end is ended as well.
  public static func endAfterParent() {
    let parent = getppid()
    Thread {
      while getppid() == parent { usleep(200_000) }
      _exit(75)
    }.start()
  }

  /// Lets this process open as many files and connections as the system allows it to.
  public static func allowManyFiles() {
    var limit = rlimit()
    #if os(Linux)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = min(limit.rlim_max, 65_536)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #else
      getrlimit(RLIMIT_NOFILE, &limit)
      // macOS says "without limit" and means this.
      limit.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
      setrlimit(RLIMIT_NOFILE, &limit)
    #endif
  }

  /// The most memory that this process has had at once, in bytes.
  public static var peakMemory: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
