internal import Foundation
internal import Grading

/// A Dockerfile and a compose file for a cluster in containers, as text.
struct Compose: Hashable {
  let servers: Int
  let chapter: Int
  let subject: Subject
  /// From the folder that the files go to, the workbook's.
  let context: String
  /// From the workbook's folder, the Dockerfile.
  let dockerfile: String

  /// The port of the first server's clients on this machine; the others follow.
  static let firstClientPort = 8101
  private static let peerPort = 7100
  private static let clientPort = 8100

  private var peers: String {
    (1...servers).map {
      // Clients are sent to where this machine finds a server, and servers find each other by name.
      "\($0)=node\($0):\(Self.peerPort)/127.0.0.1:\(Self.firstClientPort + $0 - 1)"
    }.joined(separator: ",")
  }

  /// What builds one image for all servers.
  static let image = """
    # Written by `swift run workbook compose`.
    FROM swift:6.3 AS build
    WORKDIR /workbook
    COPY . .
    RUN swift build --product runner && cp .build/debug/runner /runner

    FROM swift:6.3-slim
    RUN useradd --system raft && mkdir /data && chown raft /data
    COPY --from=build /runner /usr/local/bin/runner
    USER raft
    VOLUME /data
    ENTRYPOINT ["runner"]

    """

  /// What the build need not see.
  static let ignored = """
    .build
    .git
    .swiftpm
    .workbook

    """

  /// The servers, their ports and their network.
  var file: String {
    var lines = [
      "# Written by `swift run workbook compose`: \(servers) servers of chapter \(chapter).",
      "name: raft",
      "",
      "services:",
    ]
    for server in 1...servers { lines += service(server) }
    lines += ["", "networks:", "  raft:", "", "volumes:"]
    lines += (1...servers).map { "  data\($0):" }
    return lines.joined(separator: "\n") + "\n"
  }

  private func service(_ server: Int) -> [String] {
    let command = [
      "node", "\(chapter)", "--subject", subject.rawValue, "--id", "\(server)", "--data", "/data",
      "--peers", peers, "--client", "0.0.0.0:\(Self.clientPort)",
      // In its container a server has to listen to the network; the ports below are published on
      // this machine alone.
      "--open",
    ]
    let build =
      server == 1
      ? [
        "    build:", "      context: \(Self.quoted(context))",
        "      dockerfile: \(Self.quoted(dockerfile))",
      ] : ["    depends_on: [node1]"]
    return [
      "  node\(server):",
      "    image: raft-workbook",
    ] + build + [
      "    container_name: node\(server)",
      "    hostname: node\(server)",
      "    command: [\(command.map(Self.quoted).joined(separator: ", "))]",
      "    ports: [\"127.0.0.1:\(Self.firstClientPort + server - 1):\(Self.clientPort)\"]",
      "    networks: [raft]",
      "    volumes: [\"data\(server):/data\"]",
      "    init: true",
    ]
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

extension Compose {
  /// Writes the files to `folder`, and says which.
  ///
  /// - Throws: `Trouble`, where they cannot be written.
  static func write(
    servers: Int, chapter: Int, subject: Subject, to folder: URL, root: URL
  ) throws -> [String] {
    let inside = folder.path.hasPrefix(root.path + "/")
    let path = inside ? String(folder.path.dropFirst(root.path.count + 1)) : folder.path
    let context =
      inside
      ? path.split(separator: "/").map { _ in ".." }.joined(separator: "/") : root.path
    let compose = Compose(
      servers: servers, chapter: chapter, subject: subject, context: context,
      dockerfile: path + "/Dockerfile")
    let files = [
      ("Dockerfile", image), ("Dockerfile.dockerignore", ignored), ("compose.yaml", compose.file),
    ]
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for (name, text) in files {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
      }
    } catch {
      throw Trouble("\(path) cannot be written: the folder may be read-only, or the disk full.")
    }
    return files.map { "\(path)/\($0.0)" }
  }
}
