/// Server-sent events to one client, for as long as it listens (HTML Standard, 9.2). On the loop's
/// thread.
package final class EventStream: @unchecked Sendable {
  /// Told when the client has gone.
  package var onEnd: (() -> Void)?
  private let opening: String
  private var deliver: (([UInt8]) -> Void)?

  /// - Parameter opening: the first event, sent at once.
  package init(opening: String) { self.opening = opening }

  /// Sends an event. One that comes before the client listens, or after, is dropped.
  ///
  /// - Parameter data: one line.
  package func send(_ data: String) { deliver?(Array("data: \(data)\n\n".utf8)) }

  func begin(_ deliver: @escaping ([UInt8]) -> Void) {
    self.deliver = deliver
    send(opening)
  }

  func end() {
    let tell = onEnd
    (deliver, onEnd) = (nil, nil)
    tell?()
  }
}
