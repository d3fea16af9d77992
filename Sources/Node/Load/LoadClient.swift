internal import Platform

/// One client of a load, with a connection that it keeps.
final class LoadClient: @unchecked Sendable {
  private let number: Int
  private unowned let load: Load
  private var connection: Connection?
  private var address: SocketAddress
  private var reader = HTTPAnswerReader()
  private var requests = 0
  private var asked: Int64 = 0

  init(_ number: Int, _ load: Load) {
    self.number = number
    self.load = load
    address = load.target
  }

  func connect() {
    guard !load.isOver else { return }
    address = load.target
    reader = HTTPAnswerReader()
    Connecting.begin(to: address, on: load.loop) { [weak self] result in
      guard let self, !load.isOver else { return }
      guard case .success(let connection) = result else { return retry() }
      self.connection = connection
      connection.onOpen = { [weak self] in self?.ask() }
      connection.onBytes = { [weak self] in self?.read($0) }
      connection.onEnd = { [weak self] _ in self?.retry() }
    }
  }

  func close() {
    connection?.close()
    connection = nil
  }

  /// Goes elsewhere, a little later.
  private func retry() {
    close()
    load.turnAway(from: address)
    load.loop.after(20_000_000) { [weak self] in self?.connect() }
  }

  private func ask() {
    requests += 1
    let key = (number + requests * 7_919) % load.plan.keys
    let mark = "\(number).\(requests)."
    let value = mark + String(repeating: "x", count: max(0, load.plan.size - mark.utf8.count))
    asked = MonotonicClock.nanoseconds
    connection?.send(
      Array(
        ("PUT /kv/key\(key) HTTP/1.1\r\nHost: \(address)\r\n"
          + "Content-Length: \(value.utf8.count)\r\n\r\n" + value).utf8))
  }

  private func read(_ bytes: UnsafeRawBufferPointer) {
    reader.add(bytes)
    do {
      while let answer = try reader.next() { take(answer) }
    } catch {
      retry()
    }
  }

  private func take(_ answer: HTTPAnswer) {
    load.note(
      isAcknowledged: answer.status == 200, after: MonotonicClock.nanoseconds - asked)
    switch answer.status {
    case 200: ask()
    case 307:
      let host = answer.location?.split(separator: "/").dropFirst().first.map(String.init)
      if let leader = host.flatMap(SocketAddress.init) { load.target = leader }
      close()
      connect()
    default: retry()
    }
  }
}
