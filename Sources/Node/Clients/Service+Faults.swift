internal import Foundation
internal import Platform
internal import Raft

extension Service {
  private struct Cut: Decodable {
    let peers: [ServerID]
  }

  private struct Slow: Decodable {
    let milliseconds: Int
  }

  private static let mostOfDelay = 10_000

  /// Cuts this server's connections, slows them down, or heals them; or has it stand for election.
  func handleFault(_ request: HTTPRequest, _ answer: @escaping Answer) throws(HTTPError) {
    try checkFault(request)
    let isDone = HTTPResponse(.ok, .object([("outcome", .text("ok"))]))
    switch request.path {
    case "/faults/cut": cut(from: try Self.peers(request.body, of: world.settings))
    case "/faults/slow": slow(by: try Self.delay(request.body))
    case "/faults/heal":
      cut(from: [])
      slow(by: 0)
    case "/faults/elect":
      let rests = HTTPError(
        .conflict, "The election timer of \(world.settings.id) does not run.")
      return host.elect { answer($0 ? isDone : HTTPResponse(rests)) }
    default:
      throw HTTPError(.notFound, "The faults are cut, slow, elect and heal, behind /faults/.")
    }
    answer(isDone)
  }

  private func checkFault(_ request: HTTPRequest) throws(HTTPError) {
    guard world.settings.takesFaults else {
      throw HTTPError(.notFound, "This server takes no faults: it was started without --faults.")
    }
    // No page of a browser can send this header without asking first, and is never told yes.
    guard request.headers["x-workbook"] == "cut",
      Self.isLoopback(host: request.headers["host"] ?? "")
    else {
      throw HTTPError(
        .forbidden, "Faults come from this machine, with the header X-Workbook: cut.")
    }
    guard request.method == "POST" else {
      throw HTTPError(.methodNotAllowed, "A fault is asked for with POST.")
    }
  }

  private static func peers(
    _ body: [UInt8], of settings: NodeSettings
  ) throws(HTTPError) -> Set<ServerID> {
    guard let cut = try? JSONDecoder().decode(Cut.self, from: Data(body)) else {
      throw HTTPError(.badRequest, #"The body should be like: {"peers":[2,3]}"#)
    }
    for peer in cut.peers where !settings.peers.contains(peer) {
      throw HTTPError(.badRequest, "\(peer) is no peer of \(settings.id).")
    }
    return Set(cut.peers)
  }

  /// The nanoseconds that are asked for.
  private static func delay(_ body: [UInt8]) throws(HTTPError) -> Int64 {
    guard let slow = try? JSONDecoder().decode(Slow.self, from: Data(body)),
      (0...mostOfDelay).contains(slow.milliseconds)
    else {
      throw HTTPError(
        .badRequest, #"The body should be like {"milliseconds":200}, and at most 10000."#)
    }
    return Int64(slow.milliseconds) * 1_000_000
  }

  private func slow(by delay: Int64) {
    guard world.pace.delay != delay else { return }
    world.pace.delay = delay
    links.release()
    door.release()
  }

  private func cut(from peers: Set<ServerID>) {
    links.cut(from: peers)
    door.cut(from: peers)
  }
}
