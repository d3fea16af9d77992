#if CHAPTER_02
  import Testing

  /// `swift test --filter Chapter2` tells you where you stand in Chapters/02-Counter/State.swift.
  @Suite(.serialized) struct Chapter2 {
    @Test func `2.1 Predict`() async throws { try await grade("2.1") }
    @Test func `2.2 No suspension inside`() async throws { try await grade("2.2") }
    @Test func `2.3 Reentrancy`() async throws { try await grade("2.3") }
    @Test func `2.4 A lock that suspends`() async throws { try await grade("2.4") }
    @Test func `2.5 Tickets for threads`() async throws { try await grade("2.5") }
    @Test func `2.6 A transfer`() async throws { try await grade("2.6") }
    @Test func `2.7 A counter per peer`() async throws { try await grade("2.7") }
    @Test func `2.8 Amdahl again`() async throws { try await grade("2.8") }
  }
#endif
