internal import Foundation
internal import Platform
internal import Raft

/// What is wrong with the words that a node was started with, in a sentence.
public struct ArgumentProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension NodeSettings {
  /// Reads what stands behind `runner node CHAPTER`, `--subject` left out.
  ///
  ///     --id 1 --data DIR --peers 1=HOST:PORT/HOST:PORT,2=… --client HOST:PORT
  ///     [--election-timeout 300-600] [--heartbeat 75] [--open] [--faults]
  ///     [--trace FILE [--trace-start NANOSECONDS]]
  ///
  /// - Throws: where a word is missing, unknown, or not what it should be.
  public init(arguments: [String]) throws(ArgumentProblem) {
    var values: [String: String] = [:]
    var flags: Set<String> = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--open", "--faults": flags.insert(word)
      case "--id", "--data", "--peers", "--client", "--election-timeout", "--heartbeat",
        "--trace", "--trace-start":
        guard let value = rest.popFirst() else { throw ArgumentProblem("\(word) lacks its value.") }
        values[word] = value
      default: throw ArgumentProblem("\(word) is not known here.")
      }
    }
    func value(_ name: String) throws(ArgumentProblem) -> String {
      guard let value = values[name] else { throw ArgumentProblem("\(name) is missing.") }
      return value
    }
    guard let number = Int(try value("--id")), (1...Self.mostOfServers).contains(number) else {
      throw ArgumentProblem("--id is a server's number, from 1 to \(Self.mostOfServers).")
    }
    let servers = try Self.servers(value("--peers"))
    guard servers[ServerID(number)] != nil else {
      throw ArgumentProblem("--peers names all servers, this one (\(number)) included.")
    }
    self.init(
      id: ServerID(number), servers: servers,
      client: try Self.address(value("--client"), "--client"),
      folder: URL(fileURLWithPath: try value("--data")))
    if let text = values["--election-timeout"] { electionTimeout = try Self.range(text) }
    if let text = values["--heartbeat"] { heartbeatInterval = try Self.milliseconds(text) }
    trace = try Self.trace(values)
    isOpen = flags.contains("--open")
    takesFaults = flags.contains("--faults")
    try checkReach()
  }

  private static func trace(
    _ values: [String: String]
  ) throws(ArgumentProblem) -> (file: URL, start: Int64?)? {
    let text = values["--trace-start"]
    guard let file = values["--trace"] else {
      if text != nil { throw ArgumentProblem("--trace-start is for --trace.") }
      return nil
    }
    guard let text else { return (URL(fileURLWithPath: file), nil) }
    guard let start = Int64(text), start >= 0 else {
      throw ArgumentProblem("--trace-start: \(text) is no number of nanoseconds.")
    }
    return (URL(fileURLWithPath: file), start)
  }

  private static let mostOfServers = 99

  /// No node is reached from outside of this machine, and none reaches out, unless that was said.
  private func checkReach() throws(ArgumentProblem) {
    guard !isOpen, let address = addresses.first(where: { !$0.isLoopback }) else { return }
    throw ArgumentProblem(
      "\(address) is not of this machine alone (127.0.0.1). Whoever reaches it can read and "
        + "write everything: there are no passwords. If that is what you want, add --open.")
  }

  private var addresses: [SocketAddress] {
    [client] + servers.sorted { $0.key < $1.key }.map(\.value.peer)
  }

  /// What is said to whoever opens a node to others; nil where it is not.
  public var warning: String? {
    guard isOpen, addresses.contains(where: { !$0.isLoopback }) else { return nil }
    return "\(id) is open to other machines: whoever reaches \(client) can read and write "
      + "everything, and there are no passwords."
  }

  private static func servers(
    _ text: String
  ) throws(ArgumentProblem) -> [ServerID: Addresses] {
    var servers: [ServerID: Addresses] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let number = Int(pair[0]), (1...mostOfServers).contains(number) else {
        throw ArgumentProblem("--peers is like 1=127.0.0.1:7101/127.0.0.1:8101,2=…, not \(part).")
      }
      guard servers[ServerID(number)] == nil else {
        throw ArgumentProblem("--peers names server \(number) twice.")
      }
      let both = pair[1].split(separator: "/", maxSplits: 1)
      let peer = try address(String(both.first ?? ""), "--peers")
      guard peer.port != 0 else {
        throw ArgumentProblem("Server \(number) needs a port that the others know, and not 0.")
      }
      let client = both.count == 2 ? try address(String(both[1]), "--peers") : nil
      servers[ServerID(number)] = Addresses(peer: peer, client: client)
    }
    return servers
  }

  private static func address(
    _ text: String, _ name: String
  ) throws(ArgumentProblem) -> SocketAddress {
    guard let address = SocketAddress(text) else {
      throw ArgumentProblem("\(name): \(text) is no address like 127.0.0.1:7101.")
    }
    return address
  }

  private static func milliseconds(_ text: some StringProtocol) throws(ArgumentProblem) -> Int {
    guard let number = Int(text), (1...600_000).contains(number) else {
      throw ArgumentProblem("\(text) is no number of milliseconds from 1 to 600000.")
    }
    return number
  }

  private static func range(_ text: String) throws(ArgumentProblem) -> ClosedRange<Int> {
    let parts = text.split(separator: "-")
    guard parts.count == 2 else {
      throw ArgumentProblem("--election-timeout is like 300-600, in milliseconds, not \(text).")
    }
    let (low, high) = (try milliseconds(parts[0]), try milliseconds(parts[1]))
    guard low <= high else {
      throw ArgumentProblem("--election-timeout: \(low) is more than \(high).")
    }
    return low...high
  }
}
