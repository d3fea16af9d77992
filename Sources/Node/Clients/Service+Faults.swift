internal import Foundation
internal import Platform
internal import Raft

extension Service {
  private struct Cut: Decodable {
    let peers: [ServerID]
  }

  /// Cuts this server's connections, or heals them.
  func fault(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse {
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
    switch request.path {
    case "/faults/cut": cut(from: try Self.peers(request.body, of: world.settings))
    case "/faults/heal": cut(from: [])
    default: throw HTTPError(.notFound, "The faults are /faults/cut and /faults/heal.")
    }
    return HTTPResponse(.ok, .object([("outcome", .text("ok"))]))
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

  private func cut(from peers: Set<ServerID>) {
    links.cut(from: peers)
    door.cut(from: peers)
  }
}
