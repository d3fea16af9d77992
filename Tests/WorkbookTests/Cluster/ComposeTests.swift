import Foundation
import Node
import Platform
import Raft
import Testing

@testable import workbook

@Suite struct ComposeTests {
  @Test func `there is a service, a port, a name and a volume for each server`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("compose 5 --solution") == 0)
    #expect(folder.output.text.contains("Nothing was built or run."))
    let lines = try folder.read(".workbook/compose/compose.yaml").components(separatedBy: "\n")
    #expect(lines.count { $0 == "    image: raft-workbook" } == 5)
    #expect(lines.count { $0 == "    networks: [raft]" } == 5)
    let all = (1...5).map { "\($0)=node\($0):7100/127.0.0.1:\(8100 + $0)" }
    for server in 1...5 {
      #expect(lines.contains("  node\(server):"))
      #expect(lines.contains("    container_name: node\(server)"))
      #expect(lines.contains("    ports: [\"127.0.0.1:\(8100 + server):8100\"]"))
      #expect(lines.contains("    volumes: [\"data\(server):/data\"]"))
      #expect(lines.contains("  data\(server):"))
      let words =
        ["node", "4", "--subject", "solution", "--id", "\(server)", "--data", "/data"]
        + ["--peers", all.joined(separator: ","), "--client", "0.0.0.0:8100", "--open"]
      let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
      #expect(lines.contains("    command: [\(list)]"))
    }
    #expect(!lines.contains("  node6:"))
  }

  @Test func `a server understands what it is started with`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("compose 3") == 0)
    let file = try folder.read(".workbook/compose/compose.yaml")
    let commands = file.split(separator: "\n").filter { $0.hasPrefix("    command: ") }
    try #require(commands.count == 3)
    for (place, line) in commands.enumerated() {
      let list = Data(line.dropFirst("    command: ".count).utf8)
      let words = try JSONDecoder().decode([String].self, from: list)
      try #require(words.prefix(4) == ["node", "4", "--subject", "learner"])
      let settings = try NodeSettings(arguments: Array(words.dropFirst(4)))
      #expect(settings.id.number == place + 1)
      #expect(settings.isOpen)
      #expect(!settings.takesFaults)
      #expect(settings.servers[settings.id]?.peer.description == "node\(place + 1):7100")
      #expect(settings.servers.count == 3)
    }
  }

  /// The build goes from the workbook's folder, and does not see what is not part of it.
  @Test func `the image is built from the workbook's folder`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    #expect(await folder.type("compose 3 --chapter 3") == 0)
    let file = try folder.read(".workbook/compose/compose.yaml")
    #expect(file.contains("      context: \"../..\"\n"))
    #expect(file.contains("      dockerfile: \".workbook/compose/Dockerfile\"\n"))
    #expect(file.contains("\"node\", \"3\", \"--subject\", \"learner\""))
    #expect(
      try folder.read(".workbook/compose/Dockerfile").contains("swift build --product runner"))
    let ignored = try folder.read(".workbook/compose/Dockerfile.dockerignore")
    #expect(ignored.split(separator: "\n") == [".build", ".git", ".swiftpm", ".workbook"])
  }

  @Test func `another folder finds the workbook by its path`() async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let other = folder.url.path + "-compose"
    defer { try? FileManager.default.removeItem(atPath: other) }
    #expect(await folder.type("compose 1 --output \(other)") == 0)
    let file = try String(contentsOfFile: other + "/compose.yaml", encoding: .utf8)
    #expect(file.contains("      context: \"\(folder.url.path)\"\n"))
    #expect(file.contains("      dockerfile: \"\(other)/Dockerfile\"\n"))
  }

  @Test(arguments: ["", "/Sources/compose", "/compose"])
  func `nothing of it goes among the workbook's own files`(_ path: String) async throws {
    let folder = try Folder()
    defer { folder.remove() }
    let before = folder.list("")
    #expect(await folder.type("compose 3 --output \(folder.url.path)\(path)") == 1)
    let said = folder.errors.text.replacing("\n", with: " ")
    #expect(said.contains("is among the workbook's own files"))
    #expect(folder.list("") == before)
  }
}
