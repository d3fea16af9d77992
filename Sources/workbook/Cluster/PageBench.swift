internal import Dashboard
internal import Foundation
internal import Grading
internal import Platform

/// How soon a page shows what has happened.
extension Bench {
  /// A write is acknowledged, and a state that has it comes to whoever listens as a page does.
  func eventToPage(in fleet: Fleet) async throws -> Figure {
    let page = try ClusterPage(of: ClusterSession(fleet: fleet, style: .plain), port: 0)
    defer { page.close() }
    let watch = FleetWatch(fleet, pause: { page.pause }, tell: { page.show($0) })
    watch.start()
    defer { watch.end() }
    let listener = try PageListener(page.address)
    var times: [Double] = []
    for number in 1...20 {
      try await write("page \(number)", to: fleet)
      let start = MonotonicClock.nanoseconds
      // It stands among what is committed.
      try listener.wait(for: "\"value\":\"page \(number)\"")
      times.append(Double(MonotonicClock.nanoseconds - start) / 1e6)
      // Servers are looked at in a rhythm, and writes come at any time.
      try await Task.sleep(for: .milliseconds(37))
    }
    times.sort()
    return Figure(
      "event to page, 90 % of 20", .milliseconds(times[17]),
      .milliseconds(times[10], label: "half"), wanted: .under(100))
  }
}

/// Reads the states of a page. For one thread at a time.
private final class PageListener {
  private let connection: LoopbackConnection
  private var text = ""

  init(_ address: String) throws {
    guard let port = URL(string: address)?.port else {
      throw Trouble("\(address) is no address of a page.")
    }
    let deadline = MonotonicClock.nanoseconds + 5_000_000_000
    connection = try LoopbackConnection(port: port, until: deadline)
    let head = "GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
    try connection.send(Array(head.utf8), until: deadline)
  }

  /// Reads until a state says so.
  func wait(for part: String) throws {
    let deadline = MonotonicClock.nanoseconds + 10_000_000_000
    while !text.contains(part) {
      // What is asked for may stand across two pieces, and never across two states.
      text = String(text.suffix(1 << 14))
      let bytes = try connection.receive(atMost: 64 << 10, until: deadline)
      guard !bytes.isEmpty else { throw Trouble("The page has closed the connection.") }
      text += String(decoding: bytes, as: UTF8.self)
    }
  }
}
