import Foundation
import Platform
import Synchronization
import Testing

/// One thread, one thing at a time, in order.
@Suite struct LoopTests {
  /// Runs `body` on a loop, and waits until it says that it is done.
  private func run(
    _ body: @escaping @Sendable (EventLoop, @escaping @Sendable () -> Void) -> Void
  ) async throws {
    let loop = try EventLoop()
    loop.start("loop of a test")
    await withCheckedContinuation { continuation in
      loop.execute { body(loop) { continuation.resume() } }
    }
    loop.stop()
  }

  @Test func `timers elapse in the order of their times, and then of the asking`() async throws {
    let order = Mutex<[Int]>([])
    try await run { loop, done in
      for (number, delay) in [40, 10, 30, 10, 20, 0, 40].enumerated() {
        loop.after(Int64(delay) * 1_000_000) { order.withLock { $0.append(number) } }
      }
      loop.after(50_000_000, done)
    }
    #expect(order.withLock { $0 } == [5, 1, 3, 4, 2, 0, 6])
  }

  @Test func `what other threads hand over comes in their order, and wakes the loop`() async throws
  {
    let loop = try EventLoop()
    loop.start("loop of a test")
    let order = Mutex<[Int]>([])
    for number in 0..<1_000 {
      loop.execute { order.withLock { $0.append(number) } }
    }
    await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
    #expect(order.withLock { $0 } == Array(0..<1_000))
    loop.stop()
  }

  @Test func `what comes after the end is let go`() throws {
    final class Held: Sendable {}
    let loop = try EventLoop()
    loop.stop()
    loop.run()
    var held: Held? = Held()
    weak let left = held
    loop.execute { [held] in _ = held }
    held = nil
    #expect(left == nil)
  }

  @Test func `the end of a turn comes after all that is ready`() async throws {
    let order = Mutex<[String]>([])
    try await run { loop, done in
      loop.atEndOfTurn { order.withLock { $0.append("end") } }
      loop.execute {
        order.withLock { $0.append("ready") }
        loop.execute { order.withLock { $0.append("then") } }
      }
      loop.after(1_000_000, done)
    }
    #expect(order.withLock { $0 } == ["ready", "then", "end"])
  }

  private actor Counter {
    private(set) var count = 0
    func add() { count += 1 }
  }

  @Test func `tasks and actors that prefer the loop run on its thread`() async throws {
    let loop = try EventLoop()
    loop.start("loop of a test")
    let counter = Counter()
    let isHere = await withTaskGroup { group in
      for _ in 0..<100 {
        group.addTask(executorPreference: loop) {
          await counter.add()
          await Task.yield()
          return loop.isCurrent
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(isHere)
    #expect(await counter.count == 100)
    loop.stop()
  }

  @Test func `addresses are read as they are written`() {
    #expect(SocketAddress("127.0.0.1:7101")?.description == "127.0.0.1:7101")
    #expect(SocketAddress("[::1]:7101")?.description == "[::1]:7101")
    #expect(SocketAddress("localhost:1")?.host == "127.0.0.1")
    for text in ["", "7101", "a", "a:", ":1", "a:-1", "a:65536", "::1:5", "a b:1", "a/b:1"] {
      #expect(SocketAddress(text) == nil, "\(text)")
    }
    for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"] {
      #expect(SocketAddress(text)?.isLoopback == true, "\(text)")
    }
    for text in ["0.0.0.0:1", "10.0.0.1:1", "127.0.0.1.example.org:1", "127.0.0:1", "[::]:1"] {
      #expect(SocketAddress(text)?.isLoopback == false, "\(text)")
    }
  }

  @Test func `a port that is taken is told as that`() throws {
    let loop = try EventLoop()
    let first = try Listener(at: SocketAddress("127.0.0.1:0")!, on: loop)
    let error = #expect(throws: SystemError.self) { try Listener(at: first.address, on: loop) }
    #expect(error?.isAddressInUse == true)
    #expect(error?.description == "Another program uses this port (listening at \(first.address)).")
  }
}
