#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where a server listens: a host, and a port of it. "127.0.0.1:7101", "[::1]:7101".
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// An address in digits, or a name.
  public let host: String
  public var port: Int

  /// Reads an address as a person writes it; nil where it is none.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    let isName = host.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 58, 95: true
      default: false
      }
    }
    guard !host.isEmpty, host.utf8.count <= 253, isName else { return nil }
    self.host = host == "localhost" ? "127.0.0.1" : host
    self.port = Int(port)
  }

  /// Whether only this machine reaches it: 127.0.0.0/8 or ::1. Of a name nobody knows.
  public var isLoopback: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return host == "::1"
      || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
  }

  public var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// The address as the system calls want it.
  ///
  /// - Parameter asking: whether others may be asked what a name means, which may take its time.
  func resolved(asking: Bool) throws(SystemError) -> Resolved {
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    hints.ai_flags = asking ? 0 : AI_NUMERICHOST
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else {
      throw SystemError("finding the address \(host)", code: EADDRNOTAVAIL)
    }
    defer { freeaddrinfo(list) }
    let bytes = UnsafeRawBufferPointer(
      start: first.pointee.ai_addr, count: Int(first.pointee.ai_addrlen))
    return Resolved(family: first.pointee.ai_family, bytes: Array(bytes))
  }

  /// A family of addresses, and the bytes of one.
  struct Resolved: Sendable {
    let family: Int32
    let bytes: [UInt8]
  }
}
