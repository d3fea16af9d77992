internal import Foundation
internal import Grading

extension Command {
  static let compose = Command(
    name: "compose", summary: "Writes a Dockerfile and a compose file for servers in containers.",
    usage: ["N [--output FOLDER] [--chapter N] [--solution]"],
    arguments: [.init("N", "how many servers there are, from 1 to 9")],
    options: [
      .init("--output", "FOLDER", "where to, and .workbook/compose if you do not say"),
      .init("--chapter", "N", "3 or 4, and 4 if you do not say"),
      .init("--solution", nil, "the reference instead of your file"),
    ],
    examples: [.init("compose 5", "node1 to node5, on one network")],
    exits: .plain,
    notes: [
      "It writes the files and runs nothing: the images are built by Docker, from the swift image "
        + "of the Docker Hub, and need a network.",
      "Inside its container a server listens to the network of the containers (--open). On your "
        + "machine its port is reached from 127.0.0.1 alone.",
    ]
  ) { arguments, surroundings in
    guard let word = arguments.words.first else {
      throw UsageError("'compose' needs the number of servers, such as 5.", command: "compose")
    }
    guard let servers = Int(word), (1...9).contains(servers) else {
      throw UsageError("'\(word)' is no number of servers from 1 to 9.", command: "compose")
    }
    let chapter = try arguments.number("--chapter", in: 3...4) ?? 4
    let folder = try composeFolder(arguments.values["--output"], root: surroundings.root)
    let paths = try Compose.write(
      servers: servers, chapter: chapter,
      subject: arguments.has("--solution") ? .solution : .learner, to: folder,
      root: surroundings.root)
    let screen = surroundings.screen
    screen.say(paths.map { "wrote \($0)" })
    let file = paths.last ?? ""
    let last = Compose.firstClientPort + servers - 1
    screen.say(
      [
        "", "Nothing was built or run. With Docker, in the workbook's folder:",
        "  docker compose -f \(file) up -d --build", "  docker logs node1 -f",
        "  curl -L http://127.0.0.1:\(Compose.firstClientPort)/status",
        "  docker compose -f \(file) down",
      ])
    screen.tell(
      "Clients reach node1 to node\(servers) at the ports \(Compose.firstClientPort) to \(last).",
      indent: 0)
    return 0
  }

  /// The workbook's top level is as it is, so that nothing of this goes into it, nor among the
  /// sources.
  private static func composeFolder(_ path: String?, root: URL) throws -> URL {
    guard let path else { return root.appendingPathComponent(".workbook/compose") }
    let folder = URL(fileURLWithPath: path).standardizedFileURL
    let isInside = folder.path == root.path || folder.path.hasPrefix(root.path + "/")
    let first = folder.path.dropFirst(root.path.count + 1).prefix { $0 != "/" }
    guard !isInside || first.hasPrefix(".") else {
      throw Trouble(
        "\(path) is among the workbook's own files. Take a folder elsewhere, or one below "
          + ".workbook.")
    }
    return folder
  }
}
