#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The system calls of sockets that never wait, with the systems' differences in this one place.
enum Socket {
  /// No call on the descriptor waits, and no child inherits it.
  static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  static func make(_ family: Int32) throws(SystemError) -> Int32 {
    #if canImport(Glibc)
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(family, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw .last("making a socket") }
    prepare(descriptor)
    return descriptor
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// What is sent leaves at once: it has been gathered before.
  static func sendAtOnce(_ descriptor: Int32) { set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) }

  /// A socket that waits for connections, and the port that it has been given.
  static func listening(at address: SocketAddress) throws(SystemError) -> (Int32, port: Int) {
    let resolved = try address.resolved(asking: true)
    let descriptor = try make(resolved.family)
    set(descriptor, SOL_SOCKET, SO_REUSEADDR)
    let isBound = resolved.bytes.withUnsafeBytes {
      bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    guard isBound == 0, listen(descriptor, 1024) == 0 else {
      let error = SystemError.last("listening at \(address)")
      close(descriptor)
      throw error
    }
    return (descriptor, port(of: descriptor))
  }

  private static func port(of descriptor: Int32) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      let start = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      guard getsockname(descriptor, start, &length) == 0 else { return 0 }
      // In both families the port is the two bytes behind the family.
      return Int(bytes[2]) << 8 | Int(bytes[3])
    }
  }

  /// Begins to connect; whether it has come about is known when the socket can be written.
  static func connecting(to address: SocketAddress.Resolved) throws(SystemError) -> Int32 {
    let descriptor = try make(address.family)
    let result = address.bytes.withUnsafeBytes {
      connect(
        descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    guard result == 0 || errno == EINPROGRESS || errno == EINTR else {
      let error = SystemError.last("connecting")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// What became of an attempt to connect: nil if it has come about.
  static func problem(of descriptor: Int32) -> SystemError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return .last("connecting")
    }
    return code == 0 ? nil : SystemError("connecting", code: code)
  }

  /// What came of an attempt to read, to write or to accept.
  enum Attempt {
    case done(Int)
    /// Nothing for now.
    case later
    case failed(SystemError)
  }

  static func attempt(_ what: String, _ call: () -> Int) -> Attempt {
    while true {
      let result = call()
      if result >= 0 { return .done(result) }
      switch errno {
      case EINTR: continue
      case EAGAIN, ECONNABORTED: return .later
      default: return .failed(.last(what))
      }
    }
  }

  static func accepting(_ descriptor: Int32) -> Attempt {
    attempt("accepting a connection") { Int(accept(descriptor, nil, nil)) }
  }

  static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
    systemRead(descriptor, bytes, count)
  }

  static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    systemWrite(descriptor, bytes, count)
  }

  static func close(_ descriptor: Int32) { systemClose(descriptor) }

  /// Tells the other side that nothing more will come.
  static func endSending(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_WR)) }
}

private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(file, bytes, count)
}

private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(file, bytes, count)
}

private func systemClose(_ file: Int32) { _ = close(file) }
