#if canImport(Glibc)
  @preconcurrency internal import Glibc
#elseif canImport(Musl)
  @preconcurrency internal import Musl
#else
  @preconcurrency internal import Darwin
#endif

extension ProcessGuard {
  /// Writes standard output line by line: a crash must not eat what was printed before it.
  public static func writeLineByLine() { setvbuf(stdout, nil, Int32(_IOLBF), 0) }
}
