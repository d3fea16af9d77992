/// Cuts what comes from a client's connection into requests: as much of HTTP/1.1 as `curl` speaks.
///
/// Whatever arrives, in whatever pieces, it answers with requests or with one error, and holds no
/// more than a head and a body may have. Requests that follow each other without waiting for an
/// answer come out one by one.
struct HTTPParser {
  /// The request line and the headers together.
  static let mostOfHead = 16 << 10
  static let mostOfHeaders = 64
  /// What a value of the store may have.
  static let mostOfBody = 1 << 20

  private let bodyLimit: Int
  private var bytes: [UInt8] = []
  private var start = 0
  /// How far the end of the head has been looked for.
  private var searched = 0
  /// A request whose body is not all there yet, and the length of that body.
  private var waiting: (request: HTTPRequest, length: Int)?
  /// Whether the client wants to be told to go on before it sends the body (RFC 9110, 10.1.1).
  /// Reading it says that it has been told.
  private var wantsToGoOn = false

  /// - Parameter bodyLimit: how long a body may be, in bytes.
  init(bodyLimit: Int = mostOfBody) { self.bodyLimit = bodyLimit }

  /// How many bytes have come and belong to no request yet.
  var count: Int { bytes.count - start }
  /// Whether a request has begun and not ended.
  var isInside: Bool { count > 0 || waiting != nil }

  mutating func add(_ more: some Collection<UInt8>) {
    if start > 0 {
      bytes.removeFirst(start)
      searched -= min(start, searched)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// True once for each request that waits to be told "100 Continue".
  mutating func takeContinue() -> Bool {
    defer { wantsToGoOn = false }
    return wantsToGoOn
  }

  /// The next request, or nil where its end has not come yet.
  mutating func next() throws(HTTPError) -> HTTPRequest? {
    if waiting == nil {
      skipEmptyLines()
      guard let end = try endOfHead() else { return nil }
      waiting = try HTTPHead(bytes[start..<end]).request(bodyUpTo: bodyLimit)
      start = end
      searched = end
      let expects = waiting?.request.headers["expect"]?.lowercased() == "100-continue"
      wantsToGoOn = expects && count < waiting?.length ?? 0
    }
    guard let (request, length) = waiting, count >= length else { return nil }
    waiting = nil
    wantsToGoOn = false
    var whole = request
    whole.body = Array(bytes[start..<start + length])
    start += length
    searched = start
    return whole
  }

  /// Empty lines before a request mean nothing (RFC 9112, 2.2).
  private mutating func skipEmptyLines() {
    while start < bytes.count, bytes[start] == 10 || bytes[start] == 13 { start += 1 }
    searched = max(searched, start)
  }

  /// Where the empty line ends that ends the head. A line may end with LF alone: a person with a
  /// terminal types it so.
  private mutating func endOfHead() throws(HTTPError) -> Int? {
    while searched < bytes.count {
      if bytes[searched] == 10 {
        var next = searched + 1
        if next < bytes.count, bytes[next] == 13 { next += 1 }
        guard next < bytes.count else { break }
        if bytes[next] == 10 {
          try checkSize(ofHead: next + 1 - start)
          return next + 1
        }
      }
      searched += 1
    }
    try checkSize(ofHead: count)
    return nil
  }

  private func checkSize(ofHead size: Int) throws(HTTPError) {
    guard size > Self.mostOfHead else { return }
    let isLongLine = !bytes[start..<start + Self.mostOfHead].contains(10)
    throw isLongLine
      ? HTTPError(.targetTooLong, "The first line is longer than \(Self.mostOfHead) bytes.")
      : HTTPError(.headersTooLarge, "The headers are longer than \(Self.mostOfHead) bytes.")
  }
}
