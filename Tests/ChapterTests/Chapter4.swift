#if CHAPTER_04
  import Testing

  /// `swift test --filter Chapter4` tells you where you stand in Chapters/04-Replication/State.swift.
  @Suite(.serialized) struct Chapter4 {
    @Test func `4.1 The election restriction`() async throws { try await grade("4.1") }
    @Test func `4.2 A command arrives`() async throws { try await grade("4.2") }
    @Test func `4.3 What a peer is missing`() async throws { try await grade("4.3") }
    @Test func `4.4 The consistency check`() async throws { try await grade("4.4") }
    @Test func `4.5 What a reply says`() async throws { try await grade("4.5") }
    @Test func `4.6 The commit rule`() async throws { try await grade("4.6") }
    @Test func `4.7 Applying`() async throws { try await grade("4.7") }
    @Test func `4.8 The key-value store`() async throws { try await grade("4.8") }
    @Test func `4.9 Telling a client`() async throws { try await grade("4.9") }
    @Test func `4.10 The cluster`() async throws { try await grade("4.10") }
    @Test func `4.11 Fewer round trips`() async throws { try await grade("4.11") }
  }
#endif
