internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A process and everything that it has started, however deep.
///
/// A build starts compilers in process groups of their own, so that no single signal reaches them.
struct ProcessTree {
  let root: Int32

  /// Kills all of it.
  ///
  /// Every process is stopped before the first is killed: a stopped one starts no others, and so
  /// none slips away between the look and the blow.
  func kill() {
    var stopped: Set<Int32> = []
    var fresh: Set<Int32> = [root]
    while !fresh.isEmpty {
      for process in fresh { send(SIGSTOP, to: process) }
      stopped.formUnion(fresh)
      fresh = Set(stopped.flatMap(Self.children)).subtracting(stopped)
    }
    for process in stopped { send(SIGKILL, to: process) }
  }

  private func send(_ signal: Int32, to process: Int32) {
    #if canImport(Glibc)
      _ = Glibc.kill(process, signal)
    #elseif canImport(Musl)
      _ = Musl.kill(process, signal)
    #else
      _ = Darwin.kill(process, signal)
    #endif
  }

  #if os(Linux)
    /// Linux lists the children of each thread of a process.
    private static func children(of process: Int32) -> [Int32] {
      let tasks = "/proc/\(process)/task"
      let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
      return threads.flatMap { thread -> [Int32] in
        let list = try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)
        return (list ?? "").split(separator: " ").compactMap { Int32($0) }
      }
    }
  #else
    private static func children(of process: Int32) -> [Int32] {
      var list = [pid_t](repeating: 0, count: 1024)
      let bytes = Int32(list.count * MemoryLayout<pid_t>.size)
      let count = proc_listchildpids(process, &list, bytes)
      return list.prefix(max(0, Int(count))).filter { $0 > 0 }
    }
  #endif
}
