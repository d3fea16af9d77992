internal import Platform

extension Actor {
  /// Whether the code that calls this runs on this actor; nil where the runtime does not tell.
  ///
  /// On one thread, code beside an actor and code on it look the same: nobody can come between two
  /// lines of either. On several threads they are not the same, and this is how to tell.
  public nonisolated var isRunningHere: Bool? {
    typealias Ask = @convention(thin) (UnownedSerialExecutor, _ flags: UInt64) -> Bool
    guard let door = RuntimeSymbol.address(of: "swift_task_isCurrentExecutorWithFlags")
    else { return nil }
    // Without a flag the runtime answers. With its flag 8 it would trap instead of saying no.
    return unsafeBitCast(door, to: Ask.self)(unownedExecutor, 0)
  }
}
