import Foundation
import Platform
import Raft
import Testing

@testable import Node

/// The words that a node is started with.
@Suite struct SettingsTests {
  private static let peers = "1=127.0.0.1:7101/127.0.0.1:8101,2=127.0.0.1:7102"
  private static let all = [
    "--id", "1", "--data", "/tmp/x", "--peers", peers, "--client", "127.0.0.1:0",
  ]

  /// The usual words, one of them with another value.
  private func words(_ name: String, _ value: String) -> [String] {
    var words = Self.all
    if let place = words.firstIndex(of: name) {
      words[place + 1] = value
    } else {
      words += [name, value]
    }
    return words
  }

  @Test func `all that a node needs`() throws {
    let settings = try NodeSettings(
      arguments: Self.all + [
        "--heartbeat", "20", "--election-timeout", "100-200", "--faults",
      ])
    #expect(settings.id == 1 && settings.peers == [2])
    #expect(settings.servers[1]?.client?.description == "127.0.0.1:8101")
    #expect(settings.servers[2]?.client == nil)
    #expect(settings.client.port == 0 && settings.folder.path == "/tmp/x")
    #expect(settings.heartbeatInterval == 20 && settings.electionTimeout == 100...200)
    #expect(settings.takesFaults && !settings.isOpen && settings.warning == nil)
  }

  private static let wrong: [(String, String, String)] = [
    ("--id", "x", "--id is a server's number, from 1 to 99."),
    ("--id", "3", "--peers names all servers, this one (3) included."),
    ("--peers", "1:7", "--peers is like 1=127.0.0.1:7101/127.0.0.1:8101,2=…, not 1:7."),
    ("--peers", "1=127.0.0.1:7,1=127.0.0.1:8", "--peers names server 1 twice."),
    ("--peers", "1=127.0.0.1:0", "Server 1 needs a port that the others know, and not 0."),
    ("--peers", "1=here", "--peers: here is no address like 127.0.0.1:7101."),
    ("--client", "127.0.0.1:99999", "--client: 127.0.0.1:99999 is no address like 127.0.0.1:7101."),
    ("--heartbeat", "0", "0 is no number of milliseconds from 1 to 600000."),
    (
      "--election-timeout", "300", "--election-timeout is like 300-600, in milliseconds, not 300."
    ),
    ("--election-timeout", "9-3", "--election-timeout: 9 is more than 3."),
    ("--trace-start", "7", "--trace-start is for --trace."),
    ("--size", "3", "--size is not known here."),
    (
      "--client", "0.0.0.0:8101",
      "0.0.0.0:8101 is not of this machine alone (127.0.0.1). Whoever reaches it can read and "
        + "write everything: there are no passwords. If that is what you want, add --open."
    ),
  ]

  @Test(arguments: wrong.indices)
  func `what is wrong is told in a sentence`(_ number: Int) {
    let (name, value, sentence) = Self.wrong[number]
    let problem = #expect(throws: ArgumentProblem.self) {
      try NodeSettings(arguments: words(name, value))
    }
    #expect(problem?.description == sentence)
  }

  @Test func `a trace has a file, and may be told its time 0`() throws {
    let file = URL(fileURLWithPath: "/tmp/trace")
    #expect(try NodeSettings(arguments: Self.all).trace == nil)
    let alone = try NodeSettings(arguments: words("--trace", file.path)).trace
    #expect(alone?.file == file && alone?.start == nil)
    let shared = try NodeSettings(
      arguments: words("--trace", file.path) + ["--trace-start", "70"]
    ).trace
    #expect(shared?.file == file && shared?.start == 70)
    for start in ["x", "-1"] {
      #expect(
        throws: ArgumentProblem("--trace-start: \(start) is no number of nanoseconds.")
      ) {
        try NodeSettings(arguments: words("--trace", file.path) + ["--trace-start", start])
      }
    }
  }

  @Test func `what is missing is named`() {
    for place in stride(from: 0, to: Self.all.count, by: 2) {
      var words = Self.all
      words.removeSubrange(place...place + 1)
      #expect(throws: ArgumentProblem("\(Self.all[place]) is missing.")) {
        try NodeSettings(arguments: words)
      }
    }
    #expect(throws: ArgumentProblem("--id lacks its value.")) {
      try NodeSettings(arguments: ["--id"])
    }
  }

  @Test func `a node that is open says so`() throws {
    let settings = try NodeSettings(arguments: words("--client", "0.0.0.0:8101") + ["--open"])
    #expect(
      settings.warning
        == "S1 is open to other machines: whoever reaches 0.0.0.0:8101 can read and write "
        + "everything, and there are no passwords.")
    let named = try NodeSettings(
      arguments: words("--peers", "1=node-1:7101,2=node-2:7101") + ["--open"])
    #expect(named.servers[2]?.peer.description == "node-2:7101")
  }
}
