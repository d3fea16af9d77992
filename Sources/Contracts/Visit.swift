extension Actor {
  /// Runs `body` on this actor as one step: nothing else happens on it in between.
  ///
  /// A host calls a rule, takes its effects and reads the report in one visit. So a check can look
  /// at a server after every rule without adding a place where tasks could interleave.
  public func visit<Result: Sendable>(
    _ body: @Sendable (isolated Self) throws -> Result
  ) rethrows -> Result {
    try body(self)
  }
}
