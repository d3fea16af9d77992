internal import Contracts
internal import Foundation
internal import Simulator

/// One operation as a line of a history file: JSON that any checker can read.
///
/// Every key is there in every line. What does not apply is null: the value of a get, the result
/// of a put. A compareAndSet that expects no value has `expected` null.
struct HistoryLine: Encodable, Hashable {
  enum Result: Hashable {
    case none
    case value(String)
    case swapped(Bool)
  }

  let client: Int
  let op: String
  let key: String
  let value: String?
  let expected: String?
  /// Nanoseconds of a clock that only goes forward.
  let call: Int64
  let `return`: Int64
  /// "ok", "failed": it has not happened and never will; "unknown": nobody knows.
  let outcome: String
  let result: Result

  init(_ operation: ClientOperation) {
    client = operation.client
    key = operation.operation.key
    call = operation.called
    self.return = operation.returned
    switch operation.operation {
    case .put(_, let value): (op, self.value, expected) = ("put", value, nil)
    case .get: (op, value, expected) = ("get", nil, nil)
    case .delete: (op, value, expected) = ("delete", nil, nil)
    case .compareAndSet(_, let old, let new): (op, value, expected) = ("cas", new, old)
    }
    switch operation.outcome {
    case .ok(.value(let found)): (outcome, result) = ("ok", found.map(Result.value) ?? .none)
    case .ok(.swapped(let isSwapped)): (outcome, result) = ("ok", .swapped(isSwapped))
    case .ok: (outcome, result) = ("ok", .none)
    case .failed: (outcome, result) = ("failed", .none)
    case .unknown: (outcome, result) = ("unknown", .none)
    }
  }

  private enum Key: String, CodingKey {
    case client, op, key, value, expected, call, `return`, outcome, result
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(client, forKey: .client)
    try container.encode(op, forKey: .op)
    try container.encode(key, forKey: .key)
    try container.encode(value, forKey: .value)
    try container.encode(expected, forKey: .expected)
    try container.encode(call, forKey: .call)
    try container.encode(self.return, forKey: .return)
    try container.encode(outcome, forKey: .outcome)
    switch result {
    case .none: try container.encodeNil(forKey: .result)
    case .value(let value): try container.encode(value, forKey: .result)
    case .swapped(let isSwapped): try container.encode(isSwapped, forKey: .result)
    }
  }

  /// The lines of a whole history, in order of the calls.
  static func text(of history: ClientHistory) throws -> String {
    try history.operations.sorted { ($0.called, $0.client) < ($1.called, $1.client) }
      .map { try JSONText.encode(HistoryLine($0)) + "\n" }.joined()
  }

  /// Writes a whole history to a file.
  ///
  /// - Throws: `Trouble`, where it cannot be written.
  static func write(_ history: ClientHistory, to file: String) throws {
    do {
      try Data(text(of: history).utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw Trouble("\(file) cannot be written: the folder may be missing, or the disk full.")
    }
  }
}
