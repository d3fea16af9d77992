#if CHAPTER_01
  import Testing

  /// `swift test --filter Chapter1` tells you where you stand in Chapters/01-Tasks/State.swift.
  @Suite(.serialized) struct Chapter1 {
    @Test func `1.1 In turn`() async throws { try await grade("1.1") }
    @Test func `1.2 At once`() async throws { try await grade("1.2") }
    @Test func `1.3 Many`() async throws { try await grade("1.3") }
    @Test func `1.4 Never block`() async throws { try await grade("1.4") }
    @Test func `1.5 Give way`() async throws { try await grade("1.5") }
    @Test func `1.6 A value handed over`() async throws { try await grade("1.6") }
    @Test func `1.7 A stream of values`() async throws { try await grade("1.7") }
    @Test func `1.8 A deadline`() async throws { try await grade("1.8") }
    @Test func `1.9 A restartable timer`() async throws { try await grade("1.9") }
    @Test func `1.10 Amdahl's law`() async throws { try await grade("1.10") }
  }
#endif
