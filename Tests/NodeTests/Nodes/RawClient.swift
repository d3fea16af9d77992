import Foundation
import Platform

@testable import Node

/// A connection that a test sends whatever it likes over.
final class RawClient: @unchecked Sendable {
  private static let loop: EventLoop = {
    guard let loop = try? EventLoop() else { fatalError("no descriptors are left") }
    loop.start("clients of tests")
    return loop
  }()

  private let address: SocketAddress
  private let connection: Connection
  private let arrivals: AsyncStream<[UInt8]>
  private var reader = HTTPAnswerReader()

  /// Connects; five minutes later whatever has not been answered by then ends.
  init(_ address: SocketAddress) async throws {
    self.address = address
    let (arrivals, arrived) = AsyncStream<[UInt8]>.makeStream()
    self.arrivals = arrivals
    connection = try await withCheckedThrowingContinuation { opening in
      Self.loop.execute {
        Connecting.begin(to: address, on: Self.loop) { result in
          guard case .success(let connection) = result else {
            return opening.resume(with: result)
          }
          connection.onBytes = { arrived.yield(Array($0)) }
          connection.onEnd = { _ in
            arrived.finish()
            connection.close()
            opening.resume(throwing: TooLate(description: "\(address) does not answer"))
          }
          connection.onOpen = {
            connection.onEnd = { _ in
              arrived.finish()
              connection.close()
            }
            opening.resume(returning: connection)
          }
          Self.loop.after(300_000_000_000) {
            connection.close()
            arrived.finish()
          }
        }
      }
    }
  }

  func close() { Self.loop.execute { [connection] in connection.close() } }

  func send(_ bytes: [UInt8]) { Self.loop.execute { [connection] in connection.send(bytes) } }
  func send(_ text: String) { send(Array(text.utf8)) }

  /// Reads nothing of what comes from now on.
  func stopReading() { Self.loop.execute { [connection] in connection.isReading = false } }

  /// Everything that has come and still comes, up to the end of the connection.
  func everything() async -> [UInt8] {
    var bytes: [UInt8] = []
    for await more in arrivals { bytes += more }
    return bytes
  }

  /// The next answer of HTTP; throws where the connection ends before.
  func answer() async throws -> HTTPAnswer {
    if let answer = try reader.next() { return answer }
    for await more in arrivals {
      reader.add(more)
      if let answer = try reader.next() { return answer }
    }
    throw TooLate(description: "\(address) has ended the connection")
  }

  /// Sends a request; `head` is its first line without the version, and may go on with headers.
  func ask(_ head: String, _ body: String = "") async throws -> HTTPAnswer {
    let lines = head.components(separatedBy: "\r\n")
    let headers = lines.dropFirst().map { $0 + "\r\n" }.joined()
    send(
      "\(lines[0]) HTTP/1.1\r\nHost: \(address)\r\n" + headers
        + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    return try await answer()
  }

  /// The next messages of a server, until so many have come or the connection has ended.
  func messages(_ count: Int) async throws -> [PeerMessage] {
    var reader = FrameReader()
    var messages: [PeerMessage] = []
    for await more in arrivals {
      reader.add(more)
      while let message = try reader.next() { messages.append(message) }
      if messages.count >= count { break }
    }
    return messages
  }
}
