internal import Contracts
internal import Raft

extension Linearizability {
  /// What can't be, in one sentence: the last answer, and what was before it.
  static func sentence(_ core: [ClientOperation], among all: [ClientOperation]) -> String {
    guard let last = core.last else { return "No order explains the answers." }
    if last.isNonsense { return "\(told(last)), which is no answer to that." }
    let end = "\(told(last)) at \(quoted(last.operation.key))"
    if let value = last.found,
      !all.contains(where: { $0.puts(value) && $0.called <= last.returned })
    {
      return "\(end), and nobody had put that there."
    }
    let others = core.dropLast().sorted { ($0.returned, $0.called) < ($1.returned, $1.called) }
    guard !others.isEmpty else { return "\(end), and that can't be." }
    let shown = others.suffix(most)
    var clauses = shown.count < others.count ? ["after \(others.count - shown.count) others"] : []
    var before: ClientOperation?
    for other in shown {
      let link = before.map { $0.returned < other.called ? "and then " : "and meanwhile " } ?? ""
      clauses.append(link + told(other, isEarlier: true))
      before = other
    }
    let isConcurrent = before.map { $0.returned >= last.called } ?? false
    return "\(end), though \(isConcurrent ? "until then " : "")\(clauses.joined(separator: ", "))."
  }

  /// How many operations a sentence holds, beside the last.
  private static let most = 5

  /// "Client 2 put "x"", or with `isEarlier` "client 2 had put "x"".
  private static func told(_ operation: ClientOperation, isEarlier: Bool = false) -> String {
    let (simple, perfect) = deed(operation)
    return isEarlier
      ? "client \(operation.client) \(perfect ?? "had " + simple)"
      : "Client \(operation.client) \(simple)"
  }

  /// What an operation did, and how one says that it had done so, if not with "had" alone.
  private static func deed(_ operation: ClientOperation) -> (String, String?) {
    switch (operation.operation, operation.outcome) {
    case (.put(_, let value), .ok(.done)): ("put \(quoted(value))", nil)
    case (.delete, .ok(.done)): ("deleted it", nil)
    case (.get, .ok(.value(nil))): ("found nothing", nil)
    case (.get, .ok(.value(let value))): ("read \(quoted(value))", nil)
    case (.compareAndSet(_, let expected, let value), .ok(.swapped(true))):
      ("put \(quoted(value)) in place of \(quoted(expected))", nil)
    case (.compareAndSet(_, let expected, _), .ok(.swapped(false))):
      ("did not find \(quoted(expected))", "had not found \(quoted(expected))")
    case (let operation, .ok(let answer)):
      (
        "asked for \(String(reflecting: operation.command.text)) and was answered \(answer)", nil
      )
    case (_, .failed), (_, .unknown): ("asked", nil)
    }
  }

  /// A value or a key in quotation marks, cut where it is long.
  private static func quoted(_ text: String?) -> String {
    guard let text else { return "nothing" }
    let isLong = text.dropFirst(24).isEmpty == false
    return String(reflecting: isLong ? text.prefix(20) + "…" : text)
  }
}
