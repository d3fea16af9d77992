/// A request of a client, as HTTP/1.1 brings it.
package struct HTTPRequest: Hashable, Sendable {
  package let method: String
  /// Path and query as they came: what a redirect repeats.
  package let target: String
  /// The path, percent signs resolved: "/kv/a b".
  package let path: String
  /// What stands behind the question mark, percent signs resolved; a name alone has the value "".
  package let query: [String: String]
  /// The headers, by their names in small letters.
  package let headers: [String: String]
  /// Whether the connection stays open for another request.
  let keepsAlive: Bool
  package var body: [UInt8] = []
}

/// What is wrong with a request, and the status that says so. The connection closes after it, since
/// nobody knows where the next request would begin.
package struct HTTPError: Error, Hashable {
  package let status: HTTPStatus
  package let message: String

  package init(_ status: HTTPStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// The statuses that are answered here (RFC 9110).
package enum HTTPStatus: Int, Sendable {
  case ok = 200
  case temporaryRedirect = 307
  case badRequest = 400
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case conflict = 409
  case lengthRequired = 411
  case contentTooLarge = 413
  case targetTooLong = 414
  case headersTooLarge = 431
  case internalError = 500
  case notImplemented = 501
  case unavailable = 503
  case gatewayTimeout = 504
  case versionNotSupported = 505

  var reason: String {
    switch self {
    case .ok: "OK"
    case .temporaryRedirect: "Temporary Redirect"
    case .badRequest: "Bad Request"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .conflict: "Conflict"
    case .lengthRequired: "Length Required"
    case .contentTooLarge: "Content Too Large"
    case .targetTooLong: "URI Too Long"
    case .headersTooLarge: "Request Header Fields Too Large"
    case .internalError: "Internal Server Error"
    case .notImplemented: "Not Implemented"
    case .unavailable: "Service Unavailable"
    case .gatewayTimeout: "Gateway Timeout"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}
