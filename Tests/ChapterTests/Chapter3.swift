#if CHAPTER_03
  import Testing

  /// `swift test --filter Chapter3` tells you where you stand in Chapters/03-Elections/State.swift.
  @Suite(.serialized) struct Chapter3 {
    @Test func `3.1 A later term`() async throws { try await grade("3.1") }
    @Test func `3.2 Voting`() async throws { try await grade("3.2") }
    @Test func `3.3 Heartbeats received`() async throws { try await grade("3.3") }
    @Test func `3.4 Standing for election`() async throws { try await grade("3.4") }
    @Test func `3.5 Counting votes`() async throws { try await grade("3.5") }
    @Test func `3.6 Asking for votes`() async throws { try await grade("3.6") }
    @Test func `3.7 Sending heartbeats`() async throws { try await grade("3.7") }
    @Test func `3.8 The cluster`() async throws { try await grade("3.8") }
  }
#endif
