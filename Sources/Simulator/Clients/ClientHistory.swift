public import Contracts

/// One operation of a client: what it asked, what it was told, and when.
///
/// Times are nanoseconds of one clock that all clients read, virtual or real, so that a history
/// may come out of a simulation or out of a file.
public struct ClientOperation: Hashable, Codable, Sendable {
  public enum Outcome: Hashable, Codable, Sendable {
    case ok(KeyValue.Answer)
    /// No server took it: it has not taken effect, and never will.
    case failed
    /// Nobody told the client. It may have taken effect, may yet do so, or never.
    case unknown
  }

  public let client: Int
  public let operation: KeyValue.Operation
  public let called: Int64
  /// When the client was told, or gave up.
  public let returned: Int64
  public let outcome: Outcome

  public init(
    client: Int, _ operation: KeyValue.Operation, called: Int64, returned: Int64,
    outcome: Outcome
  ) {
    self.client = client
    self.operation = operation
    self.called = called
    self.returned = returned
    self.outcome = outcome
  }
}

/// What the clients of one key-value store asked and were told, from its empty beginning.
public struct ClientHistory: Hashable, Codable, Sendable {
  public var operations: [ClientOperation]

  public init(_ operations: [ClientOperation] = []) { self.operations = operations }

  /// How many operations were answered, failed, or left in the dark.
  public var counts: (ok: Int, failed: Int, unknown: Int) {
    operations.reduce(into: (0, 0, 0)) { counts, operation in
      switch operation.outcome {
      case .ok: counts.0 += 1
      case .failed: counts.1 += 1
      case .unknown: counts.2 += 1
      }
    }
  }
}

extension KeyValue.Operation {
  /// The one key that an operation is about.
  public var key: String {
    switch self {
    case .put(let key, _), .get(let key), .delete(let key), .compareAndSet(let key, _, _): key
    }
  }
}
