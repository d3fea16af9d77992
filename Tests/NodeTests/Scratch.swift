import Foundation
import Synchronization

/// A folder of a test's own, gone when the test is.
final class Scratch {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("node-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var log: URL { folder.appendingPathComponent("log") }

  func bytes() throws -> [UInt8] { Array(try Data(contentsOf: log)) }

  func write(_ bytes: some Collection<UInt8>) throws { try Data(bytes).write(to: log) }
}

/// A value that several tasks may look at.
final class Shared<Value: Sendable>: Sendable {
  private let value: Mutex<Value>

  init(_ value: Value) { self.value = Mutex(value) }

  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try value.withLock { value in
      try body(&value)
    }
  }
}

/// Chance with a seed, so that a failure can be had again (SplitMix64).
struct Chance: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }
}
