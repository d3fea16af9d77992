#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A connection of TCP that belongs to an event loop.
///
/// What is sent gathers until the end of the loop's turn and leaves in one piece. It may gather
/// without bound: whoever sends looks at `unsent` first. Used on the loop's thread only.
public final class Connection: Watched, @unchecked Sendable {
  private enum Phase { case connecting, open, ending, closed }

  /// Told once an attempt to connect has come about.
  public var onOpen: (() -> Void)?
  /// Told what has come. The bytes are gone when it returns.
  public var onBytes: ((UnsafeRawBufferPointer) -> Void)?
  /// Told when the connection is over, unless by `close`.
  ///
  /// Nil where the other side has said its last: it may still listen, so the connection is open
  /// until whoever is told closes it.
  public var onEnd: ((SystemError?) -> Void)?

  let descriptor: Int32
  var place: Int?
  private unowned let loop: EventLoop
  private var phase: Phase
  private var gathered: [UInt8] = []
  private var written = 0
  private var isAwaitingTurn = false
  private var isBlocked = false
  private var hasHeardAll = false

  /// How many bytes the other side has not taken yet.
  public var unsent: Int { gathered.count - written }
  /// When the other side last took something, or there was nothing for it to take; as
  /// `MonotonicClock` counts.
  public private(set) var lastTaken = MonotonicClock.nanoseconds
  public var isClosed: Bool { phase == .closed }

  /// Whether what comes is read. Otherwise it waits on the other side, which sees itself slowed.
  public var isReading = true {
    didSet { if isReading != oldValue { loop.update(self) } }
  }

  var wantsToRead: Bool {
    !hasHeardAll && (phase == .ending || (phase == .open && isReading))
  }
  var wantsToWrite: Bool { phase == .connecting || isBlocked }

  /// Begins to connect.
  ///
  /// - Throws: where that cannot even be tried.
  init(to address: SocketAddress.Resolved, on loop: EventLoop) throws(SystemError) {
    descriptor = try Socket.connecting(to: address)
    self.loop = loop
    phase = .connecting
    loop.watch(self)
  }

  /// A connection that has been accepted.
  init(accepted descriptor: Int32, on loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
    phase = .open
    Socket.prepare(descriptor)
    Socket.sendAtOnce(descriptor)
    loop.watch(self)
  }

  deinit {
    if phase != .closed { Socket.close(descriptor) }
  }

  /// Sends `bytes` at the end of the turn, behind what waits already.
  public func send(_ bytes: [UInt8]) {
    guard phase == .open, !bytes.isEmpty else { return }
    if gathered.isEmpty {
      gathered = bytes
      lastTaken = MonotonicClock.nanoseconds
    } else {
      gathered.append(contentsOf: bytes)
    }
    awaitTurn()
  }

  /// Sends what waits, and closes when the other side has it, or a second later.
  ///
  /// What still comes is read and dropped: closing over it would take the last words back from the
  /// other side, too.
  public func end() {
    guard phase == .open else { return close() }
    phase = .ending
    onBytes = nil
    loop.update(self)
    awaitTurn()
    loop.after(1_000_000_000) { [weak self] in self?.close() }
  }

  /// Closes at once, and tells nobody.
  public func close() {
    guard phase != .closed else { return }
    phase = .closed
    loop.forget(self)
    Socket.close(descriptor)
    (onOpen, onBytes, onEnd) = (nil, nil, nil)
    (gathered, written) = ([], 0)
  }

  private func awaitTurn() {
    guard !isAwaitingTurn else { return }
    isAwaitingTurn = true
    loop.writeLater(self)
  }

  private func end(with error: SystemError) {
    let tell = onEnd
    close()
    tell?(error)
  }
}

// MARK: - What the loop calls

extension Connection {
  func isReady(toRead: Bool, toWrite: Bool) {
    if phase == .connecting { return finishConnecting() }
    if toWrite { write() }
    guard toRead, phase != .closed else { return }
    // Nothing is read, and yet there is news: the other side has gone altogether.
    if wantsToRead { read() } else { end(with: SystemError("reading", code: ECONNRESET)) }
  }

  private func finishConnecting() {
    if let problem = Socket.problem(of: descriptor) { return end(with: problem) }
    phase = .open
    Socket.sendAtOnce(descriptor)
    loop.update(self)
    onOpen?()
  }

  private func read() {
    let scratch = loop.scratch
    let attempt = Socket.attempt("reading") {
      Socket.read(descriptor, scratch.baseAddress!, scratch.count)
    }
    switch attempt {
    case .done(0):
      hasHeardAll = true
      if phase == .ending { return close() }
      loop.update(self)
      onEnd?(nil)
    case .done(let count): onBytes?(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    case .later: break
    case .failed(let error): end(with: error)
    }
  }

  /// Writes as much of what waits as the system takes.
  func write() {
    isAwaitingTurn = false
    guard phase == .open || phase == .ending else { return }
    let wasBlocked = isBlocked
    isBlocked = false
    while unsent > 0, !isBlocked {
      let attempt = gathered.withUnsafeBytes { bytes in
        Socket.attempt("writing") {
          Socket.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        }
      }
      switch attempt {
      case .done(let count):
        written += count
        lastTaken = MonotonicClock.nanoseconds
      case .later: isBlocked = true
      case .failed(let error): return end(with: error)
      }
    }
    if unsent == 0 {
      // A buffer that was large once is not kept for ever.
      gathered.removeAll(keepingCapacity: gathered.capacity <= 64 << 10)
      written = 0
      if phase == .ending { Socket.endSending(descriptor) }
    } else if written > 1 << 20 {
      gathered.removeFirst(written)
      written = 0
    }
    if isBlocked != wasBlocked { loop.update(self) }
  }
}
